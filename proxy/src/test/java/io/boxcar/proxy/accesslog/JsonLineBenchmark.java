package io.boxcar.proxy.accesslog;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.boxcar.batching.BatchRing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One line of the access log, of an HTTP request. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class JsonLineBenchmark {
    private final ByteBuffer out = ByteBuffer.allocateDirect(JsonLine.MAX_BYTES);
    private final JsonLine line = new JsonLine(out);
    private final LoopLog home = new LoopLog(0, 1, 1, true, new SplittableRandom(1), new BatchRing<>(1, () -> {}));
    private final AccessEntry entry = new AccessEntry(home);
    private long nowNs;

    public JsonLineBenchmark() {
        ByteBuf request = Unpooled.copiedBuffer("GET/path/of/a/request?with=querywww.example.com", US_ASCII);
        entry.begin("web", "http/1.1", "127.0.0.1:50000", 0);
        entry.method(request, 0, 3);
        entry.path(request, 3, 29);
        entry.host(request, 32, 15);
        entry.upstream = "web";
        entry.endpoint = "127.0.0.1:8000";
        entry.status = 200;
        entry.bytesIn = 120;
        entry.bytesOut = 1_234;
        Batch batch = new Batch(7);
        batch.size = 12;
        entry.left(batch, 1_000, 50_000, 400_000);
        entry.totalNs = 420_000;
    }

    @Benchmark
    public int httpLine() {
        out.clear();
        entry.receivedNs = nowNs += 1_000;
        line.write(entry);
        return out.position();
    }
}
