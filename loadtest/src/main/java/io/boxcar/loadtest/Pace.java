package io.boxcar.loadtest;

/** When requests become due. Owned by the thread that runs the load. */
final class Pace {
    static final long NOT_DUE = Long.MIN_VALUE;

    private final double ratePerSecond; // 0 for no pace at all
    private long startNs;
    private long taken;

    Pace(double ratePerSecond) {
        this.ratePerSecond = ratePerSecond;
    }

    void start(long nowNs) {
        startNs = nowNs;
    }

    /** The moment from which the next request waits, or {@link #NOT_DUE} if it does not yet. */
    long take(long nowNs) {
        if (ratePerSecond == 0) {
            return nowNs;
        }
        long dueNs = dueNs();
        if (dueNs - nowNs > 0) {
            return NOT_DUE;
        }
        taken++;
        return dueNs;
    }

    /** When the next request becomes due. */
    long dueNs() {
        return startNs + (long) (taken * 1e9 / ratePerSecond);
    }
}
