package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.origin.HttpOrigin;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The one-million-request challenge through Boxcar: exact totals, and no event counted twice even when connections to the
 * origin break. The build sends a part of the million; {@code -Dboxcar.large} all of it.
 */
class HttpChallengeTest {
    private static final LoadWatcher NOBODY = new LoadWatcher() {};
    private static final boolean LARGE = Boolean.getBoolean("boxcar.large");
    private static final int RESETS_PER_SECOND = 20;

    private static HttpLoadPlan plan(LocalBoxcar boxcar, int connections) {
        return new HttpLoadPlan("127.0.0.1", boxcar.port(), connections, 0, 0, 0, TimeUnit.SECONDS.toNanos(20));
    }

    @ParameterizedTest
    @CsvSource({"1, 4_000", "32, 20_000", "256, 20_000", "1_000, 20_000"})
    void totalsAreExact(String connectionsText, String countText) throws IOException {
        int connections = Integer.parseInt(connectionsText.replace("_", ""));
        int count = LARGE ? 1_000_000 : Integer.parseInt(countText.replace("_", ""));
        for (String mode : new String[] {"pipeline", "auto"}) {
            try (HttpOrigin origin = HttpOrigin.startChallenge();
                    LocalBoxcar boxcar = LocalBoxcar.http(
                                    origin.address(),
                                    "upstreams.http.http.mode=" + mode,
                                    "upstreams.http.timeout.queue=10 s")
                            .ready()) {
                ChallengeReport report = ChallengeLoad.run(plan(boxcar, connections), count / 2, false, NOBODY);
                assertEquals("", report.trouble(), () -> mode + "\n" + report.table());
                assertEquals(count / 2, report.acknowledged());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipeline", "auto"})
    void nothingIsCountedTwiceWhenConnectionsBreak(String mode) throws IOException {
        int count = LARGE ? 1_000_000 : 20_000;
        Random random = new Random(1);
        try (HttpOrigin origin = HttpOrigin.startChallenge();
                LocalBoxcar boxcar = LocalBoxcar.http(
                                origin.address(),
                                "upstreams.http.http.mode=" + mode,
                                "upstreams.http.timeout.queue=10 s")
                        .ready();
                ScheduledExecutorService resets = Executors.newSingleThreadScheduledExecutor()) {
            long periodMs = 1_000 / RESETS_PER_SECOND;
            var unused = resets.scheduleAtFixedRate(
                    () -> origin.resetRandomConnection(random), periodMs, periodMs, TimeUnit.MILLISECONDS);
            ChallengeReport report = ChallengeLoad.run(plan(boxcar, 256), count, true, NOBODY);
            resets.shutdownNow();
            System.out.println(mode + ", " + RESETS_PER_SECOND + " resets a second:\n" + report.figures()
                    + report.load().describeTrouble());
            assertEquals("", report.trouble());
            assertEquals(0, report.repeated());
            assertTrue(
                    report.load().errors().keySet().stream().allMatch(HttpChallengeTest::isExplicit),
                    () -> "" + report.load().errors());
            Eventually.isTrue("nothing is in flight", () -> boxcar.stat("upstreams", "in_flight") == 0);
        }
    }

    private static boolean isExplicit(String error) {
        return error.startsWith("status ") || error.startsWith("connection ");
    }
}
