package io.boxcar.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MovingAverageTest {
    @Test
    void firstRecordIsTheAverage() {
        MovingAverage average = new MovingAverage(3);
        assertEquals(0, average.value());
        average.record(1_000);
        assertEquals(1_000, average.value());
        average.record(1_800);
        assertEquals(1_100, average.value());
    }

    @Test
    void steadyInputIsReachedFromBothSides() {
        for (long start : new long[] {0, 1_000_000}) {
            MovingAverage average = new MovingAverage(4);
            average.record(start);
            for (int i = 0; i < 1_000; i++) {
                average.record(1_003);
            }
            assertTrue(Math.abs(average.value() - 1_003) <= 1, "from " + start + ": " + average.value());
        }
    }

    @Test
    void staysBetweenTheExtremesOfItsInput() {
        long seed = new Random().nextLong();
        System.out.println("MovingAverageTest seed " + seed);
        Random random = new Random(seed);
        MovingAverage average = new MovingAverage(3);
        for (int i = 0; i < 100_000; i++) {
            average.record(50 + random.nextInt(100));
            assertTrue(average.value() >= 50 && average.value() < 150, "seed " + seed);
        }
    }

    @Test
    void hugeAndNegativeValuesAreClamped() {
        MovingAverage average = new MovingAverage(8);
        average.record(Long.MAX_VALUE);
        average.record(Long.MAX_VALUE);
        assertEquals(Long.MAX_VALUE >> 8, average.value());
        MovingAverage negative = new MovingAverage(8);
        negative.record(-5);
        assertEquals(0, negative.value());
    }
}
