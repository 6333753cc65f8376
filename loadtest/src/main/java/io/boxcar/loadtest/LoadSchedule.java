package io.boxcar.loadtest;

import java.util.List;

/**
 * How much load is put on when.
 *
 * @param levels one after the other, with a warm-up and a window each; connections never become fewer
 * @param rampNs for so long from the beginning of a window the load grows, from a tenth of the level; the warm-up before
 *     is at that tenth. 0 for no ramp
 * @param warmupNs time before each window that is not measured
 * @param measuredNs length of each window; 0 to send what there is to send, all of it measured
 */
public record LoadSchedule(List<LoadLevel> levels, long rampNs, long warmupNs, long measuredNs) {
    public LoadSchedule {
        levels = List.copyOf(levels);
        if (rampNs < 0 || warmupNs < 0 || measuredNs < 0) {
            throw new IllegalArgumentException("times cannot be negative");
        }
        if (levels.isEmpty()) {
            throw new IllegalArgumentException("a load needs a level");
        }
        if (levels.size() > 1 && (rampNs > 0 || measuredNs == 0)) {
            throw new IllegalArgumentException("steps take a time each: no ramp and no number of requests");
        }
        for (int i = 1; i < levels.size(); i++) {
            if (levels.get(i).connections() < levels.get(i - 1).connections()) {
                throw new IllegalArgumentException("steps of connections have to go up");
            }
        }
        if (rampNs > 0 && rampNs > measuredNs) {
            throw new IllegalArgumentException("the ramp is longer than the measured time");
        }
    }

    /** One level. */
    public static LoadSchedule of(LoadLevel level, long warmupNs, long measuredNs) {
        return new LoadSchedule(List.of(level), 0, warmupNs, measuredNs);
    }

    boolean isInSteps() {
        return levels.size() > 1;
    }

    int maxConnections() {
        return levels.getLast().connections();
    }
}
