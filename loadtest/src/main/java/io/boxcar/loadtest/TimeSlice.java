package io.boxcar.loadtest;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * A part of a load's window, for plots over time.
 *
 * @param startSeconds when it began, from the beginning of the window
 */
public record TimeSlice(double startSeconds, double seconds, long requests, double p50Ms, double p99Ms, double maxMs) {

    static TimeSlice of(double startSeconds, double seconds, Histogram latencyNs) {
        return new TimeSlice(
                startSeconds,
                seconds,
                latencyNs.getTotalCount(),
                latencyNs.getValueAtPercentile(50) / 1e6,
                latencyNs.getValueAtPercentile(99) / 1e6,
                latencyNs.getMaxValue() / 1e6);
    }

    public double rate() {
        return seconds == 0 ? 0 : requests / seconds;
    }

    TimeSlice later(double offsetSeconds) {
        return new TimeSlice(startSeconds + offsetSeconds, seconds, requests, p50Ms, p99Ms, maxMs);
    }

    Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("startSeconds", Rounded.to(startSeconds, 3));
        tree.put("seconds", Rounded.to(seconds, 3));
        tree.put("requests", requests);
        tree.put("rate", Rounded.to(rate(), 1));
        tree.put("p50Ms", Rounded.to(p50Ms, 4));
        tree.put("p99Ms", Rounded.to(p99Ms, 4));
        tree.put("maxMs", Rounded.to(maxMs, 4));
        return tree;
    }
}
