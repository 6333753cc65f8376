package io.boxcar.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void delaysDoubleUpToTheMaximumWithinTheirBounds() {
        long seed = new Random().nextLong();
        System.out.println("BackoffTest seed " + seed);
        Random random = new Random(seed);
        long[][] ranges = {{1, 1}, {1, 3}, {100, 100}, {1_000, 60_000}, {7, Long.MAX_VALUE}};
        for (long[] range : ranges) {
            Backoff backoff = new Backoff(range[0], range[1], random);
            for (int run = 0; run < 20; run++) {
                double expected = (double) range[0];
                for (int attempt = 0; attempt < 100; attempt++) {
                    assertEquals(attempt, backoff.attempts());
                    long delayNs = backoff.nextDelayNs();
                    String at = "seed " + seed + " delay " + delayNs;
                    assertTrue(delayNs <= expected && delayNs >= Math.floor(expected / 2) * 0.999, at);
                    assertTrue(delayNs <= range[1], at);
                    expected = Math.min(expected * 2, (double) range[1]);
                }
                backoff.reset();
                assertEquals(0, backoff.attempts());
            }
        }
    }

    @Test
    void delaysAreSpread() {
        Backoff backoff = new Backoff(1_000, 1_000, new Random(1));
        long smallest = Long.MAX_VALUE;
        long largest = 0;
        for (int i = 0; i < 1_000; i++) {
            long delayNs = backoff.nextDelayNs();
            smallest = Math.min(smallest, delayNs);
            largest = Math.max(largest, delayNs);
        }
        assertTrue(smallest < 520 && largest > 980, smallest + " to " + largest);
    }

    @Test
    void boundsAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> new Backoff(0, 1, new Random(1)));
        assertThrows(IllegalArgumentException.class, () -> new Backoff(2, 1, new Random(1)));
    }
}
