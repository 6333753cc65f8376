package io.boxcar.proxy.http2;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.boxcar.proxy.http.HeadLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
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

/** The head of a request over HTTP/2, with eight fields that the peer's table has. The HPACK coder is Netty's. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class HeadersBenchmark {
    private static final byte[] VIA = "boxcar".getBytes(US_ASCII);

    private final Http2Headers headers = new DefaultHttp2Headers()
            .method("GET")
            .scheme("http")
            .authority("www.example.com")
            .path("/path?query=1")
            .add(AsciiString.of("user-agent"), AsciiString.of("benchmark/1.0"))
            .add(AsciiString.of("accept"), AsciiString.of("*/*"))
            .add(AsciiString.of("accept-encoding"), AsciiString.of("gzip"))
            .add(AsciiString.of("cookie"), AsciiString.of("session=0123456789abcdef"));
    private final RequestHeads heads = new RequestHeads(new HeadLimits(8_192, 65_536, 100), new FieldSection(), false);
    private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
    private final ByteBuf block = ByteBufAllocator.DEFAULT.directBuffer();
    private final ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer();

    /** Encoded and decoded twice: the first time fills the tables. */
    @Setup
    public void encode() throws Http2Exception {
        for (int i = 0; i < 2; i++) {
            block.clear();
            encoder.encodeHeaders(1, headers, block);
            decoder.decodeHeaders(1, block);
        }
    }

    @TearDown
    public void release() {
        block.release();
        out.release();
    }

    @Benchmark
    public Http2Headers hpackDecode() throws Http2Exception {
        block.readerIndex(0);
        return decoder.decodeHeaders(1, block);
    }

    @Benchmark
    public int hpackEncode() throws Http2Exception {
        out.clear();
        encoder.encodeHeaders(1, headers, out);
        return out.writerIndex();
    }

    /** From decoded fields to the canonical bytes that the rest of Boxcar works with. */
    @Benchmark
    public RequestHeads.Verdict read() {
        out.clear();
        return heads.read(headers, true, VIA, out);
    }
}
