package io.boxcar.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CounterTest {
    @Test
    void countsAndGauges() {
        Counter counter = new Counter();
        counter.increment();
        counter.add(5);
        assertEquals(6, counter.get());
        counter.set(2);
        assertEquals(2, counter.get());
    }

    @Test
    @Timeout(60)
    void readerSeesItRiseToTheEnd() throws InterruptedException {
        Counter counter = new Counter();
        Thread owner = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 1_000_000; i++) {
                counter.increment();
            }
        });
        long last = 0;
        while (last < 1_000_000) {
            long now = counter.get();
            assertTrue(now >= last);
            last = now;
        }
        owner.join();
    }
}
