package io.boxcar.proxy.core;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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

/**
 * Memory for what the data path does, by allocator: a buffer for each read, of which a slice is passed on and released when 32
 * more reads have come; and the buffer for a batch of requests of 100 bytes. An event loop's thread is a FastThreadLocalThread,
 * so the benchmark's is one too.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Djmh.executor=CUSTOM", "-Djmh.executor.class=io.boxcar.proxy.core.AllocatorBenchmark$Loops"})
public class AllocatorBenchmark {
    private static final int REQUEST_BYTES = 100;
    private static final int WAITING_READS = 32;

    /** JMH's threads, of the kind that event loops are. */
    public static final class Loops extends ThreadPoolExecutor {
        public Loops(int threads, String prefix) {
            super(
                    threads,
                    threads,
                    0,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    task -> new FastThreadLocalThread(task, prefix));
        }
    }

    /** The allocators that Netty has. */
    public enum Kind {
        ADAPTIVE,
        POOLED,
        UNPOOLED
    }

    @Param
    Kind kind = Kind.ADAPTIVE;

    private ByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
    private final ByteBuf[] slices = new ByteBuf[WAITING_READS];
    private int next;

    @Setup
    public void allocate() {
        allocator = switch (kind) {
            case ADAPTIVE -> new AdaptiveByteBufAllocator(true, true);
            case POOLED -> PooledByteBufAllocator.DEFAULT;
            case UNPOOLED -> UnpooledByteBufAllocator.DEFAULT;
        };
        for (int i = 0; i < WAITING_READS; i++) {
            slices[i] = allocator.directBuffer(2_048);
        }
    }

    /** A read of 2 KiB whose bytes wait for their turn as a slice; the oldest of those is released. */
    @Benchmark
    public void readAndSlice() {
        ByteBuf read = allocator.directBuffer(2_048);
        read.writerIndex(REQUEST_BYTES);
        ByteBuf slice = read.readRetainedSlice(REQUEST_BYTES);
        read.release();
        slices[next].release();
        slices[next] = slice;
        next = (next + 1) % WAITING_READS;
    }

    @Benchmark
    public int batchOf8() {
        return batch(8);
    }

    @Benchmark
    public int batchOf128() {
        return batch(128);
    }

    private int batch(int requests) {
        ByteBuf batch = allocator.directBuffer(requests * REQUEST_BYTES);
        batch.setLong(0, requests);
        int length = batch.writableBytes();
        batch.release();
        return length;
    }
}
