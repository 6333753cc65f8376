package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a sidecar at work tells about itself. */
@Timeout(60)
class AdminLiveTest {
    private static final Pattern SAMPLE = Pattern.compile(
            "([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{[a-z_]+=\"[^\"]*\"(,[a-z_]+=\"[^\"]*\")*,?})? (NaN|[+-]?Inf|-?[0-9.eE+-]+)");
    private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) .+");

    private static RedisOrigin redis;
    private static SidecarProcess sidecar;

    @BeforeAll
    static void start() throws IOException {
        redis = RedisOrigin.start();
        redis.kill();
        sidecar = SidecarProcess.serving(redis.address());
    }

    @AfterAll
    static void stop() {
        sidecar.close();
        redis.close();
    }

    @Test
    void itIsReadyWhileRedisIsThereAndLiveAllTheTime() throws Exception {
        redis.kill();
        Eventually.isTrue("503", () -> sidecar.get("/ready").statusCode() == 503);
        HttpResponse<String> notReady = sidecar.get("/ready");
        assertTrue(notReady.body().startsWith("not ready\nupstream redis " + redis.address() + " "), notReady.body());
        assertEquals(200, sidecar.get("/live").statusCode());
        redis.restart();
        Eventually.isTrue("200", () -> sidecar.get("/ready").statusCode() == 200);
        redis.kill();
        Eventually.isTrue("503 again", () -> sidecar.get("/ready").statusCode() == 503);
        redis.restart();
        Eventually.isTrue("200 again", () -> sidecar.get("/ready").statusCode() == 200);
        assertEquals(200, sidecar.get("/live").statusCode());
    }

    /** Nor if the upstream refuses it, as this one does, which has none. */
    @Test
    void nothingThatItSaysHasThePassword() throws Exception {
        redis.restart();
        try (SidecarProcess withPassword =
                SidecarProcess.serving(redis.address(), "upstreams.redis.auth.password=s3cret")) {
            assertTrue(withPassword.get("/config").body().contains("password=\"***\""));
            StringBuilder said = new StringBuilder();
            for (String path : List.of("/config", "/stats", "/metrics", "/ready")) {
                said.append(withPassword.get(path).body());
            }
            withPassword.terminate();
            withPassword.exitStatus();
            said.append(withPassword.output());
            assertFalse(said.toString().contains("s3cret"), said::toString);
        }
    }

    @Test
    void metricsAreValidAndTheNumbersAreThoseOfTheTrafficDone() throws Exception {
        redis.restart();
        Eventually.isTrue("ready", () -> sidecar.get("/ready").statusCode() == 200);
        long requests = sidecar.metric("boxcar_requests_total");
        long upstreamRequests = sidecar.metric("boxcar_upstream_requests_total");
        long own = sidecar.metric("boxcar_pinned_requests_total");
        long accepted = sidecar.metric("boxcar_clients_accepted_total");
        long closed = sidecar.metric("boxcar_clients_closed_total");
        long received = sidecar.metric("boxcar_client_received_bytes_total");
        try (Wire wire = sidecar.connect();
                Wire session = sidecar.connect()) {
            byte[] incr = Wire.command("INCR", "counted");
            for (int i = 0; i < 100; i++) {
                wire.sendBytes(incr).reply();
            }
            for (int i = 0; i < 50; i++) {
                wire.sendBytes(incr);
            }
            for (int i = 0; i < 50; i++) {
                wire.reply();
            }
            assertEquals("+OK\r\n", wire.ask("CLIENT", "SETNAME", "counted"));
            assertEquals("+OK\r\n", session.ask("WATCH", "counted"));
            assertEquals("+PONG\r\n", session.ask("PING"));
            assertEquals(requests + 153, sidecar.metric("boxcar_requests_total"));
            assertEquals(requests + 153, sidecar.metric("boxcar_responses_total"));
            assertEquals(upstreamRequests + 150, sidecar.metric("boxcar_upstream_requests_total"));
            assertEquals(own + 2, sidecar.metric("boxcar_pinned_requests_total"));
            assertEquals(1, sidecar.metric("boxcar_answered_locally_total"));
            assertEquals(accepted + 2, sidecar.metric("boxcar_clients_accepted_total"));
            assertEquals(2, sidecar.metric("boxcar_clients"));
            assertEquals(0, sidecar.metric("boxcar_in_flight"));
            assertEquals(0, sidecar.metric("boxcar_ring_fill"));
            assertTrue(sidecar.metric("boxcar_client_received_bytes_total") >= received + 150L * incr.length);
            assertEquals(sidecar.metric("boxcar_requests_total"), stat("requests"));
            assertEquals(sidecar.metric("boxcar_pinned_requests_total"), stat("pinned_requests"));
        }
        Eventually.isTrue("both have left", () -> sidecar.metric("boxcar_clients_closed_total") == closed + 2);
        assertEquals(sidecar.metric("boxcar_pinned_lent_total"), sidecar.metric("boxcar_pinned_returned_total"));

        Set<String> series = new HashSet<>();
        sidecar.get("/metrics").body().lines().forEach(line -> {
            if (line.startsWith("#")) {
                assertTrue(COMMENT.matcher(line).matches(), line);
            } else {
                assertTrue(SAMPLE.matcher(line).matches(), line);
                assertTrue(series.add(line.substring(0, line.lastIndexOf(' '))), () -> "twice: " + line);
            }
        });
        assertTrue(series.size() > 30);
    }

    /** The first number of this name in {@code /stats}, which is the one in the totals of the listeners. */
    private static long stat(String key) throws IOException, InterruptedException {
        String json = sidecar.get("/stats").body();
        Matcher matcher = Pattern.compile("\"" + key + "\"\\s*:\\s*(\\d+)").matcher(json);
        assertTrue(matcher.find(), json);
        return Long.parseLong(matcher.group(1));
    }
}
