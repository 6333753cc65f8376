package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class PaceTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void makesRequestsDueAtEqualDistances() {
        Pace pace = new Pace(1_000, 1_000, 0, 5 * SECOND);
        assertEquals(5 * SECOND, pace.take(5 * SECOND));
        assertEquals(Pace.NOT_DUE, pace.take(5 * SECOND));
        assertEquals(5 * SECOND + 1_000_000, pace.dueNs());
        assertEquals(5 * SECOND + 1_000_000, pace.take(7 * SECOND), "due long since");
    }

    @Test
    void growsLinearlyAndThenStays() {
        Pace pace = new Pace(100, 1_000, 10 * SECOND, 0);
        assertEquals(5_500, countUntil(pace, 10 * SECOND), 2, "the mean of both rates");
        assertEquals(1_000, countUntil(pace, 11 * SECOND), 2);
    }

    private static int countUntil(Pace pace, long nowNs) {
        int count = 0;
        while (pace.take(nowNs) != Pace.NOT_DUE) {
            count++;
        }
        return count;
    }
}
