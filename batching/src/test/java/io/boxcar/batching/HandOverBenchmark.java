package io.boxcar.batching;

import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import com.lmax.disruptor.util.DaemonThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Elements handed from {@code producers} threads to one consumer that takes them in batches of at most 100 and sleeps
 * when there is nothing; an operation is one element, delivered. Prints the mean batch after each iteration. Producers
 * that find it full wait in the way that the queue offers.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
@State(Scope.Benchmark)
public class HandOverBenchmark {
    private static final int ELEMENTS = 100_000;
    private static final int MAX_BATCH = 100;
    private static final int CAPACITY = 8_192;
    private static final Integer ELEMENT = 1;

    /** The ways to hand over that are compared. */
    public enum Queue {
        BATCHER,
        BATCH_RING,
        DISRUPTOR,
        ARRAY_BLOCKING_QUEUE,
        LINKED_TRANSFER_QUEUE
    }

    @Param
    Queue queue = Queue.BATCHER;

    @Param({"1", "2"})
    int producers;

    private @Nullable HandOver handOver;
    private final Received received = new Received();

    @Setup
    public void start() {
        handOver = switch (queue) {
            case BATCHER -> new OverBatcher(received);
            case BATCH_RING -> new OverBatchRing(received);
            case DISRUPTOR -> new OverDisruptor(received);
            case ARRAY_BLOCKING_QUEUE -> new OverQueue(new ArrayBlockingQueue<>(CAPACITY), received);
            case LINKED_TRANSFER_QUEUE -> new OverQueue(new LinkedTransferQueue<>(), received);
        };
    }

    @TearDown
    public void stop() throws InterruptedException {
        if (handOver != null) {
            handOver.stop();
        }
    }

    @TearDown(Level.Iteration)
    public void printMeanBatch() {
        System.out.printf("[mean batch %.1f] ", (double) received.elements / Math.max(1, received.batches));
        received.elements = 0;
        received.batches = 0;
    }

    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void handOver() throws InterruptedException {
        HandOver target = handOver;
        if (target == null) {
            throw new AssertionError("not started");
        }
        received.expect(ELEMENTS);
        List<Thread> threads = new ArrayList<>();
        for (int p = 0; p < producers; p++) {
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < ELEMENTS / producers; i++) {
                        target.add();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        received.await();
    }

    /** Written by the consumer; reset by the benchmark while nothing is under way. */
    private static final class Received {
        private volatile CountDownLatch complete = new CountDownLatch(0);
        private volatile int missing;
        long elements;
        long batches;

        void expect(int count) {
            complete = new CountDownLatch(1);
            missing = count;
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // one consumer
        void batch(int count) {
            elements += count;
            batches++;
            missing -= count;
            if (missing == 0) {
                complete.countDown();
            }
        }

        void await() throws InterruptedException {
            complete.await();
        }
    }

    private interface HandOver {
        void add() throws InterruptedException;

        void stop() throws InterruptedException;
    }

    private static final class OverBatcher implements HandOver {
        private final Batcher<Integer> batcher;

        OverBatcher(Received received) {
            batcher = Batcher.start(
                    BatcherOptions.byCount("bench", MAX_BATCH, 0, CAPACITY),
                    batch -> received.batch(batch.size()),
                    (batch, cause) -> cause.printStackTrace());
        }

        @Override
        public void add() throws InterruptedException {
            batcher.add(ELEMENT);
        }

        @Override
        public void stop() {
            batcher.close();
        }
    }

    private static final class OverBatchRing implements HandOver {
        private final Thread consumer;
        private final BatchRing<Integer> ring;
        private volatile boolean stopping;

        OverBatchRing(Received received) {
            consumer = Thread.ofPlatform().unstarted(() -> consume(received));
            Thread parked = consumer;
            ring = new BatchRing<>(CAPACITY, () -> LockSupport.unpark(parked));
            consumer.start();
        }

        private void consume(Received received) {
            while (!stopping) {
                int count = ring.drain(MAX_BATCH, element -> {});
                if (count > 0) {
                    received.batch(count);
                } else if (ring.park()) {
                    LockSupport.park(this);
                }
            }
        }

        @Override
        public void add() {
            while (!ring.offer(ELEMENT)) {
                LockSupport.parkNanos(1_000);
            }
        }

        @Override
        public void stop() throws InterruptedException {
            stopping = true;
            LockSupport.unpark(consumer);
            consumer.join();
        }
    }

    private static final class OverDisruptor implements HandOver {
        private static final class Event {
            @Nullable
            Integer element;
        }

        private final Disruptor<Event> disruptor = new Disruptor<>(
                Event::new, CAPACITY, DaemonThreadFactory.INSTANCE, ProducerType.MULTI, new BlockingWaitStrategy());

        OverDisruptor(Received received) {
            disruptor.handleEventsWith(new EventHandler<Event>() {
                private int count;

                @Override
                public void onEvent(Event event, long sequence, boolean endOfBatch) {
                    event.element = null;
                    count++;
                    if (endOfBatch || count == MAX_BATCH) {
                        received.batch(count);
                        count = 0;
                    }
                }
            });
            disruptor.start();
        }

        @Override
        public void add() {
            disruptor.publishEvent((event, sequence) -> event.element = ELEMENT);
        }

        @Override
        public void stop() {
            disruptor.shutdown();
        }
    }

    private static final class OverQueue implements HandOver {
        private final BlockingQueue<Integer> queue;
        private final Thread consumer;

        OverQueue(BlockingQueue<Integer> queue, Received received) {
            this.queue = queue;
            consumer = Thread.ofPlatform().start(() -> consume(received));
        }

        private void consume(Received received) {
            List<Integer> batch = new ArrayList<>(MAX_BATCH);
            try {
                while (true) {
                    batch.add(queue.take());
                    queue.drainTo(batch, MAX_BATCH - 1);
                    received.batch(batch.size());
                    batch.clear();
                }
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void add() throws InterruptedException {
            queue.put(ELEMENT);
        }

        @Override
        public void stop() throws InterruptedException {
            consumer.interrupt();
            consumer.join();
        }
    }
}
