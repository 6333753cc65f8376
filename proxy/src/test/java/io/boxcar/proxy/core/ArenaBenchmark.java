package io.boxcar.proxy.core;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** As the batches of {@link AllocatorBenchmark}, with memory straight from the JDK: an arena for each, or one for all. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class ArenaBenchmark {
    @Param({"800", "12800"})
    int bytes;

    private final MemorySegment reused = Arena.global().allocate(64 * 1024);

    @Benchmark
    public long arenaPerBatch() {
        try (Arena arena = Arena.ofConfined()) {
            return batch(arena.allocate(bytes));
        }
    }

    @Benchmark
    public long arenaReused() {
        return batch(reused.asSlice(0, bytes));
    }

    private static long batch(MemorySegment memory) {
        memory.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 1);
        return memory.byteSize();
    }
}
