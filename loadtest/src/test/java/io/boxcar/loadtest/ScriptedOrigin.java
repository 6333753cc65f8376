package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** An HTTP/1.1 server that answers each target with the bytes laid down for it, right or wrong; others with an echo of the target. */
final class ScriptedOrigin implements AutoCloseable {
    /**
     * @param bytes as chars of the same number
     * @param closes whether the connection ends behind them
     */
    record Script(String bytes, boolean closes) {}

    private final ServerSocket server;
    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

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

    void answer(String target, Script script) {
        scripts.put(target, script);
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
        try (socket) {
            int length;
            while ((length = socket.getInputStream().read(buffer)) >= 0) {
                pending += new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
                StrictHttp.Reading reading = StrictHttp.requests(pending);
                pending = pending.substring(reading.length());
                for (StrictHttp.Message request : reading.messages()) {
                    String target = request.word(1);
                    Script script = scripts.getOrDefault(target, new Script(echo(target), false));
                    socket.getOutputStream().write(script.bytes().getBytes(StandardCharsets.ISO_8859_1));
                    if (script.closes()) {
                        return;
                    }
                }
            }
        } catch (IOException e) {
            // Boxcar has gone
        } finally {
            sockets.remove(socket);
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
