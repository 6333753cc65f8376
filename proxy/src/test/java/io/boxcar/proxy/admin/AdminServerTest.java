package io.boxcar.proxy.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.metrics.ListenerMetrics;
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
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {

    private static final List<String> PATHS =
            List.of("/", "/live", "/ready", "/metrics", "/stats", "/config", "/drain", "/hand-over");

    private static final class FakeSource implements AdminServer.Source {
        volatile boolean live = true;
        volatile Readiness readiness = new Readiness(true, List.of());
        volatile String config = "boxcar { loops = 2 }\n";
        final AtomicInteger drains = new AtomicInteger();

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
        public void drain() {
            drains.incrementAndGet();
        }

        @Override
        public void handOver() {
            drains.incrementAndGet();
        }
    }

    private final BoxcarMetrics metrics = new BoxcarMetrics("1.2.3");
    private final FakeSource source = new FakeSource();
    private final HttpClient client = HttpClient.newHttpClient();
    private AdminServer server;

    @BeforeEach
    void start() throws IOException {
        server = AdminServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), metrics, source);
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
        assertEquals(0, source.drains.get());
        assertEquals("draining\n", expect(202, send("POST", "/drain")));
        assertEquals(1, source.drains.get());
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
        IOException e = assertThrows(IOException.class, () -> AdminServer.start(taken, metrics, source));
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
