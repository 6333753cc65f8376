package io.boxcar.proxy.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.boxcar.metrics.BoxcarMetrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Serves health, metrics, statistics and configuration over HTTP. Runs on a few threads of its own and never on an event
 * loop, so it answers while the data path is busy; whatever it calls must be safe to call from any thread.
 */
public final class AdminServer implements AutoCloseable {

    /** What the running Boxcar tells and does. Called by the server's threads, several at a time. */
    public interface Source {

        /** Whether the process works at all; if not, it should be restarted. */
        boolean live();

        /** Whether Boxcar should be given traffic. */
        Readiness ready();

        /** The configuration in force, as text, with secrets masked. */
        String effectiveConfig();

        /** Starts to drain and returns at once. */
        void drain();
    }

    private record Response(int status, String contentType, String body) {

        static Response text(int status, String body) {
            return new Response(status, "text/plain; charset=utf-8", body);
        }
    }

    private static final int THREADS = 4;
    private static final int THREAD_IDLE_SECONDS = 10;
    private static final int BACKLOG = 64;

    private static final String PATHS = """
            GET  /live     200 while the process works, else 503
            GET  /ready    200 while it should be given traffic, else 503; one line per reason
            GET  /metrics  metrics in the Prometheus text format
            GET  /stats    the same figures as JSON, with quantiles
            GET  /config   the configuration in force, secrets masked
            POST /drain    finish what is in flight, refuse what is new, and exit
            """;

    private final HttpServer server;
    private final ExecutorService threads;
    private final BoxcarMetrics metrics;
    private final Source source;

    private AdminServer(HttpServer server, ExecutorService threads, BoxcarMetrics metrics, Source source) {
        this.server = server;
        this.threads = threads;
        this.metrics = metrics;
        this.source = source;
    }

    /**
     * Listens on {@code address} (port 0 takes a free one) and serves.
     *
     * @throws IOException if it cannot listen there; the message says where, why, and what to change
     */
    public static AdminServer start(InetSocketAddress address, BoxcarMetrics metrics, Source source)
            throws IOException {
        HttpServer server;
        try {
            server = HttpServer.create(address, BACKLOG);
        } catch (IOException e) {
            throw new IOException(
                    "the admin server cannot listen on " + address.getHostString() + ":" + address.getPort() + ": "
                            + e.getMessage() + "; free the port or set boxcar.admin.listen to another address",
                    e);
        }
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                THREAD_IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name("boxcar-admin-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
        AdminServer admin = new AdminServer(server, threads, metrics, source);
        server.setExecutor(threads);
        server.createContext("/", admin::handle);
        server.start();
        return admin;
    }

    /** Where it listens, with the port that was taken for port 0. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Stops at once; answers that are being written are cut off. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Response response;
            try {
                response = respond(exchange);
            } catch (RuntimeException e) {
                response = Response.text(500, exchange.getRequestURI().getPath() + " failed: " + e + "\n");
            }
            send(exchange, response);
        }
    }

    private Response respond(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        String method = exchange.getRequestMethod();
        String allowed = switch (path) {
            case "/", "/live", "/ready", "/metrics", "/stats", "/config" -> "GET, HEAD";
            case "/drain" -> "POST";
            default -> "";
        };
        if (allowed.isEmpty()) {
            return Response.text(404, "There is no " + path + " here. There is:\n\n" + PATHS);
        }
        if (!List.of(allowed.split(", ")).contains(method)) {
            exchange.getResponseHeaders().set("Allow", allowed);
            return Response.text(405, path + " takes " + allowed + ", not " + method + ". There is:\n\n" + PATHS);
        }
        return switch (path) {
            case "/live" -> source.live() ? Response.text(200, "live\n") : Response.text(503, "not live\n");
            case "/ready" -> ready(source.ready());
            case "/metrics" -> new Response(200, "text/plain; version=0.0.4; charset=utf-8", metrics.scrape());
            case "/stats" -> new Response(200, "application/json", Json.write(metrics.stats()));
            case "/config" -> Response.text(200, source.effectiveConfig());
            case "/drain" -> {
                source.drain();
                yield Response.text(202, "draining\n");
            }
            default -> Response.text(200, "Boxcar\n\n" + PATHS);
        };
    }

    private static Response ready(Readiness readiness) {
        StringBuilder body = new StringBuilder(readiness.ready() ? "ready\n" : "not ready\n");
        readiness.reasons().forEach(reason -> body.append(reason).append('\n'));
        return Response.text(readiness.ready() ? 200 : 503, body.toString());
    }

    private static void send(HttpExchange exchange, Response response) throws IOException {
        byte[] body = response.body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", response.contentType);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
            exchange.sendResponseHeaders(response.status, -1);
            return;
        }
        exchange.sendResponseHeaders(response.status, body.length);
        exchange.getResponseBody().write(body);
    }
}
