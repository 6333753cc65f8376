package io.boxcar.proxy.redis;

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
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Time and garbage per message, of 64 messages that arrived in one read. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class ScannerBenchmark {
    private static final int MESSAGES = 64;
    private static final int PIECE_BYTES = 100;

    private final CommandTable table = CommandTable.load();
    private final RequestScanner requestScanner = new RequestScanner(Limits.REDIS);
    private final ReplyScanner replyScanner = new ReplyScanner(64 * 1024, 8, false);
    private final ByteBuf sets = ByteBufAllocator.DEFAULT.directBuffer();
    private final ByteBuf gets = ByteBufAllocator.DEFAULT.directBuffer();
    private final ByteBuf bulks = ByteBufAllocator.DEFAULT.directBuffer();
    private final ByteBuf statuses = ByteBufAllocator.DEFAULT.directBuffer();

    @Setup
    public void fill() {
        for (int i = 0; i < MESSAGES; i++) {
            String key = "$16\r\nkey:%012d\r\n".formatted(i);
            String value = "$64\r\n" + "v".repeat(64) + "\r\n";
            sets.writeCharSequence("*3\r\n$3\r\nSET\r\n" + key + value, US_ASCII);
            gets.writeCharSequence("*2\r\n$3\r\nGET\r\n" + key, US_ASCII);
            bulks.writeCharSequence(value, US_ASCII);
            statuses.writeCharSequence("+OK\r\n", US_ASCII);
        }
    }

    @TearDown
    public void release() {
        sets.release();
        gets.release();
        bulks.release();
        statuses.release();
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public long setRequests() {
        return requests(sets);
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public long getRequests() {
        return requests(gets);
    }

    private long requests(ByteBuf in) {
        long total = 0;
        for (int index = 0; index < in.writerIndex(); ) {
            index = requestScanner.scan(in, index, in.writerIndex());
            total += index;
        }
        return total;
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public long setRequestsClassified() {
        long total = 0;
        for (int index = 0; index < sets.writerIndex(); ) {
            int end = requestScanner.scan(sets, index, sets.writerIndex());
            total += table.classify(sets, index, requestScanner).ordinal();
            index = end;
        }
        return total;
    }

    /** Reads end every 100 bytes, so mostly within a message. */
    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public long setRequestsInPieces() {
        long total = 0;
        int index = 0;
        for (int end = 0; index < sets.writerIndex(); ) {
            if (index == end) {
                end = Math.min(sets.writerIndex(), end + PIECE_BYTES);
            }
            int next = requestScanner.scan(sets, index, end);
            index = next == RequestScanner.INCOMPLETE ? end : next;
            total += next;
        }
        return total;
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public long getRepliesInPieces() {
        long total = 0;
        for (int index = 0; index < bulks.writerIndex(); ) {
            int end = Math.min(bulks.writerIndex(), index + PIECE_BYTES);
            index = replyScanner.scan(bulks, index, end, Integer.MAX_VALUE);
            total += replyScanner.completed();
        }
        return total;
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public long getRepliesOneByOne() {
        long total = 0;
        for (int index = 0; index < bulks.writerIndex(); ) {
            index = replyScanner.scan(bulks, index, bulks.writerIndex(), 1);
            total += index;
        }
        return total;
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public long getReplies() {
        return replyScanner.scan(bulks, 0, bulks.writerIndex(), Integer.MAX_VALUE);
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public long setReplies() {
        return replyScanner.scan(statuses, 0, statuses.writerIndex(), Integer.MAX_VALUE);
    }

    public static void main(String[] args) throws RunnerException {
        new Runner(new OptionsBuilder()
                        .include(ScannerBenchmark.class.getSimpleName())
                        .addProfiler(GCProfiler.class)
                        .build())
                .run();
    }
}
