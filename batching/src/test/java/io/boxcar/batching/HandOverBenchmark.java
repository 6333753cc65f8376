package io.boxcar.batching;

import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.EventTranslatorOneArg;
import com.lmax.disruptor.LiteBlockingWaitStrategy;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.WaitStrategy;
import com.lmax.disruptor.YieldingWaitStrategy;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import com.lmax.disruptor.util.DaemonThreadFactory;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
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
 * Elements handed from {@code producers} threads, {@code burst} at a time, to one consumer that takes them in batches of at
 * most 100 and looks at each; an operation is one element, consumed. All queues have the same capacity, and producers that find one full wait in
 * the way that it offers. An invocation fails unless each of its elements has come exactly once. Prints
 * the mean batch, and the CPU time of the whole JVM per element, which other work on the machine disturbs less than the rate.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@State(Scope.Benchmark)
public class HandOverBenchmark {
    private static final int ELEMENTS = 400_000;
    private static final int MAX_BATCH = 100;
    private static final int CAPACITY = 8_192;

    /** The ways to hand over that are compared. The consumers sleep when there is nothing, except that of YIELDING. */
    public enum Queue {
        BATCHER,
        BATCHER_REUSING,
        BATCH_RING,
        DISRUPTOR_BLOCKING,
        DISRUPTOR_LITE_BLOCKING,
        DISRUPTOR_YIELDING,
        ARRAY_BLOCKING_QUEUE
    }

    @Param
    Queue queue = Queue.BATCHER;

    @Param({"1", "2", "4"})
    int producers;

    @Param({"1", "20"})
    int burst;

    private @Nullable HandOver handOver;
    private final Received received = new Received();
    private final Integer[] elements = new Integer[200];
    private final OperatingSystemMXBean jvm = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private long cpuBeforeNs;

    @Setup
    public void start() {
        Arrays.setAll(elements, i -> i);
        handOver = switch (queue) {
            case BATCHER -> new OverBatcher(received, false);
            case BATCHER_REUSING -> new OverBatcher(received, true);
            case BATCH_RING -> new OverBatchRing(received);
            case DISRUPTOR_BLOCKING -> new OverDisruptor(received, new BlockingWaitStrategy());
            case DISRUPTOR_LITE_BLOCKING -> new OverDisruptor(received, new LiteBlockingWaitStrategy());
            case DISRUPTOR_YIELDING -> new OverDisruptor(received, new YieldingWaitStrategy());
            case ARRAY_BLOCKING_QUEUE -> new OverQueue(received);
        };
    }

    @TearDown
    public void stop() throws InterruptedException {
        if (handOver != null) {
            handOver.stop();
        }
    }

    @Setup(Level.Iteration)
    public void startIteration() {
        received.elements = 0;
        received.batches = 0;
        cpuBeforeNs = jvm.getProcessCpuTime();
    }

