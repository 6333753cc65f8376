package io.boxcar.proxy.log;

import io.boxcar.proxy.config.LogConfig;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * A log record as one line, whatever it contains:
 *
 * <pre>
 *   2026-11-21T17:08:51.123Z WARNING Lane: upstream 127.0.0.1:6379 unreachable: Connection refused; trying again
 *   {"time":"2026-11-21T17:08:51.123Z","level":"WARNING","logger":"io.boxcar.proxy.core.Lane","message":"upstream ..."}
 * </pre>
 *
 * Any thread.
 */
final class LineFormat extends Formatter {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    /** So many frames of each exception are told. */
    private static final int MAX_FRAMES = 40;

    private static final int MAX_CAUSES = 5;

    private final LogConfig.Format format;

    LineFormat(LogConfig.Format format) {
        this.format = format;
    }

    @Override
    public String format(LogRecord record) {
        StringBuilder line = new StringBuilder(160);
        String time = TIME.format(record.getInstant());
        String level = LogLevels.nameOf(record.getLevel());
        String logger = record.getLoggerName() == null ? "" : record.getLoggerName();
        String message = formatMessage(record);
        String thrown = describe(record.getThrown());
        switch (format) {
            case TEXT -> {
                line.append(time).append(' ').append(level).append(' ');
                line.append(Printable.line(logger.substring(logger.lastIndexOf('.') + 1)))
                        .append(": ");
                line.append(Printable.line(message));
                if (!thrown.isEmpty()) {
                    line.append(": ").append(Printable.line(thrown));
                }
            }
            case JSON -> {
                line.append("{\"time\":\"").append(time).append("\",\"level\":\"");
                line.append(level).append("\",\"logger\":");
                Printable.appendJson(line, logger);
                line.append(",\"message\":");
                Printable.appendJson(line, message);
                if (!thrown.isEmpty()) {
                    line.append(",\"exception\":");
                    Printable.appendJson(line, thrown);
                }
                line.append('}');
            }
        }
        return line.append('\n').toString();
    }

    private static String describe(@Nullable Throwable thrown) {
        StringBuilder text = new StringBuilder();
        Throwable cause = thrown;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++, cause = cause.getCause()) {
            text.append(i == 0 ? "" : " | caused by ").append(cause);
            StackTraceElement[] frames = cause.getStackTrace();
            for (int frame = 0; frame < Math.min(frames.length, MAX_FRAMES); frame++) {
                text.append(" | at ").append(frames[frame]);
            }
        }
        return text.toString();
    }
}
