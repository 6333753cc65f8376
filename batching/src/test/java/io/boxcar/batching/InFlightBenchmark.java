package io.boxcar.batching;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One add and one take, with {@code depth} others in flight. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
@State(Scope.Thread)
public class InFlightBenchmark {
    @Param({"1", "100", "4000"})
    int depth;

    private final InOrderInFlight<String> inOrder = new InOrderInFlight<>(8_192);
    private final ByIdInFlight<String> byId = new ByIdInFlight<>(8_192);
    private long[] ids = {};
    private int next;

    @Setup
    public void fill() {
        ids = new long[depth];
        for (int i = 0; i < depth; i++) {
            inOrder.add("element");
            ids[i] = byId.add("element");
        }
    }

    @Benchmark
    public @Nullable String inOrder() {
        inOrder.add("element");
        return inOrder.take(inOrder.headId());
    }

    @Benchmark
    public @Nullable String byId() {
        int oldest = next;
        next = oldest + 1 == depth ? 0 : oldest + 1;
        String taken = byId.take(ids[oldest]);
        ids[oldest] = byId.add("element");
        return taken;
    }
}
