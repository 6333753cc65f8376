package io.boxcar.proxy.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.Headers;
import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.AdminConfig;
import io.boxcar.proxy.log.LogLevels;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {

    private static final List<String> PATHS = List.of(
            "/",
            "/live",
            "/ready",
            "/metrics",
            "/stats",
            "/config",
            "/loglevel",
            "/reload",
            "/drain",
            "/hand-over",
            "/quit");

    private static final class FakeSource implements AdminServer.Source {
        volatile boolean live = true;
        volatile Readiness readiness = new Readiness(true, List.of());
        volatile String config = "boxcar { loops = 2 }\n";
        volatile ReloadResult reload = new ReloadResult.Applied(List.of(), List.of());
        final List<String> asked = new CopyOnWriteArrayList<>();

        @Override
        public boolean live() {
            return live;
        }

        @Override
        public Readiness ready() {
            return readiness;
        }

        @Override
        public String effectiveConfig() {
            if (config.isEmpty()) {
                throw new IllegalStateException("no configuration");
            }
            return config;
        }

        @Override
        public ReloadResult reload() {
            return reload;
        }

        @Override
        public void drain(DrainDirection direction) {
            asked.add("drain " + direction);
        }

        @Override
        public void handOver() {
            asked.add("hand over");
        }

        @Override
        public void quit() {
            asked.add("quit");
        }
    }

    private final BoxcarMetrics metrics = new BoxcarMetrics("1.2.3");
    private final FakeSource source = new FakeSource();
    private final HttpClient client = HttpClient.newHttpClient();
    private AdminServer server;

    @BeforeEach
    void start() throws IOException {
        server = start("", true);
    }

    private AdminServer start(String token, boolean openMetrics) throws IOException {
        return AdminServer.start(config(0, token, openMetrics), metrics, source, new LogLevels());
    }

    private static AdminConfig config(int port, String token, boolean openMetrics) {
        return new AdminConfig(new Address.Tcp("127.0.0.1", port), token, openMetrics, new AdminConfig.Tls("", "", ""));
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        metrics.close();
    }

    @Test
    void theIndexLinksToEveryPathThatCanBeRead() throws Exception {
        HttpResponse<String> response = send("GET", "/");
        assertEquals(200, response.statusCode());
        assertEquals("text/html; charset=utf-8", contentType(response));
        for (String path : List.of("/live", "/ready", "/metrics", "/stats", "/config")) {
            assertTrue(response.body().contains("<a href=\"" + path + "\">"), path);
        }
    }

    @Test
    void liveFollowsTheSource() throws Exception {
        assertEquals("live\n", expect(200, send("GET", "/live")));
        source.live = false;
        assertEquals("not live\n", expect(503, send("GET", "/live")));
    }

    @Test
    void readySaysWhyItIsNot() throws Exception {
        assertEquals("ready\n", expect(200, send("GET", "/ready")));
        source.readiness = new Readiness(
                false,
                List.of("upstream redis-main 127.0.0.1:6379 connecting", "upstream web 127.0.0.1:8000 backing off"));
        assertEquals("""
                not ready
                upstream redis-main 127.0.0.1:6379 connecting
                upstream web 127.0.0.1:8000 backing off
                """, expect(503, send("GET", "/ready")));
    }

    @Test
    void metricsAreInThePrometheusTextFormat() throws Exception {
        ListenerMetrics listener = new ListenerMetrics("cache");
        metrics.add(listener);
        listener.requests.add(42);
        HttpResponse<String> response = send("GET", "/metrics");
        assertEquals("text/plain; version=0.0.4; charset=utf-8", contentType(response));
        String body = expect(200, response);
        assertTrue(body.contains("# TYPE boxcar_requests_total counter\n"), body);
        assertTrue(body.contains("boxcar_requests_total{listener=\"cache\",} 42.0\n"), body);
    }

    @Test
    void statsAreJson() throws Exception {
        metrics.add(new ListenerMetrics("ca\"che"));
        HttpResponse<String> response = send("GET", "/stats");
        assertEquals("application/json", contentType(response));
        String body = expect(200, response);
        assertTrue(body.startsWith("{\n  \"version\": \"1.2.3\",\n  \"totals\": {"), body);
        assertTrue(body.contains("\"listener\": \"ca\\\"che\""), body);
    }

    @Test
    void configIsTheSourcesText() throws Exception {
        assertEquals("boxcar { loops = 2 }\n", expect(200, send("GET", "/config")));
    }

    @Test
    void onlyAPostDrains() throws Exception {
        HttpResponse<String> refused = send("GET", "/drain");
        assertEquals(405, refused.statusCode());
        assertEquals("POST", refused.headers().firstValue("Allow").orElseThrow());
        assertEquals(List.of(), source.asked);
        assertEquals("draining\n", expect(202, send("POST", "/drain")));
        assertEquals("draining\n", expect(202, send("POST", "/drain?direction=all")));
        assertEquals("draining inbound\n", expect(202, send("POST", "/drain?direction=inbound")));
        assertEquals(List.of("drain ALL", "drain ALL", "drain INBOUND"), source.asked);
    }

    @Test
    void aParameterThatMeansNothingIsNotIgnored() throws Exception {
        assertEquals(
                "direction=outbound is neither inbound nor all\n",
                expect(400, send("POST", "/drain?direction=outbound")));
        assertEquals(
                "/drain has no parameter directions; there is: direction\n",
                expect(400, send("POST", "/drain?directions=inbound")));
        assertEquals("/reload has no parameter now; it has none\n", expect(400, send("POST", "/reload?now")));
        assertEquals(List.of(), source.asked);
    }

    @Test
    void reloadTellsWhatIsAppliedAndWhatIsNot() throws Exception {
        source.reload = new ReloadResult.Applied(List.of("upstream a: added"), List.of("loops needs a restart"));
        String body = expect(200, send("POST", "/reload"));
        assertTrue(body.contains("\"result\": \"applied\""), body);
        assertTrue(body.contains("upstream a: added") && body.contains("\"not_applied\""), body);
        source.reload = new ReloadResult.Refused(List.of("boxcar.conf:3: boxcar.loops = x is not a number\r\n"));
        String refused = expect(422, send("POST", "/reload"));
        assertTrue(refused.contains("boxcar.conf:3: boxcar.loops = x is not a number\\r\\n\""), refused);
    }

    @Test
    void quitAndHandOverAreForThisHost() throws Exception {
        assertEquals("ending\n", expect(202, send("POST", "/quit")));
        assertEquals("handed over\n", expect(200, send("POST", "/hand-over")));
        assertEquals(List.of("quit", "hand over"), source.asked);
        Request fromElsewhere = new Request(
                "POST", "/quit", Map.of(), new Headers(), InetAddress.getByAddress(new byte[] {10, 0, 0, 1}), false);
        Response refused = new Routes(metrics, source, new LogLevels()).answer(fromElsewhere);
        assertEquals(403, refused.status());
        assertTrue(refused.body().contains("you come from 10.0.0.1"), refused.body());
        assertEquals(2, source.asked.size());
    }

    @Test
    void noWebPageCanDrain() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri("/drain"))
                .header("Origin", "http://example.com")
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        expect(403, client.send(request, HttpResponse.BodyHandlers.ofString()));
        assertEquals(List.of(), source.asked);
    }

    @Test
    void notesAreToldWhetherItIsReadyOrNot() throws Exception {
        source.readiness = new Readiness(true, List.of(), List.of("the last reload failed: a.conf:1: nonsense\nready"));
        assertEquals("ready\nthe last reload failed: a.conf:1: nonsense\\nready\n", expect(200, send("GET", "/ready")));
        source.readiness = new Readiness(false, List.of("starting"), List.of("a note"));
        assertEquals("not ready\nstarting\na note\n", expect(503, send("GET", "/ready")));
    }

    @Test
    void withATokenOnlyHealthAndMetricsAreOpen() throws Exception {
        server.close();
        server = start("0123456789abcdef", true);
        for (String open : List.of("/live", "/ready", "/metrics")) {
            expect(200, send("GET", open));
        }
        for (String path : List.of("/", "/stats", "/config", "/loglevel", "/nothing")) {
            HttpResponse<String> refused = send("GET", path);
            expect(401, refused);
            assertEquals(
                    "Bearer realm=\"boxcar\"",
                    refused.headers().firstValue("WWW-Authenticate").orElseThrow());
        }
        expect(401, send("POST", "/drain"));
        expect(401, send("POST", "/quit"));
        assertEquals(List.of(), source.asked);
        for (String wrong :
                List.of("Bearer 0123456789abcdeg", "Bearer", "Basic 0123456789abcdef", "0123456789abcdef")) {
            expect(401, send("GET", "/config", wrong));
        }
        expect(200, send("GET", "/config", "Bearer 0123456789abcdef"));
        expect(200, send("GET", "/config", "bearer 0123456789abcdef"));
    }

    @Test
    void metricsCanBeClosedToo() throws Exception {
        server.close();
        server = start("0123456789abcdef", false);
        expect(401, send("GET", "/metrics"));
        expect(200, send("GET", "/metrics", "Bearer 0123456789abcdef"));
    }

    @Test
    void levelsOfLoggersAreSetWhileItRuns() throws Exception {
        System.Logger logger = System.getLogger("io.boxcar.proxy.redis.Something");
        assertFalse(logger.isLoggable(System.Logger.Level.DEBUG));
        String set = expect(200, send("PUT", "/loglevel?logger=io.boxcar.proxy.redis&level=debug"));
        assertTrue(set.contains("io.boxcar.proxy.redis DEBUG\n"), set);
        assertEquals(set, expect(200, send("GET", "/loglevel")));
        assertTrue(logger.isLoggable(System.Logger.Level.DEBUG));
        expect(200, send("POST", "/loglevel?logger=io.boxcar.proxy.redis&level=default"));
        assertFalse(logger.isLoggable(System.Logger.Level.DEBUG));
    }

    @Test
    void loggersAndLevelsThatAreNotThereAreToldWithThoseThatAre() throws Exception {
        String level = expect(400, send("PUT", "/loglevel?logger=io.boxcar&level=loud"));
        assertTrue(level.startsWith("there is no level loud; use one of OFF, ERROR, WARNING, INFO"), level);
        String logger = expect(400, send("PUT", "/loglevel?logger=io.boxcat%0d%0a&level=info"));
        assertTrue(logger.startsWith("there is no logger io.boxcat\\r\\n; "), logger);
        assertTrue(logger.contains("io.boxcar.proxy.http"), logger);
        expect(400, send("PUT", "/loglevel?logger=io.boxcar"));
    }

    @Test
    void otherMethodsAndPathsAreAnsweredWithWhatThereIs() throws Exception {
        HttpResponse<String> method = send("DELETE", "/metrics");
        assertEquals("GET, HEAD", method.headers().firstValue("Allow").orElseThrow());
        assertNamesEveryPath(expect(405, method));
        String body = expect(404, send("GET", "/livez"));
        assertTrue(body.startsWith("There is no /livez here."), body);
        assertNamesEveryPath(body);
    }

    @Test
    void headHasTheLengthButNoBody() throws Exception {
        for (String path : List.of("/", "/live", "/ready", "/config")) {
            HttpResponse<String> get = send("GET", path);
            HttpResponse<String> head = send("HEAD", path);
            assertEquals("", expect(200, head));
            assertEquals(
                    get.headers().firstValue("Content-Length"), head.headers().firstValue("Content-Length"));
            assertEquals(contentType(get), contentType(head));
        }
        assertEquals(200, send("HEAD", "/metrics").statusCode());
        assertEquals(404, send("HEAD", "/nothing").statusCode());
    }

    @Test
    void aFailingSourceIsAnErrorOfThatRequestOnly() throws Exception {
        source.config = "";
        String body = expect(500, send("GET", "/config"));
        assertTrue(body.startsWith("/config failed: ") && body.contains("no configuration"), body);
        expect(200, send("GET", "/live"));
    }

    @Test
    void clientsThatStallDoNotKeepOthersFromAnAnswer() throws Exception {
        List<Socket> stalled = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                Socket socket = new Socket(
                        server.address().getAddress(), server.address().getPort());
                stalled.add(socket);
                socket.getOutputStream().write("GET /li".getBytes(StandardCharsets.US_ASCII));
            }
            HttpRequest request = HttpRequest.newBuilder(uri("/live"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            expect(200, client.send(request, HttpResponse.BodyHandlers.ofString()));
        } finally {
            for (Socket socket : stalled) {
                socket.close();
            }
        }
    }

    @Test
    void aTakenPortIsNamedWithWhatToDo() {
        InetSocketAddress taken = server.address();
        IOException e = assertThrows(
                IOException.class,
                () -> AdminServer.start(config(taken.getPort(), "", true), metrics, source, new LogLevels()));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.contains(":" + taken.getPort() + ": ") && message.contains("in use"), message);
        assertTrue(message.contains("boxcar.admin.listen"), message);
    }

    @Test
    void afterCloseNothingListens() {
        URI live = uri("/live");
        server.close();
        assertThrows(
                ConnectException.class,
                () -> client.send(HttpRequest.newBuilder(live).build(), HttpResponse.BodyHandlers.ofString()));
    }

    private HttpResponse<String> send(String method, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri(path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> send(String method, String path, String authorization) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri(path))
                .header("Authorization", authorization)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        InetSocketAddress address = server.address();
        return URI.create("http://" + address.getHostString() + ":" + address.getPort() + path);
    }

    private static String expect(int status, HttpResponse<String> response) {
        assertEquals(status, response.statusCode(), response.body());
        return response.body();
    }

    private static String contentType(HttpResponse<String> response) {
        return response.headers().firstValue("Content-Type").orElseThrow();
    }

    private static void assertNamesEveryPath(String body) {
        PATHS.forEach(path -> assertTrue(body.contains(" " + path + " "), path));
    }
}
