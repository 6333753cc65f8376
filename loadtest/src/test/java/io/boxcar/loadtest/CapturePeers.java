package io.boxcar.loadtest;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/** Servers and a client for {@link CaptureTest}, as processes of their own in its namespace. */
final class CapturePeers {
    static final int HTTP_PORT = 80;

    /** Says hello before the client has said anything, then gives back what comes, and a last word. */
    static final int GREETING_PORT = 7001;

    /** Gives back what comes, and a last word. */
    static final int ECHO_PORT = 7002;

    static final String GREETING = "220 hello\n";
    static final String LAST_WORD = "bye\n";

    private CapturePeers() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0) {
            serveHttp();
            Thread.ofPlatform().start(() -> serve(GREETING_PORT, GREETING));
            serve(ECHO_PORT, "");
        } else {
            talk(arguments[0], Integer.parseInt(arguments[1]), arguments[2]);
        }
    }

    /** Every response says by whose hands the request went, and on which connection it came. */
    private static void serveHttp() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress("::", HTTP_PORT), 100);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            byte[] body = ("via " + exchange.getRequestHeaders().getFirst("Via") + " to "
                            + exchange.getLocalAddress().getAddress().getHostAddress())
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        server.start();
    }

    private static void serve(int port, String greeting) {
        try (ServerSocket server = new ServerSocket()) {
            server.bind(new InetSocketAddress("::", port));
            while (true) {
                Socket client = server.accept();
                Thread.ofVirtual().start(() -> echo(client, greeting));
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void echo(Socket client, String greeting) {
        try (client) {
            OutputStream out = client.getOutputStream();
            out.write(greeting.getBytes(StandardCharsets.UTF_8));
            client.getInputStream().transferTo(out);
            out.write(LAST_WORD.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // the client has gone
        }
    }

    /** Awaits the greeting if there is one, sends the text many times over and half-closes; prints what came up to the end. */
    private static void talk(String host, int port, String text) throws Exception {
        try (Socket socket = new Socket(host, port)) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            if (port == GREETING_PORT) {
                System.out.write(in.readNBytes(GREETING.length()));
            }
            out.write(text.getBytes(StandardCharsets.UTF_8));
            socket.shutdownOutput();
            in.transferTo(System.out);
            System.out.flush();
        }
    }
}
