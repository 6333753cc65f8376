package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.origin.HttpOrigin;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ChallengeLoadTest {
    private static final LoadWatcher NOBODY = new LoadWatcher() {};

    @Test
    void findsAllFourNumbersEqual() throws IOException {
        try (HttpOrigin origin = HttpOrigin.startChallenge()) {
            for (long events : new long[] {100_000, 1, 1_234}) { // and so resets what the one before has left
                ChallengeReport report = ChallengeLoad.run(plan(origin.port(), 32), events, false, NOBODY);
                assertEquals("", report.trouble());
                assertEquals(events, report.acknowledged());
                assertTrue(report.seen().sameAs(ChallengeStats.after(events)), report.table());
            }
        }
    }

    @Test
    void showsExpectedAndSeen() throws IOException {
        try (HttpOrigin origin = HttpOrigin.startChallenge()) {
            ChallengeReport report = ChallengeLoad.run(plan(origin.port(), 4), 2_000, false, NOBODY);
            assertEquals("""
                              | expected |    seen |
                --------------|----------|---------|---
                totalRequests |    2,000 |   2,000 | ok
                uniqueUsers   |    2,000 |   2,000 | ok
                sum           |  999,000 | 999,000 | ok
                avg           |    499.5 |   499.5 | ok
                """, report.table());
            assertTrue(report.figures().startsWith("2,000 events sent, 2,000 acknowledged\n"), report.figures());
        }
    }

    @Test
    void seesWhenTheOriginHasMissedSomething() throws IOException {
        byte[] stats = "{\"totalRequests\":3,\"uniqueUsers\":3,\"sum\":3,\"avg\":1}".getBytes(StandardCharsets.UTF_8);
        try (CannedHttp origin = new CannedHttp(stats)) {
            ChallengeReport report = ChallengeLoad.run(plan(origin.port(), 1), 3, false, NOBODY);
            // All but the status, which is 200 where it has to be 201.
            assertTrue(report.seen().sameAs(ChallengeStats.after(3)));
            assertEquals(0, report.acknowledged());
            assertTrue(report.trouble().contains("error: 3 x status #"), report.trouble());
        }
        LoadResult clean = clean();
        ChallengeStats missed = new ChallengeStats(99, 99, BigDecimal.valueOf(4_950), 50);
        ChallengeReport report = new ChallengeReport(clean, 100, 100, missed, -1, false);
        assertFalse(report.isRight());
        assertTrue(report.table().contains("totalRequests |      100 |    99 | WRONG"), report.table());
    }

    @Test
    void seesWhenAnEventWasCountedTwice() {
        LoadResult clean = clean();
        ChallengeReport report = new ChallengeReport(clean, 100, 100, ChallengeStats.after(100), 1, true);
        assertEquals("1 events were counted more than once\n", report.trouble());
    }

    @Test
    void countsNoLessThanWasAcknowledgedAndNoMoreThanWasSentWhenConnectionsBreak() throws IOException {
        try (HttpOrigin origin = HttpOrigin.startChallenge()) {
            Random random = new Random(1);
            LoadWatcher breaker = new LoadWatcher() {
                @Override
                public void progress(long responses) {
                    origin.resetRandomConnection(random);
                }
            };
            HttpLoadPlan paced =
                    new HttpLoadPlan("127.0.0.1", origin.port(), 8, 20_000, 0, 0, TimeUnit.SECONDS.toNanos(10));
            ChallengeReport report = ChallengeLoad.run(paced, 20_000, true, breaker);
            assertEquals("", report.trouble());
            assertEquals(20_000, report.sent());
            assertEquals(0, report.repeated());
            assertTrue(origin.acceptedConnections() > 8 + 3, "none was reset");
        }
    }

    @Test
    void knowsTheFourNumbersForAnyCount() {
        long sum = 0;
        for (int count = 1; count <= 3_210; count++) {
            sum += (count - 1) % 1_000;
            assertEquals(
                    new ChallengeStats(count, count, BigDecimal.valueOf(sum), (double) sum / count),
                    ChallengeStats.after(count));
        }
        assertEquals(
                new ChallengeStats(1_000_000, 75_000, BigDecimal.valueOf(499_500_000), 499.5),
                ChallengeStats.after(1_000_000));
    }

    private static LoadResult clean() {
        return new LoadResult(100, 0, java.util.Map.of(), 1, new org.HdrHistogram.Histogram(3));
    }

    private static HttpLoadPlan plan(int port, int connections) {
        return new HttpLoadPlan("127.0.0.1", port, connections, 0, 0, 0, TimeUnit.SECONDS.toNanos(10));
    }
}
