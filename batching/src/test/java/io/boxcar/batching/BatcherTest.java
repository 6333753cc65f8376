package io.boxcar.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatcherTest {
    private static final long NEVER_NS = TimeUnit.HOURS.toNanos(1);
    private static final BatchFailure<Integer> UNEXPECTED = (batch, cause) -> {
        throw new AssertionError("failed: " + batch, cause);
    };

    private final LinkedBlockingQueue<List<Integer>> batches = new LinkedBlockingQueue<>();

    private static BatcherOptions<Integer> byCount(int maxCount, long maxAgeNs, int capacity) {
        return BatcherOptions.byCount("test-batcher", maxCount, maxAgeNs, capacity);
    }

    @Test
    void batchLeavesWhenItHasItsCount() throws InterruptedException {
        try (Batcher<Integer> batcher = Batcher.start(byCount(3, NEVER_NS, 16), batches::add, UNEXPECTED)) {
            batcher.addAll(List.of(1, 2, 3, 4, 5, 6, 7));
            assertEquals(List.of(1, 2, 3), batches.take());
            assertEquals(List.of(4, 5, 6), batches.take());
            assertTrue(batches.isEmpty(), "7 waits for two more");
            batcher.flush();
            assertEquals(List.of(7), batches.poll());
            assertEquals(3, batcher.batches());
            assertEquals(7, batcher.delivered());
        }
    }

    @Test
    void batchStaysWithinItsBytesUnlessOneElementIsLarger() throws InterruptedException {
        BatcherOptions<Integer> options =
                new BatcherOptions<>("test-batcher", 100, 10, element -> element, NEVER_NS, 16);
        try (Batcher<Integer> batcher = Batcher.start(options, batches::add, UNEXPECTED)) {
            batcher.addAll(List.of(4, 4, 4, 6, 50, 1));
            batcher.flush();
        }
        assertEquals(List.of(List.of(4, 4), List.of(4, 6), List.of(50), List.of(1)), List.copyOf(batches));
    }

    @Test
    void batchLeavesWhenItsOldestElementIsOldEnough() throws InterruptedException {
        long ageNs = TimeUnit.MILLISECONDS.toNanos(20);
        try (Batcher<Integer> batcher = Batcher.start(byCount(100, ageNs, 16), batches::add, UNEXPECTED)) {
            long addedNs = System.nanoTime();
            batcher.add(1);
            assertEquals(List.of(1), batches.take());
            assertTrue(System.nanoTime() - addedNs >= ageNs / 2, "an idle batcher lets the element wait for others");
        }
    }

    @Test
    void ageOfZeroDeliversWhateverIsThere() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        BatchSink<Integer> sink = batch -> {
            entered.countDown();
            released.await();
            batches.add(batch);
        };
        try (Batcher<Integer> batcher = Batcher.start(byCount(100, 0, 16), sink, UNEXPECTED)) {
            batcher.add(1);
            entered.await();
            batcher.addAll(List.of(2, 3, 4)); // gather while the sink is busy
            released.countDown();
            assertEquals(List.of(1), batches.take());
            assertEquals(List.of(2, 3, 4), batches.take());
        }
    }

    @Test
    void fullBatcherRefusesOrWaitsAndGoesOnWhenThereIsSpace() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        BatchSink<Integer> sink = batch -> {
            entered.countDown();
            released.await();
            batches.add(batch);
        };
        try (Batcher<Integer> batcher = Batcher.start(byCount(1, NEVER_NS, 2), sink, UNEXPECTED)) {
            batcher.add(0);
            entered.await();
            assertTrue(batcher.tryAdd(1));
            assertTrue(batcher.tryAdd(2));
            assertFalse(batcher.tryAdd(3));
            assertFalse(batcher.tryAdd(3, 1_000));
            assertEquals(2, batcher.size());

            Thread waiting = Thread.ofPlatform().start(() -> {
                try {
                    batcher.add(3);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            AtomicBoolean interrupted = new AtomicBoolean();
            Thread givingUp = Thread.ofPlatform().start(() -> {
                try {
                    batcher.add(4);
                } catch (InterruptedException e) {
                    interrupted.set(true);
                }
            });
            givingUp.interrupt();
            givingUp.join();
            assertTrue(interrupted.get());
            released.countDown();
            waiting.join();
        }
        assertEquals(List.of(List.of(0), List.of(1), List.of(2), List.of(3)), List.copyOf(batches));
    }

    @Test
    void producerUsesEachFreeSlotThoughTheSinkIsSlow() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch third = new CountDownLatch(1);
        BatchSink<Integer> sink = batch -> {
            batches.add(batch);
            switch (batch.getFirst()) {
                case 0 -> {
                    entered.countDown();
                    first.await();
                }
                case 2 -> third.await();
                default -> {}
            }
        };
        try (Batcher<Integer> batcher = Batcher.start(byCount(1, NEVER_NS, 8), sink, UNEXPECTED)) {
            batcher.add(0);
            entered.await();
            batcher.addAll(List.of(1, 2, 3, 4, 5, 6, 7, 8));
            assertFalse(batcher.tryAdd(9));
            Thread producer = Thread.ofPlatform().start(() -> {
                try {
                    batcher.addAll(List.of(9, 10));
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            first.countDown();
            producer.join(); // 1 and 2 have left the ring, and the sink does not return from 2
            third.countDown();
        }
        assertEquals(11, batches.size());
    }

    @Test
    void sinkThatThrowsFailsItsBatchAndNoOther() throws InterruptedException {
        List<List<Integer>> failures = new ArrayList<>();
        List<Throwable> causes = new ArrayList<>();
        IllegalStateException refusal = new IllegalStateException("not these");
        BatchSink<Integer> sink = batch -> {
            if (batch.contains(3)) {
                throw refusal;
            }
            batches.add(batch);
        };
        BatchFailure<Integer> failure = (batch, cause) -> {
            failures.add(batch);
            causes.add(cause);
            throw new IllegalStateException("a failure handler that throws does not stop the batcher");
        };
        Batcher<Integer> batcher = Batcher.start(byCount(2, NEVER_NS, 16), sink, failure);
        batcher.addAll(List.of(1, 2, 3, 4, 5, 6));
        batcher.close();
        assertEquals(List.of(List.of(1, 2), List.of(5, 6)), List.copyOf(batches));
        assertEquals(List.of(List.of(3, 4)), failures);
        assertSame(refusal, causes.getFirst());
        assertEquals(4, batcher.delivered());
        assertEquals(2, batcher.failed());
    }

    @Test
    void sizerThatThrowsFailsItsElementOnly() throws InterruptedException {
        List<List<Integer>> failures = new ArrayList<>();
        BatcherOptions<Integer> options =
                new BatcherOptions<>("test-batcher", 100, 1_000, element -> 10 / element, NEVER_NS, 16);
        Batcher<Integer> batcher = Batcher.start(options, batches::add, (batch, cause) -> failures.add(batch));
        batcher.addAll(List.of(1, 0, 2));
        batcher.close();
        assertEquals(List.of(1, 2), batches.poll());
        assertEquals(List.of(List.of(0)), failures);
    }

    @Test
    void batchBelongsToTheSink() throws InterruptedException {
        BatchSink<Integer> sink = batch -> {
            batches.add(List.copyOf(batch));
            batch.clear();
        };
        try (Batcher<Integer> batcher = Batcher.start(byCount(2, NEVER_NS, 16), sink, UNEXPECTED)) {
            batcher.addAll(List.of(1, 2, 3, 4));
            batcher.flush();
            assertEquals(4, batcher.delivered());
        }
        assertEquals(List.of(List.of(1, 2), List.of(3, 4)), List.copyOf(batches));
    }

    @Test
    void batcherThatReusesItsListDeliversAndFailsTheSame() throws InterruptedException {
        List<List<Integer>> failures = new ArrayList<>();
        List<List<Integer>> lists = new ArrayList<>();
        BatchSink<Integer> sink = batch -> {
            lists.add(batch);
            if (batch.contains(3)) {
                throw new IllegalStateException("not these");
            }
            batches.add(List.copyOf(batch));
        };
        Batcher<Integer> batcher = Batcher.startReusing(
                byCount(2, NEVER_NS, 16), sink, (batch, cause) -> failures.add(List.copyOf(batch)));
        batcher.addAll(List.of(1, 2, 3, 4, 5));
        batcher.close();
        assertEquals(List.of(List.of(1, 2), List.of(5)), List.copyOf(batches));
        assertEquals(List.of(List.of(3, 4)), failures);
        assertSame(lists.getFirst(), lists.getLast());
        assertEquals(3, batcher.delivered());
        assertEquals(2, batcher.failed());
    }

    @Test
    void addAllTakesAPartOfAnArrayAlsoOneLargerThanTheBatcher() throws InterruptedException {
        Integer[] elements = new Integer[1_000];
        Arrays.setAll(elements, i -> i);
        List<Integer> received = new ArrayList<>();
        Batcher<Integer> batcher = Batcher.start(byCount(10, 0, 16), received::addAll, UNEXPECTED);
        batcher.addAll(elements, 3, 990);
        batcher.close();
        assertEquals(List.of(elements).subList(3, 990), received);
        assertThrows(IllegalStateException.class, () -> batcher.addAll(elements, 0, 1));
    }

    @Test
    void sinkMayAddButNotWaitForItself() throws InterruptedException {
        List<Throwable> thrown = new ArrayList<>();
        LinkedBlockingQueue<Batcher<Integer>> self = new LinkedBlockingQueue<>();
        CountDownLatch finished = new CountDownLatch(1);
        BatchSink<Integer> sink = batch -> {
            batches.add(batch);
            if (batch.contains(1)) {
                Batcher<Integer> batcher = self.take();
                batcher.add(10);
                batcher.add(11);
                thrown.add(assertThrows(IllegalStateException.class, () -> batcher.add(12)));
                thrown.add(assertThrows(IllegalStateException.class, batcher::flush));
                batcher.close(); // returns at once
                finished.countDown();
            }
        };
        Batcher<Integer> batcher = Batcher.start(byCount(1, NEVER_NS, 2), sink, UNEXPECTED);
        self.add(batcher);
        batcher.add(1);
        finished.await();
        assertEquals(List.of(1), batches.take());
        batcher.close();
        assertEquals(2, thrown.size(), thrown.toString());
        assertEquals(List.of(List.of(10), List.of(11)), List.copyOf(batches));
    }

    @Test
    void closeDeliversWhatIsGatheredAndRefusesMore() throws InterruptedException {
        Batcher<Integer> batcher = Batcher.start(byCount(100, NEVER_NS, 16), batches::add, UNEXPECTED);
        batcher.addAll(List.of(1, 2));
        batcher.close();
        batcher.close();
        assertEquals(List.of(1, 2), batches.poll());
        assertThrows(IllegalStateException.class, () -> batcher.add(3));
        assertThrows(IllegalStateException.class, () -> batcher.tryAdd(3));
        batcher.flush();
        assertTrue(batches.isEmpty());
    }

    @Test
    void closeWakesProducersThatWaitForSpace() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        BatchSink<Integer> sink = batch -> {
            entered.countDown();
            released.await();
        };
        Batcher<Integer> batcher = Batcher.start(byCount(1, NEVER_NS, 1), sink, UNEXPECTED);
        batcher.add(0);
        entered.await();
        batcher.add(1);
        LinkedBlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();
        Thread producer = Thread.ofPlatform().start(() -> {
            try {
                batcher.add(2);
            } catch (IllegalStateException | InterruptedException e) {
                thrown.add(e);
            }
        });
        Thread closer = Thread.ofPlatform().start(batcher::close);
        assertInstanceOf(IllegalStateException.class, thrown.take());
        released.countDown();
        closer.join();
        producer.join();
        assertEquals(2, batcher.delivered());
    }

    @Test
    void producersThatRaceWithCloseGetDeliveryOrAnException() throws InterruptedException {
        long seed = new Random().nextLong();
        System.out.println("BatcherTest seed " + seed);
        Random random = new Random(seed);
        for (int run = 0; run < 1_000; run++) {
            AtomicInteger received = new AtomicInteger();
            AtomicInteger accepted = new AtomicInteger();
            Batcher<Integer> batcher = Batcher.start(
                    byCount(1 + random.nextInt(20), random.nextBoolean() ? 0 : NEVER_NS, 1 + random.nextInt(64)),
                    batch -> received.addAndGet(batch.size()),
                    UNEXPECTED);
            List<Thread> producers = new ArrayList<>();
            for (int p = 0; p < 3; p++) {
                producers.add(Thread.ofPlatform().start(() -> {
                    try {
                        while (true) {
                            batcher.add(accepted.get());
                            accepted.incrementAndGet();
                        }
                    } catch (IllegalStateException closed) {
                        // the element was refused, and is not counted
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }));
            }
            int before = random.nextInt(300);
            while (accepted.get() < before) {
                Thread.onSpinWait();
            }
            batcher.close();
            for (Thread producer : producers) {
                producer.join();
            }
            assertEquals(accepted.get(), received.get(), "seed " + seed + " run " + run);
        }
    }

    @Test
    void flushCoversEverythingAddedBeforeIt() throws InterruptedException {
        ConcurrentLinkedQueue<Throwable> wrong = new ConcurrentLinkedQueue<>();
        int producers = 3;
        AtomicInteger[] received = new AtomicInteger[producers];
        for (int p = 0; p < producers; p++) {
            received[p] = new AtomicInteger();
        }
        BatchSink<Integer> sink = batch -> {
            for (int producer : batch) {
                received[producer].incrementAndGet();
            }
        };
        try (Batcher<Integer> batcher = Batcher.start(byCount(50, NEVER_NS, 32), sink, UNEXPECTED)) {
            List<Thread> threads = new ArrayList<>();
            for (int p = 0; p < producers; p++) {
                int producer = p;
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        for (int i = 1; i <= 2_000; i++) {
                            batcher.add(producer);
                            if (i % 7 == 0) {
                                batcher.flush();
                                assertEquals(i, received[producer].get());
                            }
                        }
                    } catch (Throwable t) {
                        wrong.add(t);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertTrue(wrong.isEmpty(), wrong.toString());
        for (AtomicInteger count : received) {
            assertEquals(2_000, count.get());
        }
    }

    @Test
    void optionsAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> byCount(0, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> byCount(1, -1, 1));
        assertThrows(IllegalArgumentException.class, () -> byCount(1, 0, 0));
    }
}
