package io.boxcar.proxy.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PrintableTest {

    @Test
    void harmlessTextIsLeftAlone() {
        String text = "upstream redis-main 127.0.0.1:6379: Größe \"x\" \\ 漢";
        assertSame(text, Printable.line(text));
    }

    @Test
    void nothingBeginsALineOfItsOwn() {
        assertEquals("a\\r\\nb\\u0085c\\u2028d\\u2029e", Printable.line("a\r\nb\u0085c\u2028d\u2029e"));
    }

    @Test
    void nothingMovesTheCursorOrTurnsTheDirection() {
        assertEquals(
                "\\u001b[2J\\u009b\\u0000\\u007f\\u202e\\u2066\\u200b",
                Printable.line("\u001b[2J\u009b\0\u007f\u202e\u2066\u200b"));
    }

    @Test
    void halvesOfCharactersAreEscaped() {
        assertEquals("\\ud83d", Printable.line("\ud83d"));
    }

    @Test
    void longTextIsCut() {
        String line = Printable.line("x".repeat(100_000));
        assertTrue(line.length() < 8300, line);
        assertTrue(line.endsWith("... (91808 characters more)"), line);
    }

    @Test
    void jsonStringsCannotBeEnded() {
        StringBuilder out = new StringBuilder();
        Printable.appendJson(out, "a\",\"admin\":\"yes\\\n");
        assertEquals("\"a\\\",\\\"admin\\\":\\\"yes\\\\\\n\"", out.toString());
    }
}
