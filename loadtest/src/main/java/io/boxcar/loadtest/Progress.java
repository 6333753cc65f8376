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

    private final PrintStream out;
    private final boolean terminal;
    private String step = "";
    private int shownLength;
    private long shownNs;

    public Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** For the terminal that this process was started from, if there is one. */
    public static Progress onStandardOutput() {
        return new Progress(
                System.out, System.console() != null && System.console().isTerminal());
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
