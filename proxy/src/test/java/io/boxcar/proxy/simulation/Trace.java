package io.boxcar.proxy.simulation;

import java.util.ArrayDeque;
import java.util.function.Supplier;

/** The last events of a run that failed. Costs nothing while it is off. */
public final class Trace {
    private static final int MAX_LINES = 400;

    private final ArrayDeque<String> lines = new ArrayDeque<>();
    private final boolean on;

    public Trace(boolean on) {
        this.on = on;
    }

    public boolean isOn() {
        return on;
    }

    public void add(Supplier<String> line) {
        if (on) {
            if (lines.size() == MAX_LINES) {
                lines.remove();
            }
            lines.add(line.get());
        }
    }

    @Override
    public String toString() {
        return String.join("\n", lines);
    }
}
