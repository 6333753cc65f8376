package io.boxcar.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Latencies over time. Each is recorded once, in the slice of time that is under way; slices add up to windows, to seconds
 * for those who watch, and to the whole. Owned by the thread that runs the load.
 */
final class Timeline {
    private static final long MAX_LATENCY_NS = 60_000_000_000L;
    private static final long MIN_SLICE_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long MAX_SLICE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int SLICES = 60;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final Histogram slice = newHistogram();
    private final Histogram second = newHistogram();
    private final Histogram window = newHistogram();
    private final Histogram whole = newHistogram();
    private final List<TimeSlice> slices = new ArrayList<>();

    private long sliceNs = MAX_SLICE_NS;
    private long sliceStartNs;
    private long secondStartNs;
    private long windowStartNs;
    private long earlierWindowsNs;
    private boolean started;
    private boolean open;

    private static Histogram newHistogram() {
        return new Histogram(1_000, MAX_LATENCY_NS, 3);
    }

    void record(long latencyNs) {
        slice.recordValue(Math.min(latencyNs, MAX_LATENCY_NS));
    }

    /** What follows is measured; a 60th of {@code expectedNs} is a slice, within 100 ms and 1 s; 0 if nobody knows. */
    void openWindow(long nowNs, long expectedNs) {
        endSlice(nowNs);
        sliceNs = expectedNs == 0
                ? MAX_SLICE_NS
                : Math.clamp(expectedNs / SLICES, MIN_SLICE_NS, Math.max(MAX_SLICE_NS, expectedNs / SLICES));
        windowStartNs = nowNs;
        window.reset();
        open = true;
    }

    /** The length of the window, which ends. */
    long closeWindow(long nowNs) {
        endSlice(nowNs);
        whole.add(window);
        open = false;
        earlierWindowsNs += nowNs - windowStartNs;
        return nowNs - windowStartNs;
    }

    /** Lets time go on: to be called several times a second. */
    void tick(long nowNs) {
        if (!started) {
            started = true;
            sliceStartNs = nowNs;
            secondStartNs = nowNs;
        } else if (nowNs - sliceStartNs >= sliceNs) {
            endSlice(nowNs);
        }
    }

    private void endSlice(long nowNs) {
        if (open && slice.getTotalCount() > 0 | nowNs - sliceStartNs >= sliceNs / 2) {
            long beganNs = earlierWindowsNs + sliceStartNs - windowStartNs;
            slices.add(TimeSlice.of(beganNs / 1e9, (nowNs - sliceStartNs) / 1e9, slice));
            window.add(slice);
        }
        second.add(slice);
        slice.reset();
        sliceStartNs = nowNs;
    }

    /** Whether {@link #takeSecond} has a second to tell about. */
    boolean hasSecond(long nowNs) {
        return started && nowNs - secondStartNs >= SECOND_NS;
    }

    /** What has been seen since the last time, or since the start. */
    TimeSlice takeSecond(long nowNs) {
        if (!open) {
            endSlice(nowNs);
        }
        TimeSlice taken = TimeSlice.of(0, (nowNs - secondStartNs) / 1e9, second);
        second.reset();
        secondStartNs = nowNs;
        return taken;
    }

    /** Latencies in the last window that was closed. */
    Histogram lastWindow() {
        return window.copy();
    }

    /** Latencies in all windows that were closed. */
    Histogram whole() {
        return whole.copy();
    }

    List<TimeSlice> slices() {
        return List.copyOf(slices);
    }
}
