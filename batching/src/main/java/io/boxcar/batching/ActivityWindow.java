package io.boxcar.batching;

/**
 * Owned by one thread. Counts the clients that were active lately, without a list of them: time is cut into epochs, each client
 * remembers the last epoch in which it was counted, and calls {@link #countOne} when the current one is another.
 */
public final class ActivityWindow {
    private final long windowNs;
    private long epochStartNs;

    /** 0 before the first call of {@link #epoch}. */
    private int epoch;

    private int current;
    private int previous;

    /** @param windowNs length of an epoch in nanoseconds */
    public ActivityWindow(long windowNs) {
        if (windowNs < 1) {
            throw new IllegalArgumentException("window must be at least 1 ns, not " + windowNs);
        }
        this.windowNs = windowNs;
    }

    /** Begins a new epoch if the current one is over, and returns the number of the current one, never 0. */
    public int epoch(long nowNs) {
        if (epoch == 0) {
            epoch = 1;
            epochStartNs = nowNs;
            return epoch;
        }
        long elapsedNs = nowNs - epochStartNs;
        if (elapsedNs >= windowNs) {
            long epochs = elapsedNs / windowNs;
            epochStartNs += epochs * windowNs;
            previous = epochs == 1 ? current : 0; // else a whole epoch passed with nobody counted
            current = 0;
            epoch = epoch == -1 ? 1 : epoch + 1;
        }
        return epoch;
    }

    /** Counts a client in the current epoch. The caller sees to it that it does so once per client and epoch. */
    public void countOne() {
        current++;
    }

    /**
     * Clients active lately: the larger of the counts of the previous and the current epoch. As of the last call of
     * {@link #epoch}.
     */
    public int active() {
        return Math.max(previous, current);
    }
}
