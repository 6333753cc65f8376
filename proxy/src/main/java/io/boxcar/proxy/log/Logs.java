package io.boxcar.proxy.log;

import io.boxcar.proxy.config.LogConfig;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Sets up the log of this process. */
public final class Logs {
    private Logs() {}

    /**
     * Everything goes to standard error from now on, a line for each record. Whoever brings a configuration of
     * {@code java.util.logging} along keeps the handlers that it names.
     *
     * @param levels of all loggers; to be kept for as long as the process runs
     */
    public static void setUp(LogConfig config, LogLevels levels) {
        // Otherwise Netty looks for other libraries of logging first.
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
        if (System.getProperty("java.util.logging.config.file") != null
                || System.getProperty("java.util.logging.config.class") != null) {
            return;
        }
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            if (handler instanceof ConsoleHandler) {
                handler.setFormatter(new LineFormat(config.format()));
                handler.setLevel(Level.ALL);
            }
        }
        Level level = switch (config.level()) {
            case ERROR -> Level.SEVERE;
            case WARNING -> Level.WARNING;
            case INFO -> Level.INFO;
            case DEBUG -> Level.FINE;
            case TRACE -> Level.FINER;
        };
        levels.set("io.boxcar", level);
        // What libraries say in detail drowns what Boxcar says.
        levels.set("root", level.intValue() < Level.INFO.intValue() ? Level.INFO : level);
    }
}
