package io.boxcar.proxy.http2;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.http.HeadLimits;
import io.boxcar.proxy.http.Method;
import io.boxcar.proxy.http2.RequestHeads.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestHeadsTest {
    private final RequestHeads heads = new RequestHeads(new HeadLimits(1000, 2000, 10), new FieldSection(), false);
    private final ByteBuf out = Unpooled.buffer();

    /** {@code "name=value name=value"}; an underscore in a value stands for a space. */
    private static Http2Headers headers(String fields) {
        Http2Headers headers = new DefaultHttp2Headers(false);
        for (String field : fields.split(" ")) {
            int equals = field.indexOf('=', 1);
            headers.add(
                    AsciiString.of(field.substring(0, equals)),
                    AsciiString.of(field.substring(equals + 1).replace('_', ' ')));
        }
        return headers;
    }

    private Verdict read(String fields, boolean isWhole) {
        out.clear();
        return heads.read(headers(fields), isWhole, "boxcar".getBytes(US_ASCII), out);
    }

    @Test
    void writesTheCanonicalHead() {
        assertEquals(
                Verdict.ACCEPTED,
                read(":method=GET :scheme=http :path=/a?b :authority=example.com x-one=1 te=trailers x-two=a_b", true));
        assertEquals(
                "GET /a?b HTTP/1.1\r\nHost: example.com\r\nx-one: 1\r\nx-two: a b\r\nVia: 2 boxcar\r\n\r\n",
                out.toString(US_ASCII));
        assertTrue(heads.acceptsTrailers());
        assertEquals(Method.GET, heads.head().method());
        assertEquals(-1, heads.head().contentLength());
    }

    @Test
    void theAuthorityBeatsTheHostField() {
        assertEquals(Verdict.ACCEPTED, read(":method=GET :scheme=http :path=/ :authority=a host=b", true));
        assertTrue(out.toString(US_ASCII).contains("Host: a\r\n"));
        assertFalse(out.toString(US_ASCII).contains("host: b"));
    }

    @Test
    void withoutAnAuthorityTheHostFieldCounts() {
        assertEquals(Verdict.ACCEPTED, read(":method=GET :scheme=http :path=/ host=b", true));
        assertTrue(out.toString(US_ASCII).contains("host: b\r\n"));
    }

    @Test
    void crumbsOfCookiesArePutTogether() {
        assertEquals(
                Verdict.ACCEPTED,
                read(":method=GET :scheme=http :path=/ :authority=a cookie=x=1 accept=* cookie=y=2 cookie=z=3", true));
        assertTrue(out.toString(US_ASCII).contains("cookie: x=1; y=2; z=3\r\naccept: *\r\n"));
    }

    @Test
    void aPostWithoutABodySaysSo() {
        assertEquals(Verdict.ACCEPTED, read(":method=POST :scheme=http :path=/ :authority=a", true));
        assertTrue(out.toString(US_ASCII).contains("content-length: 0\r\n"));
        assertEquals(Verdict.ACCEPTED, read(":method=POST :scheme=http :path=/ :authority=a", false));
        assertFalse(out.toString(US_ASCII).contains("content-length"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ":method=GET :scheme=http :authority=a",
                ":method=GET :path=/ :authority=a",
                ":scheme=http :path=/ :authority=a",
                ":method=GET :method=GET :scheme=http :path=/ :authority=a",
                ":method=GET :scheme=http :path=/ :path=/ :authority=a",
                ":method=GET :scheme=http :path=/ :authority=a :authority=a",
                ":method=GET :scheme=http :path=a :authority=a",
                ":method=GET :scheme=http :path=http://b/ :authority=a",
                ":method=GET :scheme=http :path=* :authority=a",
                ":method=GET :scheme=http :path=/_b :authority=a",
                ":method=GET :scheme=http :path=/_HTTP/1.1 :authority=a",
                ":method=GET :scheme=http :path=/#b :authority=a",
                ":method=GET_/b :scheme=http :path=/ :authority=a",
                ":method=GET :scheme=http :path=/ :authority=a@b",
                ":method=GET :scheme=http :path=/ :authority=a :status=200",
                ":method=GET :scheme=http :path=/ :authority=a X-Upper=1",
                ":method=GET :scheme=http :path=/ :authority=a x:y=1",
                ":method=GET :scheme=http :path=/ :authority=a x=_1",
                ":method=GET :scheme=http :path=/ :authority=a x=1_",
                ":method=GET :scheme=http :path=/ :authority=a x=a\r\nb:c",
                ":method=GET :scheme=http :path=/ :authority=a x=a\nb",
                ":method=GET :scheme=http :path=/ :authority=a x=a\0b",
                ":method=GET :scheme=http :path=/ :authority=a te=gzip",
                ":method=GET :scheme=http :path=/ :authority=a connection=close",
                ":method=GET :scheme=http :path=/ :authority=a keep-alive=1",
                ":method=GET :scheme=http :path=/ :authority=a proxy-connection=close",
                ":method=GET :scheme=http :path=/ :authority=a upgrade=websocket",
                ":method=GET :scheme=http :path=/ :authority=a transfer-encoding=chunked",
                ":method=GET :scheme=http :path=/ :authority=a content-length=1",
                ":method=GET :scheme=http :path=/ :authority=a content-length=x",
                ":method=GET :scheme=http :path=/ :authority=a content-length=0 content-length=1",
                ":method=CONNECT :scheme=http :path=/ :authority=a:1",
                ":method=CONNECT :authority=a",
                ":method=CONNECT",
            })
    void refusesWhatIsMalformed(String fields) {
        assertEquals(Verdict.MALFORMED, read(fields, true), fields);
    }

    @Test
    void answersWhatIsTooLarge() {
        assertEquals(
                Verdict.REFUSED, read(":method=GET :scheme=http :path=/ :authority=a x=" + "y".repeat(2500), true));
        assertEquals(431, heads.status());
    }

    @Test
    void doesNotKnowExtendedConnect() {
        assertEquals(
                Verdict.REFUSED, read(":method=CONNECT :protocol=websocket :scheme=http :path=/ :authority=a", false));
        assertEquals(501, heads.status());
    }

    @Test
    void connectHasNothingButAnAuthority() {
        assertEquals(Verdict.ACCEPTED, read(":method=CONNECT :authority=a:443", false));
        assertTrue(out.toString(US_ASCII).startsWith("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n"));
    }

    @Test
    void maxForwardsIsCountedDown() {
        assertEquals(Verdict.ACCEPTED, read(":method=OPTIONS :scheme=http :path=* :authority=a max-forwards=5", true));
        assertEquals(5, heads.head().maxForwards());
        ByteBuf forwarded = heads.forwarded(out, Unpooled.buffer());
        assertTrue(forwarded.toString(US_ASCII).startsWith("OPTIONS * HTTP/1.1\r\n"));
        assertTrue(forwarded.toString(US_ASCII).toLowerCase().contains("max-forwards: 4\r\n"));
    }

    @Test
    void becomesHttp2Again() {
        ByteBuf canonical = Unpooled.copiedBuffer(
                "PURGE /x?y HTTP/1.1\r\nX-One: 1\r\nHost: example.com:80\r\nCookie: a=1; b=2\r\n\r\nbody", US_ASCII);
        Http2Headers headers = heads.toHttp2(canonical, true);
        assertEquals(
                headers(":method=PURGE :scheme=http :path=/x?y :authority=example.com:80 x-one=1 cookie=a=1;_b=2"
                        + " te=trailers"),
                headers);
        assertEquals(0, canonical.readerIndex());
    }

    @Test
    void theSameRequestComesOutOfATripThere() {
        String fields = ":method=DELETE :scheme=http :path=/a :authority=h x-a=1 x-b= x-a=2";
        assertEquals(Verdict.ACCEPTED, heads.read(headers(fields), true, null, out));
        assertEquals(headers(fields), heads.toHttp2(out, false));
    }
}
