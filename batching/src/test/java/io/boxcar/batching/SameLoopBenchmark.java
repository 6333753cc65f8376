package io.boxcar.batching;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One element handed over within a thread, as on an event loop that owns clients and lane: 64 are offered, then drained,
 * and the consumer parks. A deque that only this thread may use is what the ring is compared with.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class SameLoopBenchmark {
    private static final int BATCH = 64;

    private long wakes;
    private long sum;
    private final BatchRing<Integer> ring = new BatchRing<>(8_192, () -> wakes++);
    private final ArrayDeque<Integer> deque = new ArrayDeque<>(8_192);
    private final Consumer<Integer> sink = element -> sum += element;
    private final Integer element = 1;

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long ring() {
        for (int i = 0; i < BATCH; i++) {
            ring.offer(element);
        }
        ring.drain(BATCH, sink);
        ring.park();
        return sum + wakes;
    }

    /** A batch of one: what the wake gate costs without anybody else. */
    @Benchmark
    public long ringOneByOne() {
        ring.offer(element);
        ring.drain(BATCH, sink);
        ring.park();
        return sum + wakes;
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long deque() {
        for (int i = 0; i < BATCH; i++) {
            deque.add(element);
        }
        for (Integer next = deque.poll(); next != null; next = deque.poll()) {
            sink.accept(next);
        }
        return sum;
    }

    @Benchmark
    public long dequeOneByOne() {
        deque.add(element);
        Integer next = deque.poll();
        if (next != null) {
            sink.accept(next);
        }
        return sum;
    }
}
