package io.boxcar.proxy.config;

/** What Boxcar writes about itself, and about the requests that it carries. */
public record LogConfig(Format format, Level level, AccessLogConfig access) {

    /** How a line of the log looks. */
    public enum Format {
        TEXT,
        JSON
    }

    /** What is logged: this and everything graver. */
    public enum Level {
        ERROR,
        WARNING,
        INFO,
        DEBUG,
        TRACE
    }
}
