package io.boxcar.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatchRingTest {
    private final AtomicInteger wakes = new AtomicInteger();
    private final List<Integer> drained = new ArrayList<>();

    private BatchRing<Integer> ring(int capacity) {
        return new BatchRing<>(capacity, wakes::incrementAndGet);
    }

    @Test
    void capacityIsRoundedUpToAPowerOfTwo() {
        assertEquals(8, ring(5).capacity());
        assertEquals(1, ring(1).capacity());
        assertThrows(IllegalArgumentException.class, () -> ring(0));
    }

    @Test
    void offerIsRefusedWhenFullAndAcceptedAgainAfterADrain() {
        BatchRing<Integer> ring = ring(2);
        assertTrue(ring.offer(1));
        assertTrue(ring.offer(2));
        assertFalse(ring.offer(3));
        assertEquals(2, ring.size());
        assertEquals(1, ring.drain(1, drained::add));
        assertEquals(1, ring.size());
        assertTrue(ring.offer(3));
        assertEquals(2, ring.drain(10, drained::add));
        assertEquals(List.of(1, 2, 3), drained);
        assertEquals(0, ring.size());
    }

    @Test
    void drainTakesAtMostItsLimit() {
        BatchRing<Integer> ring = ring(8);
        for (int i = 0; i < 5; i++) {
            ring.offer(i);
        }
        assertEquals(0, ring.drain(0, drained::add));
        assertEquals(2, ring.drain(2, drained::add));
        assertEquals(3, ring.drain(Integer.MAX_VALUE, drained::add));
        assertEquals(0, ring.drain(5, drained::add));
        assertEquals(List.of(0, 1, 2, 3, 4), drained);
    }

    @Test
    void ringBeginsParkedAndWakesOncePerPark() {
        BatchRing<Integer> ring = ring(8);
        ring.offer(1);
        ring.offer(2);
        assertEquals(1, wakes.get());
        assertFalse(ring.park(), "elements are there");
        ring.offer(3);
        assertEquals(1, wakes.get(), "the ring stayed awake");
        ring.drain(8, drained::add);
        assertTrue(ring.park());
        assertTrue(ring.park(), "parking twice is as parking once");
        ring.offer(4);
        ring.offer(5);
        assertEquals(2, wakes.get());
    }

    @Test
    void elementWhoseSinkThrowsIsNotDeliveredAgain() {
        BatchRing<Integer> ring = ring(8);
        for (int i = 0; i < 4; i++) {
            ring.offer(i);
        }
        IllegalArgumentException thrown = assertThrows(
                IllegalArgumentException.class,
                () -> ring.drain(8, element -> {
                    if (element == 1) {
                        throw new IllegalArgumentException("no " + element);
                    }
                    drained.add(element);
                }));
        assertEquals("no 1", thrown.getMessage());
        assertFalse(ring.park(), "the others are still there");
        assertEquals(2, ring.drain(8, drained::add));
        assertEquals(List.of(0, 2, 3), drained);
    }

    @Test
    void manyAreOfferedInOrderAndAsFarAsThereIsRoom() {
        BatchRing<Integer> ring = ring(4);
        Integer[] elements = {0, 1, 2, 3, 4, 5, 6};
        assertEquals(2, ring.offerAll(elements, 1, 3));
        assertEquals(1, wakes.get(), "one wake for all of them");
        assertEquals(0, ring.offerAll(elements, 3, 3));
        assertEquals(2, ring.offerAll(elements, 3, 7));
        assertEquals(0, ring.offerAll(elements, 5, 7), "full");
        assertEquals(4, ring.drain(8, drained::add));
        assertEquals(2, ring.offerAll(elements, 5, 7));
        assertEquals(2, ring.drain(8, drained::add));
        assertEquals(List.of(1, 2, 3, 4, 5, 6), drained);
    }

    @Test
    @SuppressWarnings("NullAway") // what the compiler would not let pass
    void nullIsRefusedWhereItIsOffered() {
        BatchRing<Integer> ring = ring(4);
        assertThrows(NullPointerException.class, () -> ring.offer(null));
        assertThrows(NullPointerException.class, () -> ring.offerAll(new Integer[] {1, null}, 0, 2));
        assertEquals(0, ring.size());
    }

    @Test
    void sinkMayOffer() {
        BatchRing<Integer> ring = ring(4);
        ring.offer(1);
        ring.drain(4, element -> {
            drained.add(element);
            assertTrue(ring.offer(element + 1));
        });
        assertEquals(1, ring.drain(4, drained::add), "what the sink offered waits for the next drain");
        assertEquals(List.of(1, 2), drained);
    }

    @Test
    void drainedElementsAreNotHeldByTheRing() throws InterruptedException {
        BatchRing<byte[]> ring = new BatchRing<>(8, () -> {});
        WeakReference<byte[]> reference = offerArray(ring);
        assertEquals(1, ring.drain(8, array -> {}));
        while (reference.get() != null) { // the test's timeout is the assertion
            System.gc();
            Thread.onSpinWait();
        }
        assertNull(reference.get());
    }

    private static WeakReference<byte[]> offerArray(BatchRing<byte[]> ring) {
        byte[] array = new byte[16];
        ring.offer(array);
        return new WeakReference<>(array);
    }

    @Test
    void agreesWithAModelOverRandomSteps() {
        long seed = new Random().nextLong();
        System.out.println("BatchRingTest seed " + seed);
        Random random = new Random(seed);
        BatchRing<Integer> ring = ring(16);
        ArrayDeque<Integer> model = new ArrayDeque<>();
        for (int step = 0; step < 100_000; step++) {
            int kind = random.nextInt(5);
            if (kind == 0) {
                Integer[] several = {step, -step, step};
                int from = random.nextInt(3);
                int expected = Math.min(3 - from, ring.capacity() - model.size());
                assertEquals(expected, ring.offerAll(several, from, 3), "seed " + seed);
                model.addAll(List.of(several).subList(from, from + expected));
            } else if (kind <= 2) {
                boolean room = model.size() < ring.capacity();
                assertEquals(room, ring.offer(step), "seed " + seed);
                if (room) {
                    model.add(step);
                }
            } else {
                int limit = random.nextInt(24);
                int expected = Math.min(limit, model.size());
                assertEquals(
                        expected,
                        ring.drain(limit, element -> assertEquals(model.poll(), element, "seed " + seed)),
                        "seed " + seed);
            }
            assertEquals(model.size(), ring.size(), "seed " + seed);
        }
    }

    @Test
    void allElementsOfSeveralProducersArriveOnceAndInTheOrderOfEach() throws InterruptedException {
        int producers = 3;
        int each = 200_000;
        Thread consumer = Thread.currentThread();
        BatchRing<long[]> ring = new BatchRing<>(256, () -> LockSupport.unpark(consumer));
        List<Thread> threads = new ArrayList<>();
        for (int p = 0; p < producers; p++) {
            int producer = p;
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < each; i++) {
                    long[] element = {producer, i};
                    while (!ring.offer(element)) {
                        LockSupport.parkNanos(1_000);
                    }
                }
            }));
        }
        int[] next = new int[producers];
        int total = 0;
        // No timed waits: a lost wake-up would hang here, and fail by the timeout.
        while (total < producers * each) {
            int count = ring.drain(100, element -> assertEquals(next[(int) element[0]]++, element[1]));
            total += count;
            if (count == 0 && ring.park()) {
                LockSupport.park(this);
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, ring.drain(1, element -> {}));
        for (int count : next) {
            assertEquals(each, count);
        }
    }
}
