package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Where a key of 16 bytes belongs: its slot in a cluster, or its server on a ring of three. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class PlacementBenchmark {
    private static final String KEY = "key:000000000042";

    private final Ketama ketama = Ketama.of(
            List.of(new Ketama.Server("a:1", 1), new Ketama.Server("b:1", 1), new Ketama.Server("c:1", 1)), "");
    private final ByteBuf request = ByteBufAllocator.DEFAULT.directBuffer();

    @Setup
    public void fill() {
        request.writeCharSequence(KEY, US_ASCII);
    }

    @TearDown
    public void release() {
        request.release();
    }

    @Benchmark
    public int hashSlot() {
        return HashSlot.of(request, 0, KEY.length());
    }

    @Benchmark
    public int ketama() {
        return ketama.of(request, 0, KEY.length());
    }
}
