package io.boxcar.loadtest;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Tells somebody who waits what is going on: one line that is rewritten in place on a terminal, a plain line per step
 * elsewhere. Owned by one thread.
 */
public final class Progress {
    private static final long REWRITE_NS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final int PLAIN_LINE_SECONDS = 10;

    private final PrintStream out;
    private final boolean terminal;
    private String step = "";
    private int shownLength;
    private long seconds;
    private long shownNs;

    public Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** For the terminal that this process was started from, if there is one. */
    public static Progress onStandardOutput() {
        return on(System.out);
    }

    /** Like {@link #onStandardOutput()}, on one of the standard streams. */
    static Progress on(PrintStream out) {
        return new Progress(out, System.console() != null && System.console().isTerminal());
    }

    /** Shows what a load tells of itself. */
    LoadWatcher watcher() {
        return new LoadWatcher() {
            @Override
            public void second(TimeSlice lately) {
                Progress.this.second(lately);
            }
        };
    }

    /** What a load did in the last second; without a terminal only each tenth is shown. */
    void second(TimeSlice lately) {
        seconds++;
        if (!terminal && seconds % PLAIN_LINE_SECONDS != 0) {
            return;
        }
        String text = String.format(
                Locale.ROOT,
                "%3d s: %,.0f/s, p50 %.3f ms, p99 %.3f ms",
                seconds,
                lately.rate(),
                lately.p50Ms(),
                lately.p99Ms());
        if (terminal) {
            show(text);
        } else {
            out.println(text);
            out.flush();
        }
    }

    /** The next step begins. */
    public void step(String text) {
        step = text;
        if (terminal) {
            show(text);
        } else {
            out.println(text);
            out.flush();
        }
    }

    /** How far the step is; only a terminal shows it, and not too often. */
    public void responses(long count, long nowNs) {
        if (terminal && nowNs - shownNs > REWRITE_NS) {
            shownNs = nowNs;
            show(String.format(Locale.ROOT, "%s, %,d responses", step, count));
        }
    }

    /** Removes the rewritten line, so that lasting output can follow. */
    public void clear() {
        if (shownLength > 0) {
            out.print("\r" + " ".repeat(shownLength) + "\r");
            out.flush();
            shownLength = 0;
        }
    }

    private void show(String text) {
        out.print("\r" + text + " ".repeat(Math.max(0, shownLength - text.length())));
        out.flush();
        shownLength = text.length();
    }
}
