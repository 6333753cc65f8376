package io.boxcar.loadtest;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Takes the sidecar's place in tests of the demo: same command line and ready line, but it only forwards bytes. */
final class StandInSidecar {
    private StandInSidecar() {}

    public static void main(String[] arguments) throws IOException {
        serveMetrics(address(arguments[6]));
        ServerSocket redis = listen(arguments[2]);
        ServerSocket http = listen(arguments[4]);
        System.out.println("boxcar ready in 1 ms: redis " + arguments[2] + ", http " + arguments[4] + " (stand-in)");
        Thread.ofPlatform().start(() -> serve(redis, arguments[2]));
        serve(http, arguments[4]);
    }

    private static ServerSocket listen(String route) throws IOException {
        InetSocketAddress listen = address(route.split("=", -1)[0]);
        return new ServerSocket(listen.getPort(), 512, InetAddress.getByName(listen.getHostString()));
    }

    private static void serve(ServerSocket server, String route) {
        InetSocketAddress upstream = address(route.split("=", -1)[1]);
        try (server) {
            while (true) {
                forward(server.accept(), upstream);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void forward(Socket client, InetSocketAddress upstream) throws IOException {
        Socket server = new Socket(upstream.getHostString(), upstream.getPort());
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        Thread.startVirtualThread(() -> copy(client, server));
        Thread.startVirtualThread(() -> copy(server, client));
    }

    private static void copy(Socket from, Socket to) {
        try (from;
                to;
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            byte[] buffer = new byte[16384];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            // Closed by the other direction.
        }
    }

    private static void serveMetrics(InetSocketAddress address) throws IOException {
        HttpServer admin = HttpServer.create(address, 0);
        admin.createContext("/metrics", exchange -> {
            byte[] body =
                    "boxcar_requests_per_batch_sum{upstream=\"a\"} 6.0\nboxcar_requests_per_batch_count{upstream=\"a\"} 2\n"
                            .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        admin.start();
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }
}
