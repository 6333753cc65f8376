package io.boxcar.loadtest;

/** When the requests of an open loop become due. Owned by the thread that runs the load. */
final class Pace {
    static final long NOT_DUE = Long.MIN_VALUE;

    private static final double NS_PER_SECOND = 1e9;

    private final double startRate; // per second
    private final double rate;
    private final double rampSeconds;
    private final double inRamp; // requests that become due while the rate grows
    private final long startNs;
    private long taken;
    private long nextDueNs;

    /** The rate grows from {@code startRate} to {@code rate} during the first {@code rampNs}, and stays there. */
    Pace(double startRate, double rate, long rampNs, long startNs) {
        this.startRate = startRate;
        this.rate = rate;
        this.startNs = startNs;
        rampSeconds = rampNs / NS_PER_SECOND;
        inRamp = (startRate + rate) / 2 * rampSeconds;
        nextDueNs = startNs;
    }

    /** The moment from which the next request waits, or {@link #NOT_DUE} if it does not yet. */
    long take(long nowNs) {
        long dueNs = nextDueNs;
        if (dueNs - nowNs > 0) {
            return NOT_DUE;
        }
        taken++;
        nextDueNs = startNs + (long) (dueSeconds(taken) * NS_PER_SECOND);
        return dueNs;
    }

    /** When the next request becomes due. */
    long dueNs() {
        return nextDueNs;
    }

    /** From the start to request {@code number}, counted from 0. */
    private double dueSeconds(double number) {
        if (number >= inRamp) {
            return rampSeconds + (number - inRamp) / rate;
        }
        // After t seconds startRate * t + growth / 2 * t^2 requests have become due.
        double growth = (rate - startRate) / rampSeconds;
        return (Math.sqrt(startRate * startRate + 2 * growth * number) - startRate) / growth;
    }
}
