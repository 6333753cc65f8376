package io.boxcar.batching;

import java.util.random.RandomGenerator;

/**
 * Owned by one thread. Delays between attempts that double up to a maximum, each drawn from the upper half of its
 * range, so that clients which failed together do not come back together.
 */
public final class Backoff {
    private final long initialNs;
    private final long maxNs;
    private final RandomGenerator random;
    private long baseNs;
    private int attempts;

    /**
     * @param initialNs the longest first delay in nanoseconds, at least 1
     * @param maxNs the longest delay in nanoseconds, at least initialNs
     * @param random used by the owner thread only
     */
    public Backoff(long initialNs, long maxNs, RandomGenerator random) {
        if (initialNs < 1 || maxNs < initialNs) {
            throw new IllegalArgumentException("need 1 <= initial <= max, not " + initialNs + " and " + maxNs + " ns");
        }
        this.initialNs = initialNs;
        this.maxNs = maxNs;
        this.random = random;
        this.baseNs = initialNs;
    }

    /** The delay before the next attempt in nanoseconds: in [d/2, d], with d = initial x 2^attempts, at most max. */
    public long nextDelayNs() {
        long base = baseNs;
        baseNs = base > maxNs / 2 ? maxNs : base * 2;
        if (attempts < Integer.MAX_VALUE) {
            attempts++;
        }
        long half = base / 2;
        return half + random.nextLong(base - half + 1);
    }

    /** Begins again, after an attempt that worked. */
    public void reset() {
        baseNs = initialNs;
        attempts = 0;
    }

    /** Delays given since the last reset. */
    public int attempts() {
        return attempts;
    }
}
