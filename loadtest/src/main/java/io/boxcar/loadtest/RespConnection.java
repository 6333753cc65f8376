package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A blocking connection that asks one question at a time: for checks and bookkeeping next to the load, not for the load.
 * Owned by one thread.
 */
final class RespConnection implements AutoCloseable {
    /** A RESP error, which is an answer and not a failure of the connection. */
    record Error(String text) {}

    private final AutoCloseable socket;
    private final InputStream in;
    private final OutputStream out;

    private RespConnection(AutoCloseable socket, InputStream in, OutputStream out) {
        this.socket = socket;
        this.in = new BufferedInputStream(in);
        this.out = new BufferedOutputStream(out);
    }

    /** Connects; {@code timeoutMs} limits connecting and each reply (over a Unix socket there is no limit). */
    static RespConnection open(Address address, int timeoutMs) throws IOException {
        return switch (address) {
            case Address.Tcp tcp -> {
                Socket socket = new Socket();
                try {
                    socket.setTcpNoDelay(true);
                    socket.setSoTimeout(timeoutMs);
                    socket.connect(new InetSocketAddress(tcp.host(), tcp.port()), timeoutMs);
                    yield new RespConnection(socket, socket.getInputStream(), socket.getOutputStream());
                } catch (IOException | RuntimeException e) {
                    socket.close();
                    throw e;
                }
            }
            case Address.Unix unix -> {
                SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(unix.path()));
                yield new RespConnection(channel, Channels.newInputStream(channel), Channels.newOutputStream(channel));
            }
        };
    }

    /** Sends one command and reads its reply: String, Long, {@link Error}, List or null. */
    @Nullable
    Object call(String... words) throws IOException {
        StringBuilder request =
                new StringBuilder().append('*').append(words.length).append("\r\n");
        for (String word : words) {
            request.append('$')
                    .append(word.getBytes(StandardCharsets.UTF_8).length)
                    .append("\r\n");
            request.append(word).append("\r\n");
        }
        out.write(request.toString().getBytes(StandardCharsets.UTF_8));
        out.flush();
        return readReply();
    }

    private @Nullable Object readReply() throws IOException {
        String line = readLine();
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '+' -> rest;
            case '-' -> new Error(rest);
            case ':' -> Long.valueOf(rest);
            case '$' -> {
                int bytes = Integer.parseInt(rest);
                if (bytes < 0) {
                    yield null;
                }
                String text = new String(in.readNBytes(bytes), StandardCharsets.UTF_8);
                in.skipNBytes(2);
                yield text;
            }
            case '*' -> {
                int count = Integer.parseInt(rest);
                List<@Nullable Object> elements = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    elements.add(readReply());
                }
                yield elements;
            }
            default -> throw new IOException("not a RESP2 reply: " + line);
        };
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("connection closed before the reply");
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        if (line.isEmpty()) {
            throw new IOException("empty line where a reply should start");
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        try {
            socket.close();
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
