package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    @Test
    void writesAPlainLinePerStepWhereThereIsNoTerminal() {
        Progress progress = new Progress(out, false);
        progress.step("one");
        progress.responses(5, 1_000_000_000);
        progress.step("two");
        progress.clear();
        assertEquals("one%ntwo%n".formatted(), bytes.toString(StandardCharsets.UTF_8));
    }

    @Test
    void rewritesOneLineOnATerminalAndRemovesItInTheEnd() {
        Progress progress = new Progress(out, true);
        progress.step("first");
        progress.responses(1_234, 1_000_000_000);
        progress.responses(1_235, 1_000_000_001);
        progress.step("2nd");
        progress.clear();
        assertEquals(
                "\rfirst\rfirst, 1,234 responses\r2nd" + " ".repeat(19) + "\r   \r",
                bytes.toString(StandardCharsets.UTF_8));
    }
}
