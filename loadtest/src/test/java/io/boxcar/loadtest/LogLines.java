package io.boxcar.loadtest;

import java.text.MessageFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What Boxcar logs while this is open. */
final class LogLines implements AutoCloseable {
    private final Logger log = Logger.getLogger("io.boxcar");
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Handler keeper = new Handler() {
        @Override
        public void publish(LogRecord record) {
            Object[] parameters = record.getParameters();
            String text = record.getMessage();
            lines.add(parameters == null ? text : new MessageFormat(text).format(parameters));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    LogLines() {
        log.addHandler(keeper);
    }

    boolean has(String... parts) {
        return lines.stream().anyMatch(line -> List.of(parts).stream().allMatch(line::contains));
    }

    @Override
    public String toString() {
        return String.join("\n", lines);
    }

    @Override
    public void close() {
        log.removeHandler(keeper);
    }
}
