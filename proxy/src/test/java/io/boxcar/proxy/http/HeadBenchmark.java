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
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Time and garbage per head that is scanned and written, of 16 heads that arrived in one read. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@State(Scope.Thread)
public class HeadBenchmark {
    private static final int MESSAGES = 16;
    private static final String WRK = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";
    private static final String BROWSER = "GET /favicon.ico?version=12345 HTTP/1.1\r\nHost: www.example.com\r\n"
            + "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0\r\n"
            + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-us,en;q=0.5\r\n"
            + "Accept-Encoding: gzip, deflate, br\r\nReferer: http://www.example.com/index.html\r\nConnection: keep-alive\r\n"
            + "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n\r\n";
    private static final String NGINX =
            "HTTP/1.1 200 OK\r\nServer: nginx/1.24.0\r\nDate: Fri, 21 Nov 2025 14:00:00 GMT\r\n"
                    + "Content-Type: application/octet-stream\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n";

    private final byte[] via = "boxcar".getBytes(US_ASCII);
    private final RequestHead request = new RequestHead(new HeadLimits(8192, 65536, 100));
    private final ResponseHead response = new ResponseHead(new HeadLimits(8192, 65536, 100));
    private final ByteBuf wrk = ByteBufAllocator.DEFAULT.directBuffer();
    private final ByteBuf browser = ByteBufAllocator.DEFAULT.directBuffer();
    private final ByteBuf nginx = ByteBufAllocator.DEFAULT.directBuffer();
    private final ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer(32 * 1024);

    @Setup
    public void fill() {
        wrk.writeCharSequence(WRK.repeat(MESSAGES), US_ASCII);
        browser.writeCharSequence(BROWSER.repeat(MESSAGES), US_ASCII);
        nginx.writeCharSequence(NGINX.repeat(MESSAGES), US_ASCII);
    }

    @TearDown
    public void release() {
        wrk.release();
        browser.release();
        nginx.release();
        out.release();
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public int shortRequests() {
        return requests(wrk);
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public int browserRequests() {
        return requests(browser);
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public int responses() {
        nginx.readerIndex(0);
        out.clear();
        while (nginx.isReadable()) {
            response.scan(nginx);
            response.writeTo(nginx, out);
            nginx.skipBytes(response.length());
        }
        return out.writerIndex();
    }

    private int requests(ByteBuf in) {
        in.readerIndex(0);
        out.clear();
        while (in.isReadable()) {
            request.scan(in);
            request.writeTo(in, out, via);
            in.skipBytes(request.length());
        }
        return out.writerIndex();
    }

    public static void main(String[] args) throws RunnerException {
        new Runner(new OptionsBuilder()
                        .include(HeadBenchmark.class.getName())
                        .addProfiler(GCProfiler.class)
                        .build())
                .run();
    }
}
