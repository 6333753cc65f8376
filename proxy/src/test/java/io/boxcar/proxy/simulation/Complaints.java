package io.boxcar.proxy.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Collects what is logged as an error instead of being thrown, and keeps the rest of the log quiet. */
public final class Complaints extends Handler implements AutoCloseable {
    private final List<LogRecord> records = new ArrayList<>();
    private final List<Logger> loggers = List.of(Logger.getLogger("io.netty"), Logger.getLogger("io.boxcar"));

    public Complaints() {
        for (Logger logger : loggers) {
            logger.setUseParentHandlers(false);
            logger.addHandler(this);
        }
        loggers.getFirst().setLevel(Level.WARNING);
        loggers.getLast().setLevel(Level.SEVERE);
    }

    @Override
    public void publish(LogRecord record) {
        records.add(record);
    }

    /** Fails if there was anything. */
    public void rethrow() {
        if (!records.isEmpty()) {
            LogRecord first = records.getFirst();
            throw new AssertionError(first.getMessage(), first.getThrown());
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        for (Logger logger : loggers) {
            logger.removeHandler(this);
            logger.setUseParentHandlers(true);
            logger.setLevel(null);
        }
    }
}
