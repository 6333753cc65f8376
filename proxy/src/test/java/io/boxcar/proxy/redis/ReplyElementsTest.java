package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ReplyElementsTest {
    private static ReplyElements of(String reply) {
        return new ReplyElements(Unpooled.copiedBuffer(reply, ISO_8859_1), 0);
    }

    @Test
    void stepsIntoAggregatesAndOverAllElse() {
        ReplyElements elements = of("*4\r\n%1\r\n+a\r\n~2\r\n:1\r\n:-2\r\n$-1\r\n=5\r\ntxt:x\r\n_\r\n");
        assertTrue(elements.step() && elements.isList());
        assertEquals(4, elements.count());
        assertTrue(elements.step());
        assertEquals('%', elements.type());
        assertEquals(2, elements.count());
        assertTrue(elements.skipContent());
        assertTrue(elements.step() && elements.isNull() && !elements.isText());
        assertTrue(elements.step());
        assertEquals("txt:x", elements.text(ISO_8859_1));
        assertTrue(elements.step() && elements.isNull());
        assertFalse(elements.step());
    }

    @Test
    void countsAttributesToTheElementTheyPrecede() {
        ReplyElements elements = of("|1\r\n+ttl\r\n*1\r\n:3\r\n:-42\r\n");
        assertTrue(elements.step() && elements.isInteger());
        assertEquals(-42, elements.number());
        assertEquals(0, elements.start());
        assertFalse(elements.step());
    }

    @Test
    void endsLinesAtCarriageReturnAndLineFeedOnly() {
        ReplyElements elements = of("+a\rb\r\n");
        assertTrue(elements.step());
        assertEquals("a\rb", elements.text(ISO_8859_1));
    }

    @Test
    void stopsAtWhatItDoesNotUnderstand() {
        for (String reply : List.of(
                "",
                "+a",
                "+a\r",
                "$3\r\nab\r\n",
                "$x\r\n",
                "$?\r\n;1\r\na\r\n;0\r\n",
                "*?\r\n.\r\n",
                "x\r\n",
                "*\r\n",
                "|1\r\n+a\r\n")) {
            assertFalse(of(reply).step(), reply);
        }
        ReplyElements truncated = of("*2\r\n+a\r\n");
        assertTrue(truncated.step());
        assertFalse(truncated.skipContent());
    }
}
