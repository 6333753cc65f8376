package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A blocking connection that sees bytes: what is sent is sent as it is, and replies are kept as they came. */
final class Wire implements AutoCloseable {
    private static final int PATIENCE_MS = 20_000;

    private final AutoCloseable socket;
    private final InputStream in;
    private final OutputStream out;

    private Wire(AutoCloseable socket, InputStream in, OutputStream out) {
        this.socket = socket;
        this.in = new BufferedInputStream(in);
        this.out = out;
    }

    static Wire open(Address address) throws IOException {
        return open(address, 0);
    }

    /** {@code receiveBuffer} limits what the kernel takes on behalf of a client that does not read; 0 = as usual. */
    @SuppressWarnings("AddressSelection")
    static Wire open(Address address, int receiveBuffer) throws IOException {
        return switch (address) {
            case Address.Tcp tcp -> {
                Socket socket = new Socket();
                if (receiveBuffer > 0) {
                    socket.setReceiveBufferSize(receiveBuffer);
                }
                socket.setTcpNoDelay(true);
                socket.setSoTimeout(PATIENCE_MS);
                socket.connect(new InetSocketAddress(tcp.host(), tcp.port()), PATIENCE_MS);
                yield new Wire(socket, socket.getInputStream(), socket.getOutputStream());
            }
            case Address.Unix unix -> {
                SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(unix.path()));
                yield new Wire(channel, Channels.newInputStream(channel), Channels.newOutputStream(channel));
            }
        };
    }

    /** Speaks TLS, as a client that trusts those whom {@code context} trusts; the handshake is over when this returns. */
    static Wire secure(Address address, SSLContext context, String... versions) throws IOException {
        Address.Tcp tcp = (Address.Tcp) address;
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(tcp.host(), tcp.port());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MS);
        if (versions.length > 0) {
            socket.setEnabledProtocols(versions);
        }
        try {
            socket.startHandshake();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        return new Wire(socket, socket.getInputStream(), socket.getOutputStream());
    }

    SSLSession tlsSession() {
        return ((SSLSocket) socket).getSession();
    }

    /** How long a read may wait before it is a {@link SocketTimeoutException}. TCP only. */
    Wire patience(int ms) throws SocketException {
        ((Socket) socket).setSoTimeout(ms);
        return this;
    }

    /** A command as an array of bulk strings; a part is a {@code byte[]} or is written as its text. */
    static byte[] command(Object... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(("*" + parts.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
        for (Object part : parts) {
            byte[] argument =
                    part instanceof byte[] given ? given : String.valueOf(part).getBytes(StandardCharsets.UTF_8);
            bytes.writeBytes(("$" + argument.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
            bytes.writeBytes(argument);
            bytes.write('\r');
            bytes.write('\n');
        }
        return bytes.toByteArray();
    }

    Wire send(Object... parts) throws IOException {
        return sendBytes(command(parts));
    }

    Wire sendBytes(byte[] bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    /** Says that nothing more will be sent, and stays to read. */
    Wire endOutput() throws IOException {
        switch (socket) {
            case Socket tcp -> tcp.shutdownOutput();
            case SocketChannel unix -> unix.shutdownOutput();
            default -> throw new IllegalStateException();
        }
        return this;
    }

    /** Sends a command and gives its reply, the bytes as text of one char per byte. */
    String ask(Object... parts) throws IOException {
        send(parts);
        return reply();
    }

    /** The next whole reply, its bytes as chars. */
    String reply() throws IOException {
        return new String(replyBytes(), StandardCharsets.ISO_8859_1);
    }

    byte[] replyBytes() throws IOException {
        ByteArrayOutputStream reply = new ByteArrayOutputStream();
        readReply(reply);
        return reply.toByteArray();
    }

    private void readReply(ByteArrayOutputStream into) throws IOException {
        int kind = in.read();
        if (kind < 0) {
            throw new EOFException("closed where a reply should start");
        }
        into.write(kind);
        int from = into.size();
        for (int last = 0, next = in.read(); ; last = next, next = in.read()) {
            if (next < 0) {
                throw new EOFException("closed within a reply, after " + into.toString(StandardCharsets.ISO_8859_1));
            }
            into.write(next);
            if (last == '\r' && next == '\n') {
                break;
            }
        }
        String line = into.toString(StandardCharsets.ISO_8859_1).substring(from).strip();
        switch (kind) {
            case '$', '=', '!' -> {
                int length = Integer.parseInt(line);
                if (length >= 0) {
                    byte[] payload = in.readNBytes(length + 2);
                    if (payload.length < length + 2) {
                        throw new EOFException("closed after " + payload.length + " of " + (length + 2) + " bytes");
                    }
                    into.writeBytes(payload);
                }
            }
            case '*', '~', '>' -> readReplies(into, Integer.parseInt(line));
            case '%' -> readReplies(into, 2 * Integer.parseInt(line));
            default -> {}
        }
    }

    private void readReplies(ByteArrayOutputStream into, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            readReply(into);
        }
    }

    /** The payload of the bulk string reply that comes next; null for the null reply. */
    byte @Nullable [] bulkReply() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("closed where a bulk string should start, after " + line);
            }
            line.append((char) next);
        }
        if (line.charAt(0) != '$') {
            throw new IOException("not a bulk string: " + line);
        }
        int length = Integer.parseInt(line.substring(1).strip());
        if (length < 0) {
            return null;
        }
        byte[] payload = in.readNBytes(length);
        if (payload.length < length || in.read() != '\r' || in.read() != '\n') {
            throw new EOFException("closed within a bulk string of " + length + " bytes");
        }
        return payload;
    }

    /** Keeps all that comes from now on, on a thread of its own. */
    Transcript transcript() {
        Transcript transcript = new Transcript();
        Thread.ofVirtual().start(() -> {
            try {
                for (int next = in.read(); next >= 0; next = in.read()) {
                    transcript.add((char) next);
                    while (in.available() > 0) {
                        transcript.add((char) in.read());
                    }
                }
                transcript.add("<closed>");
            } catch (SocketTimeoutException e) {
                transcript.add("<silence>");
            } catch (IOException e) {
                transcript.add("<closed>"); // reset by a peer that had not read everything, or closed here
            }
        });
        return transcript;
    }

    /** What a connection has received so far, byte by byte, and at the end that it was closed. */
    static final class Transcript {
        private final StringBuilder text = new StringBuilder();

        private synchronized void add(char next) {
            text.append(next);
        }

        private synchronized void add(String end) {
            text.append(end);
        }

        @Override
        public synchronized String toString() {
            return text.toString();
        }
    }

    /** The next response of HTTP/1.1, with as much body as its Content-Length says; what there is of it if the other side closes. */
    String httpResponse() throws IOException {
        StringBuilder head = new StringBuilder();
        for (int next = in.read(); next >= 0; next = in.read()) {
            head.append((char) next);
            if (next == '\n' && head.toString().endsWith("\r\n\r\n")) {
                int field = head.indexOf("\r\nContent-Length: ");
                int at = field + "\r\nContent-Length: ".length();
                int length = field < 0 ? 0 : Integer.parseInt(head.substring(at, head.indexOf("\r\n", at)));
                return head + new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
            }
        }
        return head.toString();
    }

    /** All that comes until the other side closes; a reset counts as closing. */
    String readToEnd() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            for (int next = in.read(); next >= 0; next = in.read()) {
                all.write(next);
            }
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (SocketException e) {
            // reset by a peer that closed before it had read everything
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    /** Reads all that comes; whether that ended as agreed, and not by a reset, or in the middle of TLS. */
    boolean endsProperly() {
        try {
            while (in.read() >= 0) {
                // What it is does not matter.
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** A bulk string reply with this text. */
    static String bulk(String text) {
        return String.format(Locale.ROOT, "$%d\r\n%s\r\n", text.length(), text);
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
