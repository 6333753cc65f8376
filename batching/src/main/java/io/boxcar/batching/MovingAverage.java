package io.boxcar.batching;

/**
 * Owned by one thread. Exponentially weighted moving average in integer arithmetic: each record moves it by 1 / 2^shift
 * of the difference. Fractions are kept, so it reaches a steady input exactly.
 */
public final class MovingAverage {
    private static final int MAX_SHIFT = 16;

    private final int shift;

    /** The average times 2^shift; negative until the first record. */
    private long scaled = -1;

    /** @param shift 0 (the last value) to 16 (the slowest) */
    public MovingAverage(int shift) {
        if (shift < 0 || shift > MAX_SHIFT) {
            throw new IllegalArgumentException("shift must be 0 to " + MAX_SHIFT + ", not " + shift);
        }
        this.shift = shift;
    }

    /** Takes a value in, in nanoseconds; the first one becomes the average. Outside 0 to 2^(63-shift)-1 it is clamped. */
    public void record(long valueNs) {
        long value = Math.clamp(valueNs, 0, Long.MAX_VALUE >> shift);
        if (scaled < 0) {
            scaled = value << shift;
        } else {
            scaled += value - (scaled >> shift);
        }
    }

    /** The average in nanoseconds; 0 until the first record. */
    public long value() {
        return scaled < 0 ? 0 : scaled >> shift;
    }
}
