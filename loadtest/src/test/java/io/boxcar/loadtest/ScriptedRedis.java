package io.boxcar.loadtest;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Exchanger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** A Redis that knows SET and GET, and commits one fault, once. One virtual thread per connection. */
final class ScriptedRedis implements AutoCloseable {
    /** What goes wrong at the tenth request of a connection. */
    enum Fault {
        SWAP_ACROSS_CONNECTIONS,
        SWAP_WITHIN_CONNECTION,
        ONE_TOO_MANY,
        ERROR,
        CLOSE,
        SILENCE
    }

    private static final int FAULTY_REQUEST = 10; // the even ones are GETs

    private final Fault fault;
    private final ServerSocket server;
    private final AtomicBoolean committed = new AtomicBoolean();
    private final Map<String, String> values = new ConcurrentHashMap<>();
    private final Exchanger<String> swap = new Exchanger<>();

    ScriptedRedis(Fault fault) throws IOException {
        this.fault = fault;
        server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        Thread.startVirtualThread(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                Thread.startVirtualThread(() -> serve(client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket client) {
        try (client) {
            client.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(client.getInputStream());
            for (int number = 1; ; number++) {
                String reply = nextReply(in);
                if (number == FAULTY_REQUEST
                        && (fault == Fault.SWAP_ACROSS_CONNECTIONS || !committed.getAndSet(true))) {
                    reply = faulty(reply, in);
                }
                client.getOutputStream().write(reply.getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException | InterruptedException | TimeoutException e) {
            // The client has gone, or the fault was to go.
        }
    }

    private String faulty(String reply, InputStream in) throws IOException, InterruptedException, TimeoutException {
        return switch (fault) {
            case SWAP_ACROSS_CONNECTIONS -> swap.exchange(reply, 5, TimeUnit.SECONDS);
            case SWAP_WITHIN_CONNECTION -> nextReply(in) + reply;
            case ONE_TOO_MANY -> reply + reply;
            case ERROR -> "-BOXCARLOST outcome unknown after 12 ms\r\n";
            case CLOSE -> throw new EOFException("as the script says");
            case SILENCE -> {
                nextReply(in); // does not come before the client gives up
                throw new EOFException();
            }
        };
    }

    private String nextReply(InputStream in) throws IOException {
        int words = Integer.parseInt(line(in).substring(1));
        String command = word(in);
        String key = word(in);
        if (command.equals("SET")) {
            values.put(key, word(in));
            return "+OK\r\n";
        }
        if (words != 2) {
            throw new IOException("unknown command " + command);
        }
        String value = values.get(key);
        return value == null ? "$-1\r\n" : "$" + value.length() + "\r\n" + value + "\r\n";
    }

    private static String word(InputStream in) throws IOException {
        int length = Integer.parseInt(line(in).substring(1));
        String word = new String(in.readNBytes(length), StandardCharsets.US_ASCII);
        in.skipNBytes(2);
        return word;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\r'; b = in.read()) {
            if (b < 0) {
                throw new EOFException();
            }
            line.append((char) b);
        }
        in.skipNBytes(1);
        return line.toString();
    }
}
