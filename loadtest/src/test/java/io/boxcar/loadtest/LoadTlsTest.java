package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.origin.HttpOrigin;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Load over TLS, which a Boxcar before an origin without TLS speaks. */
final class LoadTlsTest {
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final LoadWatcher NOBODY = new LoadWatcher() {};

    @TempDir
    private static Path folder;

    private static Certificates certificates;
    private static Certificates.Pair server;
    private static Certificates.Pair client;

    @BeforeAll
    static void issue() throws Exception {
        certificates = Certificates.in(folder);
        server = certificates.server();
        client = certificates.client("somebody");
    }

    @Test
    void speaksHttp2OrHttp1AsToldByAlpn() throws IOException {
        try (HttpOrigin origin = HttpOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.http(origin.address(), settings("http"))) {
            for (boolean http2 : new boolean[] {false, true}) {
                HttpLoadPlan plan = new HttpLoadPlan(
                        target(boxcar, trusting("", "")),
                        http2,
                        http2 ? 4 : 1,
                        LoadSchedule.of(new LoadLevel(3, 0), 0, 0),
                        LIMIT_NS);
                LoadResult result = HttpLoad.run(plan, new HttpRequests("POST", "/echo", 50, 500, true), NOBODY);
                assertTrue(result.isClean(), result.describeTrouble());
                assertEquals(500, result.requests());
            }
        }
    }

    @Test
    void showsItsOwnCertificateToARedis() throws IOException {
        String[] settings = settings(
                "redis", "listeners.redis.tls.ca=" + certificates.ca(), "listeners.redis.tls.client-auth=require");
        try (RedisOrigin origin = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(origin, settings)) {
            LoadTls tls = trusting(client.cert().toString(), client.key().toString());
            LoadResult result = RedisLoad.run(plan(target(boxcar, tls)), NOBODY);
            assertTrue(result.isClean(), result.describeTrouble());
        }
    }

    @Test
    void refusesACertificateThatItDoesNotTrustUnlessToldTo() throws IOException {
        try (RedisOrigin origin = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(origin, settings("redis"))) {
            LoadTls strict = new LoadTls("", false, "", "", "");
            IOException refusal =
                    assertThrows(IOException.class, () -> RedisLoad.run(plan(target(boxcar, strict)), NOBODY));
            assertTrue(String.valueOf(refusal.getMessage()).startsWith("cannot connect to "), refusal.getMessage());
            LoadTls lax = new LoadTls("", true, "", "", "");
            assertTrue(RedisLoad.run(plan(target(boxcar, lax)), NOBODY).isClean());
        }
    }

    @Test
    void saysWhichFileItCannotUse() {
        LoadTls tls = new LoadTls(folder.resolve("absent.pem").toString(), false, "", "", "");
        IOException failure = assertThrows(IOException.class, () -> tls.context(false));
        assertTrue(String.valueOf(failure.getMessage()).contains("absent.pem"), failure.getMessage());
    }

    private static String[] settings(String listener, String... more) {
        List<String> settings = new ArrayList<>(server.ofListener(listener));
        settings.addAll(List.of(more));
        return settings.toArray(String[]::new);
    }

    private static LoadTls trusting(String cert, String key) {
        return new LoadTls(certificates.ca().toString(), false, cert, key, "");
    }

    private static LoadTarget target(LocalBoxcar boxcar, LoadTls tls) {
        return new LoadTarget(new Address.Tcp("localhost", boxcar.port()), tls);
    }

    private static LoadPlan plan(LoadTarget target) {
        return new LoadPlan(
                target, RedisMix.of(64, 50), 2, LoadSchedule.of(new LoadLevel(3, 0), 0, LIMIT_NS), 500, LIMIT_NS);
    }
}
