package io.boxcar.proxy.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.AdminConfig;
import io.boxcar.proxy.log.LogLevels;
import io.boxcar.proxy.log.Printable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Serves health, metrics, statistics and configuration over HTTP or HTTPS. Runs on virtual threads, one per request of a
 * bounded number of connections, and never on an event loop: neither a busy data path nor a client that stalls keeps it from
 * answering health checks, nor the process from ending. Whatever it calls must be safe to call from any thread.
 *
 * <pre>
 *   request -> {@link Guard} (token, origin) -> {@link Routes} (path, method, parameters) -> {@link Source}
 * </pre>
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

        /** Reads the configuration again, applies what can be, and returns when that is done. */
        ReloadResult reload();

        /** Starts to drain and returns at once. */
        void drain(DrainDirection direction);

        /** Leaves all addresses to another process that listens there too, and drains. */
        void handOver();

        /** Starts to end the process as SIGTERM does, and returns at once. */
        void quit();
    }

    private static final System.Logger LOG = System.getLogger(AdminServer.class.getName());
    private static final int BACKLOG = 64;
    private static final long STOP_SECONDS = 1;

    private final HttpServer server;
    private final ExecutorService threads;
    private final Guard guard;
    private final Routes routes;
    private final boolean isSecure;

    private AdminServer(HttpServer server, ExecutorService threads, Guard guard, Routes routes) {
        this.server = server;
        this.threads = threads;
        this.guard = guard;
        this.routes = routes;
        this.isSecure = server instanceof HttpsServer;
    }

    /**
     * Listens where {@code config} says (port 0 takes a free one) and serves.
     *
     * @param levels what {@code /loglevel} changes
     * @throws IOException if it cannot; the message says where, why, and what to change
     */
    public static AdminServer start(AdminConfig config, BoxcarMetrics metrics, Source source, LogLevels levels)
            throws IOException {
        // The JDK's server reads these once. Its defaults let clients that stall pile up without limit.
        setUnlessSet("jdk.httpserver.maxConnections", "256");
        setUnlessSet("sun.net.httpserver.maxReqTime", "5");
        setUnlessSet("sun.net.httpserver.maxRspTime", "30");
        setUnlessSet("sun.net.httpserver.maxReqHeaders", "64");
        setUnlessSet("sun.net.httpserver.maxReqHeaderSize", "16384");
        setUnlessSet("sun.net.httpserver.nodelay", "true");
        HttpServer server = bind(config);
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("boxcar-admin-", 0).factory());
        AdminServer admin = new AdminServer(server, threads, new Guard(config), new Routes(metrics, source, levels));
        server.setExecutor(threads);
        server.createContext("/", admin::handle);
        server.start();
        if (!config.isProtected() && !server.getAddress().getAddress().isLoopbackAddress()) {
            LOG.log(
                    Level.WARNING,
                    "the admin endpoint on {0} can be drained and reloaded by whoever reaches it; set boxcar.admin.token, or"
                            + " boxcar.admin.tls with a ca, or let boxcar.admin.listen be an address of 127.0.0.1",
                    config.listen());
        }
        return admin;
    }

    private static HttpServer bind(AdminConfig config) throws IOException {
        if (!(config.listen() instanceof Address.Tcp listen)) {
            throw new IOException("admin.listen = " + config.listen() + ": the admin server listens on TCP only");
        }
        AdminTls tls = config.tls().isOn() ? AdminTls.of(config.tls()) : null;
        InetSocketAddress address = new InetSocketAddress(listen.host(), listen.port());
        try {
            if (tls == null) {
                return HttpServer.create(address, BACKLOG);
            }
            HttpsServer server = HttpsServer.create(address, BACKLOG);
            server.setHttpsConfigurator(tls);
            return server;
        } catch (IOException e) {
            throw new IOException(
                    "the admin server cannot listen on " + listen + ": " + e.getMessage()
                            + "; free the port or set boxcar.admin.listen to another address",
                    e);
        }
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

    /** For people and their browsers. */
    public String url() {
        InetSocketAddress at = address();
        return (isSecure ? "https://" : "http://") + new Address.Tcp(at.getHostString(), at.getPort());
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
            send(exchange, respond(exchange));
        }
    }

    private Response respond(HttpExchange exchange) {
        Request request;
        try {
            request = Request.of(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI(),
                    exchange.getRequestHeaders(),
                    exchange.getRemoteAddress().getAddress(),
                    exchange.getLocalAddress().getAddress());
        } catch (IllegalArgumentException e) {
            return Response.text(
                    400, "the query is not valid: " + Printable.line(String.valueOf(e.getMessage())) + "\n");
        }
        Response refusal = guard.refusal(request);
        if (refusal != null) {
            return refusal;
        }
        try {
            return routes.answer(request);
        } catch (RuntimeException e) {
            return Response.text(500, request.path() + " failed: " + Printable.line(e.toString()) + "\n");
        }
    }

    private static void send(HttpExchange exchange, Response response) throws IOException {
        byte[] body = response.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", response.contentType());
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        response.fields().forEach(exchange.getResponseHeaders()::set);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
            exchange.sendResponseHeaders(response.status(), -1);
            return;
        }
        exchange.sendResponseHeaders(response.status(), body.length);
        exchange.getResponseBody().write(body);
    }
}