    @TearDown(Level.Iteration)
    public void printMeanBatchAndCpu() {
        double cpuNs = jvm.getProcessCpuTime() - cpuBeforeNs;
        System.out.printf(
                "[mean batch %.1f, CPU %.1f ns] ",
                (double) received.elements / received.batches, cpuNs / received.elements);
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
            threads.add(Thread.ofPlatform().start(() -> produce(target, ELEMENTS / producers)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        received.await();
        long expectedSum = 0;
        for (int i = 0; i < ELEMENTS / producers; i++) {
            expectedSum += (long) producers * elements[i % elements.length];
        }
        if (received.sum != expectedSum) {
            throw new AssertionError("the elements add up to " + received.sum + " instead of " + expectedSum);
        }
    }

    private void produce(HandOver target, int count) {
        try {
            for (int i = 0; i < count; i += burst) {
                if (burst == 1) {
                    target.add(elements[i % elements.length]);
                } else {
                    int from = i % elements.length;
                    target.addAll(elements, from, from + burst);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Written by the consumer; read and reset by the benchmark while nothing is under way. */
    private static final class Received {
        private volatile CountDownLatch complete = new CountDownLatch(0);
        private int missing;
        long elements;
        long batches;
        long sum;

        void expect(int count) {
            sum = 0;
            missing = count;
            complete = new CountDownLatch(1);
        }

        void element(int value) {
            sum += value;
        }

        void batchEnds(int count) {
            elements += count;
            batches++;
            missing -= count;
            if (missing <= 0) {
                complete.countDown();
            }
        }

        void await() throws InterruptedException {
            complete.await();
        }
    }

    private interface HandOver {
        void add(Integer element) throws InterruptedException;

        void addAll(Integer[] elements, int from, int to) throws InterruptedException;

        void stop() throws InterruptedException;
    }

    private static final class OverBatcher implements HandOver {
        private final Batcher<Integer> batcher;

        OverBatcher(Received received, boolean reuses) {
            BatcherOptions<Integer> options = BatcherOptions.byCount("bench", MAX_BATCH, 0, CAPACITY);
            BatchSink<Integer> sink = batch -> {
                for (int i = 0; i < batch.size(); i++) {
                    received.element(batch.get(i));
                }
                received.batchEnds(batch.size());
            };
            BatchFailure<Integer> failure = (batch, cause) -> cause.printStackTrace();
            batcher = reuses ? Batcher.startReusing(options, sink, failure) : Batcher.start(options, sink, failure);
        }

        @Override
        public void add(Integer element) throws InterruptedException {
            batcher.add(element);
        }

        @Override
        public void addAll(Integer[] elements, int from, int to) throws InterruptedException {
            batcher.addAll(elements, from, to);
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
            Consumer<Integer> sink = received::element;
            while (!stopping) {
                int count = ring.drain(MAX_BATCH, sink);
                if (count > 0) {
                    received.batchEnds(count);
                } else if (ring.park()) {
                    LockSupport.park(this);
                }
            }
        }

        @Override
        public void add(Integer element) {
            while (!ring.offer(element)) {
                LockSupport.parkNanos(1); // as the Disruptor does
            }
        }

        @Override
        public void addAll(Integer[] elements, int from, int to) {
            for (int next = from; next < to; ) {
                int taken = ring.offerAll(elements, next, to);
                next += taken;
                if (taken == 0) {
                    LockSupport.parkNanos(1);
                }
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

        private final Disruptor<Event> disruptor;
        private final RingBuffer<Event> ring;
        private final EventTranslatorOneArg<Event, Integer> fill =
                (event, sequence, element) -> event.element = element;

        OverDisruptor(Received received, WaitStrategy waitStrategy) {
            disruptor = new Disruptor<>(
                    Event::new, CAPACITY, DaemonThreadFactory.INSTANCE, ProducerType.MULTI, waitStrategy);
            disruptor.handleEventsWith(new EventHandler<Event>() {
                private int count;

                @Override
                public void onEvent(Event event, long sequence, boolean endOfBatch) {
                    Integer element = event.element;
                    if (element == null) {
                        throw new AssertionError("an empty slot");
                    }
                    event.element = null;
                    received.element(element);
                    count++;
                    if (endOfBatch || count == MAX_BATCH) {
                        received.batchEnds(count);
                        count = 0;
                    }
                }
            });
            ring = disruptor.start();
        }

        @Override
        public void add(Integer element) {
            ring.publishEvent(fill, element);
        }

        @Override
        public void addAll(Integer[] elements, int from, int to) {
            int count = to - from;
            long last = ring.next(count);
            for (int i = 0; i < count; i++) {
                ring.get(last - count + 1 + i).element = elements[from + i];
            }
            ring.publish(last - count + 1, last);
        }

        @Override
        public void stop() {
            disruptor.shutdown();
        }
    }

    private static final class OverQueue implements HandOver {
        private final BlockingQueue<Integer> queue = new ArrayBlockingQueue<>(CAPACITY);
        private final Thread consumer;

        OverQueue(Received received) {
            consumer = Thread.ofPlatform().start(() -> consume(received));
        }

        private void consume(Received received) {
            List<Integer> batch = new ArrayList<>(MAX_BATCH);
            try {
                while (true) {
                    batch.add(queue.take());
                    queue.drainTo(batch, MAX_BATCH - 1);
                    for (int i = 0; i < batch.size(); i++) {
                        received.element(batch.get(i));
                    }
                    received.batchEnds(batch.size());
                    batch.clear();
                }
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void add(Integer element) throws InterruptedException {
            queue.put(element);
        }

        @Override
        public void addAll(Integer[] elements, int from, int to) throws InterruptedException {
            for (int i = from; i < to; i++) {
                queue.put(elements[i]); // it has nothing for several that waits
            }
        }

        @Override
        public void stop() throws InterruptedException {
            consumer.interrupt();
            consumer.join();
        }
    }
}
