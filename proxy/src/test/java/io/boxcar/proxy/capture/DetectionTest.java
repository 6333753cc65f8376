package io.boxcar.proxy.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DetectionTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*1\\r\\n$4\\r\\nPING\\r\\n | REDIS",
                "*2 | REDIS",
                "* | TOO_FEW_BYTES",
                "*a | OTHER",
                "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n | HTTP",
                "GET / HTTP/1.0\\n | HTTP",
                "PROPFIND /a HTTP/1.1\\r\\n | HTTP",
                "VERSION-CONTROL /a HTTP/1.1\\r\\n | HTTP",
                "CONNECT a:443 HTTP/1.1\\r\\n | HTTP",
                "PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n | HTTP",
                "GET / HTTP/1.1 | TOO_FEW_BYTES",
                "G | TOO_FEW_BYTES",
                "GET  | TOO_FEW_BYTES",
                "EHLO mail.example.com\\r\\n | OTHER",
                "OPTIONS rtsp://a/b RTSP/1.0\\r\\n | OTHER",
                "GET key\\r\\n | OTHER",
                "get key\\r\\n | OTHER",
                "QUIT\\r\\n | OTHER",
                "ABCDEFGHIJKLMNOPQRSTUVWXYZ | OTHER",
                " / HTTP/1.1\\r\\n | OTHER",
                "\\n | OTHER",
                "\\26\\3\\1 | OTHER",
            })
    void tellsProtocolsByTheirFirstBytes(String text, Detection expected) {
        assertEquals(expected, of(unescaped(text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"*3\r\n$3\r\nSET\r\n", "POST /a/b?c=d HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n"})
    void neverChangesItsMindWhenMoreComes(String text) {
        Detection last = of(text);
        for (int length = 0; length < text.length(); length++) {
            Detection early = of(text.substring(0, length));
            assertTrue(early == Detection.TOO_FEW_BYTES || early == last, early + " for " + text.substring(0, length));
        }
    }

    @Test
    void doesNotWaitForALineThatNeverEnds() {
        assertEquals(Detection.OTHER, of("GET /" + "a".repeat(16 * 1024)));
    }

    @Test
    void knowsTlsByItsFirstByte() {
        assertTrue(Detection.isTls(buffer("\u0016\u0003\u0001")));
        assertFalse(Detection.isTls(buffer("*1")));
        assertFalse(Detection.isTls(Unpooled.EMPTY_BUFFER));
    }

    private static Detection of(String text) {
        ByteBuf behind = buffer("xx" + text).skipBytes(2);
        return Detection.of(behind);
    }

    private static ByteBuf buffer(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    private static String unescaped(String text) {
        return text.translateEscapes();
    }
}
