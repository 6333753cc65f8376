package io.boxcar.proxy.log;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The levels of loggers, by the names that {@link System.Logger} has for them; they can be changed at any time. Any thread.
 */
public final class LogLevels {
    /** A level for a logger that has none of its own: it has that of the package around it. */
    private static final String INHERITED = "DEFAULT";

    /** Can be set before the first class of the package has logged anything. */
    private static final List<String> PACKAGES = List.of(
            "io.boxcar",
            "io.boxcar.proxy",
            "io.boxcar.proxy.accesslog",
            "io.boxcar.proxy.admin",
            "io.boxcar.proxy.config",
            "io.boxcar.proxy.core",
            "io.boxcar.proxy.http",
            "io.boxcar.proxy.http1",
            "io.boxcar.proxy.http2",
            "io.boxcar.proxy.redis",
            "io.boxcar.proxy.tls",
            "io.boxcar.proxy.transport",
            "io.netty");

    private static final Map<String, Level> LEVELS = levels();

    /** The JVM forgets loggers that nobody holds, and with them their levels. */
    private final Map<String, Logger> held = new ConcurrentHashMap<>();

    private static Map<String, Level> levels() {
        Map<String, Level> levels = new LinkedHashMap<>();
        levels.put("OFF", Level.OFF);
        levels.put("ERROR", Level.SEVERE);
        levels.put("WARNING", Level.WARNING);
        levels.put("INFO", Level.INFO);
        levels.put("DEBUG", Level.FINE);
        levels.put("TRACE", Level.FINER);
        levels.put("ALL", Level.ALL);
        return Collections.unmodifiableMap(levels);
    }

    static String nameOf(Level level) {
        for (Map.Entry<String, Level> known : LEVELS.entrySet()) {
            if (known.getValue().equals(level)) {
                return known.getKey();
            }
        }
        return level.getName();
    }

    /** The loggers that have a level of their own, by name. */
    public Map<String, String> own() {
        Map<String, String> own = new TreeMap<>();
        LogManager manager = LogManager.getLogManager();
        for (String name : Collections.list(manager.getLoggerNames())) {
            Logger logger = manager.getLogger(name);
            Level level = logger == null ? null : logger.getLevel();
            if (level != null) {
                own.put(name.isEmpty() ? "root" : name, nameOf(level));
            }
        }
        return own;
    }

    /**
     * Sets the level of a class or package, and of all below it that have none of their own.
     *
     * @param level a name in any case; {@code default} takes the logger's own level away
     * @return null if it is done, else what is wrong and what there is
     */
    public @Nullable String set(String logger, String level) {
        String wanted = level.toUpperCase(Locale.ROOT);
        Level found = LEVELS.get(wanted.equals("WARN") ? "WARNING" : wanted);
        if (found == null && !wanted.equals(INHERITED)) {
            return "there is no level " + level + "; use one of " + String.join(", ", LEVELS.keySet()) + " or "
                    + INHERITED;
        }
        if (!known().contains(logger)) {
            return "there is no logger " + logger + "; loggers are named after classes and packages: "
                    + String.join(", ", known());
        }
        set(logger, found);
        return null;
    }

    void set(String name, @Nullable Level level) {
        Logger logger = Logger.getLogger(name.equals("root") ? "" : name);
        held.put(name, logger);
        logger.setLevel(level);
    }

    private static TreeSet<String> known() {
        TreeSet<String> known = new TreeSet<>(PACKAGES);
        known.add("root");
        for (String name : Collections.list(LogManager.getLogManager().getLoggerNames())) {
            if (name.startsWith("io.boxcar.") || name.startsWith("io.netty.")) {
                known.add(name);
            }
        }
        return known;
    }
}
