package io.boxcar.proxy;

import java.util.List;

/**
 * What came of another configuration, in sentences for people.
 *
 * @param applied what has changed
 * @param needsRestart what is configured otherwise now, but cannot change while Boxcar runs
 */
public record Reloaded(List<String> applied, List<String> needsRestart) {
    public Reloaded {
        applied = List.copyOf(applied);
        needsRestart = List.copyOf(needsRestart);
    }

    @Override
    public String toString() {
        String what = applied.isEmpty() ? "nothing has changed" : String.join(", ", applied);
        return needsRestart.isEmpty() ? what : what + "; only a restart changes " + String.join(", ", needsRestart);
    }
}
