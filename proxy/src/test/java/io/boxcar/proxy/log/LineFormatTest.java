package io.boxcar.proxy.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.LogConfig;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LineFormatTest {
    private static final String HOSTILE = "evil\r\n2026-01-01T00:00:00.000Z INFO Lane: all is well\u001b[1A";

    private static LogRecord record(Level level, String message, Object... parameters) {
        LogRecord record = new LogRecord(level, message);
        record.setLoggerName("io.boxcar.proxy.core.Lane");
        record.setInstant(Instant.parse("2026-11-21T17:08:51.123456Z"));
        record.setParameters(parameters);
        return record;
    }

    @Test
    void textHasTimeLevelShortNameAndMessage() {
        assertEquals(
                "2026-11-21T17:08:51.123Z WARNING Lane: 127.0.0.1:6379 unreachable; trying again\n",
                new LineFormat(LogConfig.Format.TEXT)
                        .format(record(Level.WARNING, "{0} unreachable; trying again", "127.0.0.1:6379")));
    }

    @Test
    void jsonHasTheSameAsAnObject() {
        assertEquals(
                "{\"time\":\"2026-11-21T17:08:51.123Z\",\"level\":\"ERROR\",\"logger\":\"io.boxcar.proxy.core.Lane\","
                        + "\"message\":\"a \\\"b\\\"\"}\n",
                new LineFormat(LogConfig.Format.JSON).format(record(Level.SEVERE, "a {0}", "\"b\"")));
    }

    @Test
    void whatAPeerSaysStaysInItsLine() {
        for (LogConfig.Format format : LogConfig.Format.values()) {
            LogRecord record = record(Level.INFO, "upstream said: {0}", HOSTILE);
            record.setThrown(new IllegalStateException(HOSTILE, new RuntimeException(HOSTILE)));
            String line = new LineFormat(format).format(record);
            assertEquals(line.length() - 1, line.indexOf('\n'), line);
            assertTrue(line.chars().allMatch(c -> c == '\n' || c >= ' '), line);
            assertTrue(line.contains("evil\\r\\n2026"), line);
        }
    }

    @Test
    void anExceptionIsToldWithItsCauseInTheSameLine() {
        LogRecord record = record(Level.SEVERE, "a mistake");
        record.setThrown(new IllegalStateException("outer", new RuntimeException("inner")));
        String line = new LineFormat(LogConfig.Format.TEXT).format(record);
        assertTrue(line.contains("ERROR Lane: a mistake: java.lang.IllegalStateException: outer | at "), line);
        assertTrue(line.contains(" | caused by java.lang.RuntimeException: inner | at "), line);
    }
}
