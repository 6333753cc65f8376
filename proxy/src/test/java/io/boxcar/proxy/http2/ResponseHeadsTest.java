package io.boxcar.proxy.http2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.http.HeadLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseHeadsTest {
    private final FieldSection fields = new FieldSection();
    private final ResponseHeads heads = new ResponseHeads(new HeadLimits(1000, 2000, 10), fields);
    private final ByteBuf out = Unpooled.buffer();

    private static Http2Headers headers(String... namesAndValues) {
        Http2Headers headers = new DefaultHttp2Headers(false);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(
                    AsciiString.of(namesAndValues[i]),
                    new AsciiString(namesAndValues[i + 1].getBytes(ISO_8859_1), false));
        }
        return headers;
    }

    @Test
    void writesTheCanonicalHead() {
        assertTrue(heads.read(headers(":status", "200", "content-length", "5", "x", "\u00e9"), out));
        assertEquals("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx: \u00e9\r\n\r\n", out.toString(ISO_8859_1));
        assertEquals(200, heads.head().status());
        assertEquals(5, heads.head().contentLength());
    }

    @Test
    void fieldsOfTheConnectionAreLeftOut() {
        assertTrue(heads.read(
                headers(":status", "200", "connection", "x", "transfer-encoding", "chunked", "x", "1"), out));
        assertEquals("HTTP/1.1 200 OK\r\nx: 1\r\n\r\n", out.toString(US_ASCII));
    }

    @Test
    void aLengthIsLeftOutWhereItHasNoMeaning() {
        assertTrue(heads.read(headers(":status", "204", "content-length", "5"), out));
        assertEquals("HTTP/1.1 204 No Content\r\n\r\n", out.toString(US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "99", "600", "101", "20", "2000", "2x0", "+20"})
    void refusesAStatusThatIsNone(String status) {
        assertFalse(heads.read(headers(":status", status), out));
    }

    @Test
    void refusesWhatIsMalformed() {
        assertFalse(heads.read(headers("x", "1"), out));
        assertFalse(heads.read(headers(":status", "200", ":status", "200"), out.clear()));
        assertFalse(heads.read(headers(":status", "200", ":path", "/"), out.clear()));
        assertFalse(heads.read(headers(":status", "200", "X", "1"), out.clear()));
        assertFalse(heads.read(headers(":status", "200", "x", "a\r\n\r\nHTTP/1.1 200 OK"), out.clear()));
        assertFalse(heads.read(headers(":status", "200", "content-length", "-1"), out.clear()));
        assertFalse(heads.read(headers(":status", "200", "content-length", "1", "content-length", "2"), out.clear()));
    }

    @Test
    void becomesHttp2Again() {
        ByteBuf canonical =
                Unpooled.copiedBuffer("HTTP/1.1 404 Gone Fishing\r\nX-One: 1\r\nSet-Cookie: a\r\n\r\nbody", US_ASCII);
        assertEquals(headers(":status", "404", "x-one", "1", "set-cookie", "a"), heads.toHttp2(canonical));
    }

    @Test
    void trailersBecomeLinesAndTrailersAgain() {
        Http2Headers trailers = headers("grpc-status", "0", "x", "a b");
        assertTrue(FieldSection.areTrailers(trailers));
        ByteBuf lines = FieldSection.lines(trailers, UnpooledByteBufAllocator.DEFAULT);
        assertNotNull(lines);
        assertEquals("grpc-status: 0\r\nx: a b\r\n", lines.toString(US_ASCII));
        assertEquals(trailers, fields.trailers(lines));
        lines.release();
    }

    @Test
    void trailersThatAreNoneAreLeftOut() {
        assertNull(FieldSection.lines(
                headers("content-length", "0", "authorization", "x"), UnpooledByteBufAllocator.DEFAULT));
    }

    @Test
    void refusesTrailersThatAreMalformed() {
        assertFalse(FieldSection.areTrailers(headers(":status", "200")));
        assertFalse(FieldSection.areTrailers(headers("x", "a\nb")));
        assertFalse(FieldSection.areTrailers(headers("connection", "close")));
    }

    @Test
    void aNameThatComesOftenIsTheSameObject() {
        ByteBuf in = Unpooled.copiedBuffer("Content-TypeX-Other", US_ASCII);
        AsciiString first = fields.name(in, 0, 12);
        assertEquals("content-type", first.toString());
        assertTrue(first == fields.name(in, 0, 12));
        assertEquals("x-other", fields.name(in, 12, 7).toString());
    }
}
