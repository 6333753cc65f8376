package io.boxcar.metrics;

import java.util.Locale;

/**
 * What all series of one name have in common.
 *
 * @param name in the Prometheus text format
 * @param label the label that distinguishes the series of one field ({@code reason} or {@code result}), or empty
 * @param help the sentence that explains it
 */
record Metric(String name, Kind kind, String label, String help) {

    enum Kind {
        COUNTER,
        /** A gauge that is added up over the series with the same labels. */
        GAUGE,
        /** A gauge of which the highest counts. */
        HIGHEST,
        /** The code of a {@link LaneState}, of which the highest counts. */
        STATE,
        /** A histogram recorded in nanoseconds, shown in seconds and in statistics in microseconds. */
        TIME,
        /** A histogram of numbers of requests. */
        REQUESTS
    }

    /** The name in {@link BoxcarMetrics#stats()}. */
    String key() {
        String key = name.replaceFirst("^boxcar_(upstream_)?", "").replaceFirst("_total$", "");
        return kind == Kind.TIME ? key.replaceFirst("_seconds$", "_us") : key;
    }

    static String labelOf(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
