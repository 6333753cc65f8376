package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.boxcar.proxy.config.ClientState;
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

/** One request on its way from bytes to a decision how it travels. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class DecoderBenchmark {
    private static final int REQUESTS = 64;
    private static final String SET = "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000042\r\n$64\r\n" + "v".repeat(64) + "\r\n";

    private final RedisRequestDecoder decoder = new RedisRequestDecoder(
            RedisCommands.load(0),
            Dialogue.limits(),
            ClientState.VIRTUAL,
            ClientProfile.first(RedisIdentity.BARE, new ClientDirectory(), new StubClient()),
            null);
    private final ByteBuf in = ByteBufAllocator.DEFAULT.directBuffer();

    @Setup
    public void fill() {
        in.writeCharSequence(SET.repeat(REQUESTS), US_ASCII);
    }

    @TearDown
    public void release() {
        in.release();
    }

    /** As of a client that waits for each response. */
    @Benchmark
    public int oneByOne() {
        in.setIndex(0, SET.length());
        decoder.next(in, false);
        return decoder.length();
    }

    /** The request comes in two reads, cut in the middle of its value. */
    @Benchmark
    public int inTwoReads() {
        in.setIndex(0, SET.length() - 40);
        decoder.next(in, false);
        in.writerIndex(SET.length());
        decoder.next(in, false);
        return decoder.length();
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int pipelined() {
        in.setIndex(0, SET.length() * REQUESTS);
        int requests = 0;
        while (in.isReadable()) {
            decoder.next(in, false);
            requests += decoder.count();
            in.skipBytes(decoder.length());
        }
        return requests;
    }
}
