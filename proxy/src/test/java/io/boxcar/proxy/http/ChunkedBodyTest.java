package io.boxcar.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ChunkedBodyTest {
    private static final HeadLimits LIMITS = new HeadLimits(60, 200, 10);

    private final ChunkedBody body = new ChunkedBody(40, LIMITS);

    @Test
    void givesThePayloadAndStopsAtTheEnd() {
        ByteBuf in = bytes("3\r\nabc\r\n1;x\r\nd\r\n0\r\n\r\nGET");
        assertEquals("abcd", read(in));
        assertTrue(body.isEnded());
        assertEquals("GET", in.toString(ISO_8859_1));
        assertNull(body.takeTrailers(UnpooledByteBufAllocator.DEFAULT));
    }

    @Test
    void sharesTheBytesOfTheBuffer() {
        ByteBuf in = bytes("3\r\nabc\r\n");
        ByteBuf slice = Objects.requireNonNull(body.read(in));
        assertEquals(2, in.refCnt());
        slice.release();
        assertEquals(1, in.refCnt());
        assertNull(body.read(in));
        assertFalse(body.isEnded() || body.isRefused());
    }

    @Test
    void readsTheLargestSizeAndNoLargerOne() {
        assertEquals("x", read(bytes("7fffffffffffffff\r\nx")));
        assertFalse(body.isRefused());
        body.reset();
        assertEquals("x", read(bytes("0000000000000000000001\r\nx\r\n")));
        refuses("8000000000000000\r\n");
        refuses("10000000000000000\r\n");
        refuses("ffffffffffffffffffff\r\n");
    }

    @Test
    void refusesWhatOthersMightReadDifferently() {
        for (String chunks : new String[] {
            "0x1\r\n",
            "+1\r\n",
            "-1\r\n",
            "1_0\r\n",
            " 1\r\n",
            "1 \r\n",
            "1\t;a\r\n",
            "\r\n",
            ";a\r\n",
            "g\r\n",
            "1\n",
            "1\r1",
            "1;\r\n",
            "1;a=\r\n",
            "1;=b\r\n",
            "1;a b\r\n",
            "1;a=b c\r\n",
            "1;a=\"b\r\n",
            "1;a=\"\n\"",
            "1;a=\"\\\r\n",
            "1;a=\"b\"c",
            "1;a \r\n",
            "1;a\n",
            "1;\u0000",
            "1;a=\u0080",
            "1\r\nab",
            "1\r\na\n",
            "1\r\na\rb",
            "0\r\n\n",
            "0\r\n\rx",
            "0\r\n a: b",
            "0\r\n: b",
            "0\r\na: b\n",
            "0\r\na: b\r\n c\r\n",
            "0\r\na : b",
            "0\r\nGET / HTTP/1.1\r\n\r\n"
        }) {
            refuses(chunks);
        }
    }

    @Test
    void dropsExtensions() {
        for (String extension :
                new String[] {";a", ";a=b", ";a=\"b;\\\"\u0080\t\"", "; a = b ; c", ";a=\"\";b=\"\\\\\""}) {
            body.reset();
            assertEquals("x", read(bytes("1" + extension + "\r\nx\r\n0" + extension + "\r\n\r\n")), extension);
            assertTrue(body.isEnded(), extension);
        }
    }

    @Test
    void limitsLinesAndAllExtensionsTogether() {
        read(bytes("1;" + "a".repeat(36) + "\r\nx\r\n"));
        assertFalse(body.isRefused());
        refuses("1;" + "a".repeat(37) + "\r\nx\r\n");
        refuses("0".repeat(41));
        refuses(("1;" + "a".repeat(30) + "\r\nx\r\n").repeat(7));
        refuses("0\r\na:" + "b".repeat(200));
        refuses("0\r\n" + "a: b\r\n".repeat(11));
        refuses("0\r\n" + "abcdefgh: 12345678901234567890123\r\n".repeat(6));
    }

    @Test
    void passesTrailersOnThatAreHarmless() {
        String section = "X-Sum:  1 \r\nContent-Length: 3\r\ntransfer-encoding: chunked\r\nHost: h\r\nSet-Cookie: c\r\n"
                + "Authorization: a\r\ngrpc-status: 0\r\nTE: x\r\n\r\n";
        ByteBuf in = bytes("0\r\n" + section + "HTTP/1.1");
        assertEquals("", read(in));
        assertTrue(body.isEnded(), body.reason());
        assertEquals("HTTP/1.1", in.toString(ISO_8859_1));
        assertEquals("X-Sum: 1\r\ngrpc-status: 0\r\n", trailers());
        assertEquals("", trailers());
        body.reset();
        read(bytes("0\r\nHost: h\r\n\r\n"));
        assertTrue(body.isEnded());
        assertEquals("", trailers());
    }

    @Test
    void meansTheSameWhereverItIsCut() {
        byte[] bytes = Bytes.of("POST / HTTP/1.1\\r\\nHost: h\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
                + "1A;a=\"b\"\\r\\nabcdefghijklmnopqrstuvwxyz\\r\\n1\\r\\nx\\r\\n0\\r\\nA: b\\r\\nC:d\\r\\n\\r\\nGET");
        String whole = Messages.requests(bytes).toString();
        assertTrue(whole.contains("trailers A: b\\r\\nC: d\\r\\n\nincomplete"), whole);
        for (int first = 1; first < bytes.length; first++) {
            for (int second = first; second < bytes.length; second++) {
                assertEquals(whole, Messages.requests(bytes, first, second).toString());
            }
        }
        int[] each = IntStream.range(1, bytes.length).toArray();
        assertEquals(whole, Messages.requests(bytes, each).toString());
    }

    @Test
    void writesSizes() {
        for (long size : new long[] {1, 9, 10, 15, 16, 255, 256, 4096, 65535, Integer.MAX_VALUE, Long.MAX_VALUE}) {
            ByteBuf out = Unpooled.buffer();
            ChunkedBody.writeSize(out, size);
            assertEquals(Long.toHexString(size) + "\r\n", out.toString(ISO_8859_1));
        }
    }

    private void refuses(String chunks) {
        body.reset();
        read(bytes(chunks));
        assertTrue(body.isRefused(), chunks);
        assertFalse(body.reason().isEmpty());
    }

    private String trailers() {
        ByteBuf trailers = body.takeTrailers(UnpooledByteBufAllocator.DEFAULT);
        String text = trailers == null ? "" : trailers.toString(ISO_8859_1);
        if (trailers != null) {
            trailers.release();
        }
        return text;
    }

    private String read(ByteBuf in) {
        StringBuilder payload = new StringBuilder();
        ByteBuf slice = body.read(in);
        while (slice != null) {
            payload.append(slice.toString(ISO_8859_1));
            slice.release();
            slice = body.read(in);
        }
        return payload.toString();
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, ISO_8859_1);
    }
}
