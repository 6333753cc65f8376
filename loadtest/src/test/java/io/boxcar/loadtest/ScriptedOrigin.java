package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/** An HTTP/1.1 server that answers each target with the bytes laid down for it, right or wrong; others with an echo of the target. */
final class ScriptedOrigin implements AutoCloseable {
    /**
     * @param bytes as chars of the same number
     * @param closes whether the connection ends behind them
     */
    record Script(String bytes, boolean closes) {
        static final Script SILENCE = new Script("", false);
        static final Script BREAK = new Script("", true);
    }

    private final ServerSocket server;
    private final LongAdder unanswered = new LongAdder();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile int responsesPerConnection = Integer.MAX_VALUE;

    // Guarded by this.
    private final Map<String, ArrayDeque<Script>> scripts = new HashMap<>();
    private final Map<String, Long> heard = new HashMap<>();

    private ScriptedOrigin(ServerSocket server) {
        this.server = server;
    }

    static ScriptedOrigin start() throws IOException {
        ScriptedOrigin origin = new ScriptedOrigin(new ServerSocket(0, 1024, InetAddress.getLoopbackAddress()));
        Thread.ofVirtual().start(origin::accept);
        return origin;
    }

    Address address() {
        return new Address.Tcp("127.0.0.1", server.getLocalPort());
    }

    /** Each script answers one request for the target, and the last one all that follow. */
    synchronized void answer(String target, Script... inTurn) {
        scripts.put(target, new ArrayDeque<>(List.of(inTurn)));
    }

    /** Each connection ends behind so many responses, as RFC 9112, section 9.6, has it: the last one says so, and loses nothing. */
    void closeBehind(int responses) {
        responsesPerConnection = responses;
    }

    /** Ends the connections that are open. */
    void closeConnections() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** How many requests for the target have come. */
    synchronized long heard(String target) {
        return heard.getOrDefault(target, 0L);
    }

    /** How many requests have come on a connection behind the last one that it answers. */
    long unanswered() {
        return unanswered.sum();
    }

    static String echo(String target) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + target.length() + "\r\n\r\n" + target;
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
        byte[] buffer = new byte[64 * 1024];
        String pending = "";
        int answered = 0;
        try (socket) {
            int length;
            while ((length = socket.getInputStream().read(buffer)) >= 0) {
                pending += new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
                StrictHttp.Reading reading = StrictHttp.requests(pending);
                pending = pending.substring(reading.length());
                for (StrictHttp.Message request : reading.messages()) {
                    if (answered >= responsesPerConnection) {
                        unanswered.increment();
                        continue;
                    }
                    answered++;
                    Script script = next(request.word(1));
                    boolean isLast = answered >= responsesPerConnection;
                    String bytes = isLast ? last(script.bytes()) : script.bytes();
                    socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
                    if (script.closes()) {
                        return;
                    }
                    if (isLast) {
                        socket.shutdownOutput();
                    }
                }
            }
        } catch (IOException e) {
            // Boxcar has gone
        } finally {
            sockets.remove(socket);
        }
    }

    private synchronized Script next(String target) {
        heard.merge(target, 1L, Long::sum);
        ArrayDeque<Script> inTurn = scripts.get(target);
        if (inTurn == null) {
            return new Script(echo(target), false);
        }
        return inTurn.size() > 1 ? inTurn.remove() : inTurn.element();
    }

    private static String last(String response) {
        int endOfHead = response.indexOf("\r\n\r\n");
        return response.substring(0, endOfHead) + "\r\nConnection: close" + response.substring(endOfHead);
    }

    @Override
    public void close() {
        try {
            server.close();
            closeConnections();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
