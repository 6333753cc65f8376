package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.origin.HttpOrigin;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The origin crashes under 500 busy connections: each request gets its own response or fails explicitly, and traffic flows
 * again within a second.
 */
@Tag("chaos")
final class HttpKillAndRestartTest {
    private static final int CLIENTS = 500;
    private static final int CRASHES = Boolean.getBoolean("boxcar.large") ? 10 : 3;
    private static final long RECOVERY_LIMIT_MS = 1_000;
    private static final long WINDOW_MS = Boolean.getBoolean("boxcar.large") ? 30_000 : 6_000;

    @ParameterizedTest
    @ValueSource(strings = {"pipeline", "auto"})
    @Timeout(120)
    void eachRequestGetsItsOwnResponseOrFailsExplicitly(String mode) throws Exception {
        try (HttpOrigin origin = HttpOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.http(origin.address(), "upstreams.http.http.mode=" + mode)
                        .ready()) {
            HttpLoadPlan plan = new HttpLoadPlan(
                    "127.0.0.1",
                    boxcar.port(),
                    CLIENTS,
                    0,
                    0,
                    TimeUnit.MILLISECONDS.toNanos(WINDOW_MS),
                    TimeUnit.SECONDS.toNanos(10));
            AtomicLong responses = new AtomicLong();
            FutureTask<LoadResult> load = new FutureTask<>(
                    () -> HttpLoad.run(plan, new HttpRequests("GET", "/echo", 0, 0, true), new LoadWatcher() {
                        @Override
                        public void progress(long soFar) {
                            responses.set(soFar);
                        }
                    }));
            Thread.ofPlatform().daemon().start(load);
            List<Long> recoveriesMs = new ArrayList<>();
            for (int crash = 0; crash < CRASHES; crash++) {
                long before = responses.get();
                Eventually.isTrue("progress", () -> responses.get() > before + CLIENTS);
                origin.stop();
                origin.restart();
                recoveriesMs.add(millisUntilServed(boxcar));
            }
            LoadResult result = load.get(60, TimeUnit.SECONDS);
            System.out.println(mode + ", " + CRASHES + " crashes, served again after " + recoveriesMs + " ms:\n"
                    + result.describe());
            assertEquals(0, result.mispaired(), result::describeTrouble);
            assertTrue(
                    result.errors().keySet().stream()
                            .allMatch(error -> error.startsWith("status ") || error.startsWith("connection ")),
                    result::describeTrouble);
            assertTrue(
                    recoveriesMs.stream().allMatch(ms -> ms <= RECOVERY_LIMIT_MS),
                    () -> "milliseconds until served again: " + recoveriesMs);
            Eventually.isTrue("nothing is in flight", () -> boxcar.stat("upstreams", "in_flight") == 0);
        }
    }

    /** Time that a new client has to wait for its first good answer; the origin itself answers already. */
    private static long millisUntilServed(LocalBoxcar boxcar) {
        long startNs = System.nanoTime();
        URI uri = URI.create("http://127.0.0.1:" + boxcar.port() + "/fixed");
        Eventually.isTrue("an answer to a new client", () -> {
            HttpURLConnection probe = (HttpURLConnection) uri.toURL().openConnection();
            try {
                return probe.getResponseCode() == 200;
            } finally {
                probe.disconnect();
            }
        });
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
    }
}
