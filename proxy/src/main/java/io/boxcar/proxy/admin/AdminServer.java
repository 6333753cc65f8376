package io.boxcar.proxy.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.boxcar.metrics.BoxcarMetrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Serves health, metrics, statistics and configuration over HTTP. Runs on virtual threads, one per request of at most 64
 * connections, and never on an event loop: neither a busy data path nor a client that stalls keeps it from answering
 * health checks. Whatever it calls must be safe to call from any thread.
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

        /** Leaves all addresses to another process that listens there too, and drains. */
        void handOver();
    }

    private record Route(String method, String path, String description, Supplier<Response> answer) {

        boolean takes(String requested) {
            return requested.equals(method) || (requested.equals("HEAD") && method.equals("GET"));
        }
    }

    private record Response(int status, String contentType, String body) {

        static Response text(int status, String body) {
            return new Response(status, "text/plain; charset=utf-8", body);
        }
    }

    private static final int BACKLOG = 64;
    private static final long STOP_SECONDS = 1;

    private final HttpServer server;
    private final ExecutorService threads;
    private final BoxcarMetrics metrics;
    private final Source source;
    private final List<Route> routes = List.of(
            new Route("GET", "/", "this list", this::index),
            new Route("GET", "/live", "200 while the process works, else 503", this::live),
            new Route("GET", "/ready", "200 while it should be given traffic, else 503, and why", this::ready),
            new Route("GET", "/metrics", "metrics in the Prometheus text format", this::metrics),
            new Route("GET", "/stats", "what listeners and upstreams count, as JSON with quantiles", this::stats),
            new Route("GET", "/config", "the configuration in force, secrets masked", this::config),
            new Route("POST", "/hand-over", "leave all addresses to the process that asks, and drain", this::handOver),
            new Route("POST", "/drain", "finish what is in flight, take nothing new, and exit", this::drain));

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
        // The JDK's server reads these once. Its defaults let clients that stall pile up without limit.
        setUnlessSet("jdk.httpserver.maxConnections", "64");
        setUnlessSet("sun.net.httpserver.maxReqTime", "10");
        setUnlessSet("sun.net.httpserver.maxRspTime", "30");
        setUnlessSet("sun.net.httpserver.nodelay", "true");
        HttpServer server;
        try {
            server = HttpServer.create(address, BACKLOG);
        } catch (IOException e) {
            throw new IOException(
                    "the admin server cannot listen on " + address.getHostString() + ":" + address.getPort() + ": "
                            + e.getMessage() + "; free the port or set boxcar.admin.listen to another address",
                    e);
        }
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("boxcar-admin-", 0).factory());
        AdminServer admin = new AdminServer(server, threads, metrics, source);
        server.setExecutor(threads);
        server.createContext("/", admin::handle);
        server.start();
        return admin;
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /** Where it listens, with the port that was taken for port 0. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Finishes the answers that are being written, above all the one to the request that asked to stop, and stops. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            threads.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
        for (Route route : routes) {
            if (route.path.equals(path)) {
                if (route.takes(method)) {
                    return route.answer.get();
                }
                exchange.getResponseHeaders().set("Allow", route.method.equals("GET") ? "GET, HEAD" : route.method);
                return Response.text(405, path + " takes " + route.method + ", not " + method + ".\n\n" + paths());
            }
        }
        return Response.text(404, "There is no " + path + " here. There is:\n\n" + paths());
    }

    private String paths() {
        return routes.stream()
                .map(route -> String.format("%-4s %-8s  %s\n", route.method, route.path, route.description))
                .collect(Collectors.joining());
    }

    private Response index() {
        String links = paths().replaceAll("GET  (/\\w*)", "GET  <a href=\"$1\">$1</a>");
        return new Response(
                200,
                "text/html; charset=utf-8",
                "<!doctype html>\n<title>Boxcar</title>\n<h1>Boxcar</h1>\n<pre>\n" + links + "</pre>\n");
    }

    private Response live() {
        return source.live() ? Response.text(200, "live\n") : Response.text(503, "not live\n");
    }

    private Response ready() {
        Readiness readiness = source.ready();
        StringBuilder body = new StringBuilder(readiness.ready() ? "ready\n" : "not ready\n");
        readiness.reasons().forEach(reason -> body.append(reason).append('\n'));
        return Response.text(readiness.ready() ? 200 : 503, body.toString());
    }

    private Response metrics() {
        return new Response(200, "text/plain; version=0.0.4; charset=utf-8", metrics.scrape());
    }

    private Response stats() {
        return new Response(200, "application/json", Json.write(metrics.stats()));
    }

    private Response config() {
        return Response.text(200, source.effectiveConfig());
    }

    private Response drain() {
        source.drain();
        return Response.text(202, "draining\n");
    }

    private Response handOver() {
        source.handOver();
        return Response.text(200, "handed over\n");
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
