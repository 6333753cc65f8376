package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server on a raw socket that keeps every byte it gets, by connection. Each request is answered with what was heard:
 * {@code METHOD TARGET LENGTH-OF-BODY}. Either it takes everything for a request, or nothing that has the slightest flaw.
 */
final class RecordingOrigin implements AutoCloseable {
    /** What one request was taken for. */
    record Heard(String method, String target, String body) {
        String echo() {
            return method + " " + target + " " + body.length() + "\n";
        }
    }

    /** What one connection has brought. */
    static final class Conversation {
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();
        private final List<Heard> heard = new CopyOnWriteArrayList<>();

        synchronized String received() {
            return received.toString(StandardCharsets.ISO_8859_1);
        }

        List<Heard> heard() {
            return heard;
        }

        private synchronized void add(byte[] bytes, int length) {
            received.write(bytes, 0, length);
        }
    }

    private final ServerSocket server;
    private final @Nullable LenientHttp taste;
    private final List<Conversation> conversations = new CopyOnWriteArrayList<>();
    private final List<String> malformed = new CopyOnWriteArrayList<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    private RecordingOrigin(ServerSocket server, @Nullable LenientHttp taste) {
        this.server = server;
        this.taste = taste;
    }

    static RecordingOrigin tolerant(LenientHttp taste) throws IOException {
        return start(taste);
    }

    /** Closes at the first byte that is not as it must be. */
    static RecordingOrigin strict() throws IOException {
        return start(null);
    }

    private static RecordingOrigin start(@Nullable LenientHttp taste) throws IOException {
        RecordingOrigin origin =
                new RecordingOrigin(new ServerSocket(0, 1024, InetAddress.getLoopbackAddress()), taste);
        Thread.ofVirtual().start(origin::accept);
        return origin;
    }

    Address address() {
        return new Address.Tcp("127.0.0.1", server.getLocalPort());
    }

    List<Conversation> conversations() {
        return conversations;
    }

    /** What the strict one has objected to. */
    List<String> malformed() {
        return malformed;
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                sockets.add(socket);
                Thread.ofVirtual().start(() -> talk(socket));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void talk(Socket socket) {
        Conversation conversation = new Conversation();
        conversations.add(conversation);
        byte[] buffer = new byte[64 * 1024];
        String pending = "";
        try (socket) {
            int length;
            while ((length = socket.getInputStream().read(buffer)) >= 0) {
                conversation.add(buffer, length);
                pending += new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
                StringBuilder answers = new StringBuilder();
                int taken = taste == null
                        ? hearStrictly(conversation, pending, answers)
                        : hear(conversation, pending, answers);
                socket.getOutputStream().write(answers.toString().getBytes(StandardCharsets.ISO_8859_1));
                if (taken < 0) {
                    return;
                }
                pending = pending.substring(taken);
            }
        } catch (IOException e) {
            // Boxcar has gone
        } finally {
            sockets.remove(socket);
        }
    }

    private int hear(Conversation conversation, String bytes, StringBuilder answers) {
        int taken = 0;
        LenientHttp.Request request;
        while ((request = taste().first(bytes, taken)) != null) {
            taken = request.end();
            answer(conversation, new Heard(request.method(), request.target(), request.body()), answers);
            if (request.isLast()) {
                return -1;
            }
        }
        return taken;
    }

    private LenientHttp taste() {
        LenientHttp t = taste;
        if (t == null) {
            throw new IllegalStateException();
        }
        return t;
    }

    private int hearStrictly(Conversation conversation, String bytes, StringBuilder answers) {
        StrictHttp.Reading reading = StrictHttp.requests(bytes);
        for (StrictHttp.Message request : reading.messages()) {
            answer(conversation, new Heard(request.word(0), request.word(1), request.body()), answers);
        }
        return switch (reading.end()) {
            case CLEAN, INCOMPLETE -> reading.length();
            case LAST -> -1;
            case DOUBT -> {
                malformed.add(reading.why() + " in: " + bytes);
                yield -1;
            }
        };
    }

    private static void answer(Conversation conversation, Heard heard, StringBuilder answers) {
        conversation.heard.add(heard);
        String echo = heard.echo();
        answers.append("HTTP/1.1 200 OK\r\nContent-Length: ")
                .append(echo.length())
                .append("\r\n\r\n");
        if (!heard.method().equals("HEAD")) {
            answers.append(echo);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
