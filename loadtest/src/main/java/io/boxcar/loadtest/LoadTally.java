package io.boxcar.loadtest;

import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What the connections of one load have counted so far. Owned by the thread that runs the load. */
final class LoadTally {
    private static final long MAX_LATENCY_NS = 60_000_000_000L;
    private static final int MAX_ERROR_CLASSES = 50;
    private static final int MAX_ERROR_LENGTH = 120;

    private final Histogram latencyNs = new Histogram(1_000, MAX_LATENCY_NS, 3);
    private final Map<String, Long> errors = new TreeMap<>();
    private final long maxRequests;
    private boolean measuring;
    private boolean stopped;
    private long measured;
    private long mispaired;
    private long responses;

    LoadTally(long maxRequests) {
        this.maxRequests = maxRequests;
    }

    void measure(boolean on) {
        measuring = on;
    }

    /** No further requests are to be sent. */
    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    boolean isComplete() {
        return maxRequests > 0 && measured >= maxRequests;
    }

    void answered(long latency) {
        responses++;
        if (measuring && !isComplete()) {
            measured++;
            latencyNs.recordValue(Math.min(latency, MAX_LATENCY_NS));
        }
    }

    void mispaired() {
        mispaired++;
    }

    /** Counts by text; numbers in it become '#', so that ports and times do not make classes of their own. */
    void error(String text, int count) {
        String kind = text.replaceAll("\\d+", "#");
        kind = kind.length() <= MAX_ERROR_LENGTH ? kind : kind.substring(0, MAX_ERROR_LENGTH) + "...";
        if (errors.size() >= MAX_ERROR_CLASSES && !errors.containsKey(kind)) {
            kind = "other errors";
        }
        errors.merge(kind, (long) count, Long::sum);
    }

    /** Responses of all kinds since the start; for progress. */
    long responses() {
        return responses;
    }

    LoadResult result(double seconds) {
        return new LoadResult(measured, mispaired, new TreeMap<>(errors), seconds, latencyNs.copy());
    }
}
