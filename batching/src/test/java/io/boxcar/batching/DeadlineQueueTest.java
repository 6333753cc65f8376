package io.boxcar.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeadlineQueueTest {
    @Test
    void emptyQueueHasNoDeadline() {
        DeadlineQueue queue = new DeadlineQueue();
        assertTrue(queue.isEmpty());
        assertEquals(Long.MAX_VALUE, queue.nextDeadlineNs());
        assertEquals(DeadlineQueue.NONE, queue.pollExpired(Long.MAX_VALUE));
        queue.removeThrough(100);
        queue.clear();
    }

    @Test
    void idExpiresAtItsDeadlineAndNotBefore() {
        DeadlineQueue queue = new DeadlineQueue();
        queue.add(7, 100);
        queue.add(8, 100);
        assertEquals(100, queue.nextDeadlineNs());
        assertEquals(DeadlineQueue.NONE, queue.pollExpired(99));
        assertEquals(7, queue.pollExpired(100));
        assertEquals(8, queue.pollExpired(101));
        assertTrue(queue.isEmpty());
    }

    @Test
    void clockMayOverflow() {
        DeadlineQueue queue = new DeadlineQueue();
        queue.add(1, Long.MAX_VALUE);
        queue.add(2, Long.MIN_VALUE + 9); // 10 ns later
        assertEquals(DeadlineQueue.NONE, queue.pollExpired(Long.MAX_VALUE - 1));
        assertEquals(1, queue.pollExpired(Long.MIN_VALUE));
        assertEquals(DeadlineQueue.NONE, queue.pollExpired(Long.MIN_VALUE + 8));
        assertEquals(2, queue.pollExpired(Long.MIN_VALUE + 9));
    }

    @Test
    void agreesWithAModelOverRandomSteps() {
        long seed = new Random().nextLong();
        System.out.println("DeadlineQueueTest seed " + seed);
        Random random = new Random(seed);
        DeadlineQueue queue = new DeadlineQueue();
        ArrayDeque<long[]> model = new ArrayDeque<>();
        long nowNs = random.nextLong();
        long timeoutNs = 500;
        long nextId = 0;
        for (int step = 0; step < 300_000; step++) {
            String at = "seed " + seed + " step " + step;
            nowNs += random.nextInt(5);
            switch (random.nextInt(8)) {
                case 0 -> {
                    long[] first = model.peek();
                    boolean expired = first != null && first[1] - nowNs <= 0;
                    assertEquals(
                            expired && first != null ? first[0] : DeadlineQueue.NONE, queue.pollExpired(nowNs), at);
                    if (expired) {
                        model.remove();
                    }
                }
                case 1 -> {
                    if (random.nextInt(20) == 0) {
                        long through = nextId - random.nextInt(200);
                        queue.removeThrough(through);
                        model.removeIf(entry -> entry[0] <= through);
                    } else if (random.nextInt(2_000) == 0) {
                        queue.clear();
                        model.clear();
                    }
                }
                default -> {
                    queue.add(nextId, nowNs + timeoutNs);
                    model.add(new long[] {nextId++, nowNs + timeoutNs});
                }
            }
            long[] first = model.peek();
            assertEquals(first == null, queue.isEmpty(), at);
            assertEquals(first == null ? Long.MAX_VALUE : first[1], queue.nextDeadlineNs(), at);
        }
    }
}
