package io.boxcar.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

class ActivityWindowTest {
    private final int[] lastEpoch = new int[10];

    private void act(ActivityWindow window, int client, long nowNs) {
        int epoch = window.epoch(nowNs);
        if (lastEpoch[client] != epoch) {
            lastEpoch[client] = epoch;
            window.countOne();
        }
    }

    @Test
    void clientIsCountedOncePerEpoch() {
        ActivityWindow window = new ActivityWindow(100);
        act(window, 0, 1_000);
        act(window, 0, 1_050);
        act(window, 1, 1_099);
        assertEquals(2, window.active());
    }

    @Test
    void activeIsTheLargerOfThisAndThePreviousEpoch() {
        ActivityWindow window = new ActivityWindow(100);
        for (int client = 0; client < 3; client++) {
            act(window, client, 1_000);
        }
        act(window, 0, 1_100);
        assertEquals(3, window.active());
        act(window, 0, 1_200);
        assertEquals(1, window.active());
    }

    @Test
    void nobodyIsActiveAfterAWholeEpochOfSilence() {
        ActivityWindow window = new ActivityWindow(100);
        act(window, 0, 1_000);
        int before = window.epoch(1_199);
        assertEquals(1, window.active(), "the previous epoch still counts");
        assertNotEquals(before, window.epoch(1_200));
        assertEquals(0, window.active());
        act(window, 0, 1_999);
        window.epoch(5_000);
        assertEquals(0, window.active());
    }

    @Test
    void clockMayOverflow() {
        ActivityWindow window = new ActivityWindow(100);
        act(window, 0, Long.MAX_VALUE - 10);
        act(window, 1, Long.MIN_VALUE + 10);
        assertEquals(2, window.active());
        act(window, 1, Long.MIN_VALUE + 100);
        assertEquals(2, window.active());
    }
}
