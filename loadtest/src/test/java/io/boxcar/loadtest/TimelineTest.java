package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class TimelineTest {
    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Timeline timeline = new Timeline();

    @Test
    void leavesOutWhatWasBeforeTheWindow() {
        timeline.tick(0);
        timeline.record(7 * MS);
        timeline.openWindow(100 * MS, 400 * MS);
        timeline.record(MS);
        assertEquals(400 * MS, timeline.closeWindow(500 * MS));
        assertEquals(1, timeline.whole().getTotalCount());
        assertEquals(8 * MS, timeline.takeSecond(500 * MS).maxMs() * MS + MS, 0.01 * MS);
    }

    @Test
    void cutsTheWindowIntoSlices() {
        timeline.tick(0);
        timeline.openWindow(1_000 * MS, 400 * MS);
        for (int i = 1; i <= 4; i++) {
            timeline.record(i * MS);
            timeline.record(i * MS);
            timeline.tick((1_000 + i * 100) * MS);
        }
        timeline.closeWindow(1_400 * MS);
        List<TimeSlice> slices = timeline.slices();
        assertEquals(4, slices.size());
        assertEquals(0.2, slices.get(2).startSeconds(), 1e-9);
        assertEquals(20, slices.get(2).rate(), 1e-9);
        assertEquals(3, slices.get(2).p50Ms(), 0.01);
        assertEquals(8, timeline.whole().getTotalCount());
    }

    @Test
    void addsWindowsUpAndTellsTheLast() {
        timeline.tick(0);
        for (int window = 0; window < 2; window++) {
            timeline.openWindow(window * 1_000 * MS, 500 * MS);
            timeline.record(MS);
            timeline.closeWindow((window * 1_000 + 500) * MS);
        }
        assertEquals(1, timeline.lastWindow().getTotalCount());
        assertEquals(2, timeline.whole().getTotalCount());
        assertEquals(
                List.of(0.0, 0.5),
                timeline.slices().stream().map(TimeSlice::startSeconds).toList());
    }

    @Test
    void tellsOfEachSecondToo() {
        timeline.tick(0);
        assertFalse(timeline.hasSecond(999 * MS));
        timeline.record(MS);
        assertTrue(timeline.hasSecond(1_000 * MS));
        assertEquals(1, timeline.takeSecond(1_000 * MS).requests());
        assertFalse(timeline.hasSecond(1_500 * MS));
    }
}
