package io.boxcar.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the connections of one load have counted so far. Owned by the thread that runs the load. */
final class LoadTally {
    private static final int MAX_ERROR_CLASSES = 50;
    private static final int MAX_ERROR_LENGTH = 120;

    private final Timeline timeline = new Timeline();
    private final GeneratorMeter meter = new GeneratorMeter();
    private final Map<String, Long> errors = new TreeMap<>();
    private final List<LoadStep> steps = new ArrayList<>();
    private final long maxRequests;
    private boolean measuring;
    private boolean stopped;
    private long measured;
    private long measuredBefore; // the window
    private long measuredNs;
    private long mispaired;
    private long responses;

    LoadTally(long maxRequests) {
        this.maxRequests = maxRequests;
    }

    /** What follows is measured; about {@code expectedNs} of it, 0 if nobody knows. */
    void openWindow(long nowNs, long expectedNs) {
        timeline.openWindow(nowNs, expectedNs);
        meter.start();
        measuring = true;
        measuredBefore = measured;
    }

    void closeWindow(long nowNs) {
        measuring = false;
        long lengthNs = timeline.closeWindow(nowNs);
        meter.stop(lengthNs);
        measuredNs += lengthNs;
    }

    /** The window that was closed last was a step of {@code offered} requests per second, or connections. */
    void addStep(double offered, double seconds) {
        steps.add(new LoadStep(offered, measured - measuredBefore, seconds, timeline.lastWindow()));
    }

    /** Lets time go on: to be called several times a second. */
    void tick(long nowNs, LoadWatcher watcher) {
        timeline.tick(nowNs);
        watcher.progress(responses);
        if (timeline.hasSecond(nowNs)) {
            watcher.second(timeline.takeSecond(nowNs));
        }
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

    void answered(long latencyNs) {
        responses++;
        if (!measuring) {
            timeline.record(latencyNs);
        } else if (!isComplete()) {
            measured++;
            timeline.record(latencyNs);
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

    LoadResult result() {
        return new LoadResult(
                measured,
                mispaired,
                new TreeMap<>(errors),
                measuredNs / 1e9,
                timeline.whole(),
                timeline.slices(),
                meter.cost(),
                steps);
    }
}
