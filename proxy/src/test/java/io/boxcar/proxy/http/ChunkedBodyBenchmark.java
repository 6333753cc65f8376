package io.boxcar.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One chunk of 256 bytes, of bodies of 16 that arrive in one read. Garbage: the slice for the payload. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class ChunkedBodyBenchmark {
    private static final int CHUNKS = 16;

    private final ChunkedBody body = new ChunkedBody(1_024, new HeadLimits(8_192, 65_536, 100));
    private final ByteBuf in = ByteBufAllocator.DEFAULT.directBuffer();

    @Setup
    public void fill() {
        in.writeCharSequence(("100\r\n" + "x".repeat(256) + "\r\n").repeat(CHUNKS) + "0\r\n\r\n", US_ASCII);
    }

    @TearDown
    public void release() {
        in.release();
    }

    @Benchmark
    @OperationsPerInvocation(CHUNKS)
    public int chunks() {
        in.readerIndex(0);
        body.reset();
        int bytes = 0;
        for (ByteBuf payload = body.read(in); payload != null; payload = body.read(in)) {
            bytes += payload.readableBytes();
            payload.release();
        }
        return bytes;
    }
}
