package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One connection, one request at a time, replies as they came. */
final class RedisClient implements AutoCloseable {
    private final Socket socket;

    RedisClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
    }

    static ByteBuf request(String... arguments) {
        StringBuilder request = new StringBuilder("*" + arguments.length + "\r\n");
        for (String argument : arguments) {
            request.append('$').append(argument.length()).append("\r\n");
            request.append(argument).append("\r\n");
        }
        return Unpooled.copiedBuffer(request, ISO_8859_1);
    }

    /** Takes the request. */
    ByteBuf send(ByteBuf request) throws IOException {
        socket.getOutputStream().write(ByteBufUtil.getBytes(request));
        request.release();
        ReplyScanner scanner = new ReplyScanner(1 << 20, 4, false);
        ByteBuf reply = Unpooled.buffer();
        int scanned = 0;
        byte[] bytes = new byte[64 * 1024];
        while (scanner.completed() == 0) {
            int count = socket.getInputStream().read(bytes);
            if (count < 0) {
                throw new EOFException("closed before the end of " + reply.toString(ISO_8859_1));
            }
            reply.writeBytes(bytes, 0, count);
            if (scanner.scan(reply, scanned, reply.writerIndex(), 1) < 0) {
                throw new IOException(scanner.errorText());
            }
            scanned = reply.writerIndex();
        }
        return reply;
    }

    String call(String... arguments) throws IOException {
        return send(request(arguments)).toString(ISO_8859_1);
    }

    /** The elements of a reply that is a list of strings, or null if it is something else. */
    @Nullable
    List<String> list(String... arguments) throws IOException {
        ReplyElements elements = new ReplyElements(send(request(arguments)), 0);
        if (!elements.step() || !elements.isList()) {
            return null;
        }
        List<String> list = new ArrayList<>();
        for (long left = elements.count(); left > 0; left--) {
            elements.step();
            list.add(elements.text(ISO_8859_1));
        }
        return list;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
