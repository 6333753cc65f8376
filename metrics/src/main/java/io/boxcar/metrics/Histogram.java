package io.boxcar.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A distribution of non-negative longs. Written by one thread, read by any; recording neither locks nor allocates.
 *
 * <pre>
 *   bucket   0    1    2   ..  32  |  33       34     ..    48    |   49       ..
 *   holds    0    1    2   ..  32  |  33-34   35-36   ..  63-64   |  65-68     ..  (lowest, highest]
 *            exact, width 1        |  16 buckets of width 2       |  16 of width 4
 * </pre>
 *
 * Each power of two is split into {@value #SUB_BUCKETS} buckets, so a quantile is reported at most 1/16 too high, and
 * never too low. A bucket includes its upper edge, so powers of two (full batches) are upper edges and are reported
 * exactly. Values below zero count as zero; every positive long has a bucket.
 */
public final class Histogram {

    static final int SUB_BUCKETS = 16;
    private static final int SUB_BUCKET_BITS = 4;

    /** One for zero, 2 x 16 of width 1, then 16 for each further power of two up to 2^63. */
    static final int BUCKETS = 1 + (Long.SIZE - SUB_BUCKET_BITS) * SUB_BUCKETS;

    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle SUM;

    static {
        try {
            SUM = MethodHandles.lookup().findVarHandle(Histogram.class, "sum", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long[] counts = new long[BUCKETS];
    private long sum;

    /** Counts {@code value}. Writer only. */
    public void record(long value) {
        int bucket = bucketOf(value);
        COUNT.setRelease(counts, bucket, counts[bucket] + 1);
        addToSum(Math.max(value, 0));
    }

    /** Counts everything that {@code other} has counted. Writer only; the writer of {@code other} may go on. */
    void add(Histogram other) {
        long otherSum = other.sum();
        for (int i = 0; i < BUCKETS; i++) {
            COUNT.setRelease(counts, i, counts[i] + other.countIn(i));
        }
        addToSum(otherSum);
    }

    /** How many values were recorded. Any thread; adds up the buckets, so not for the data path. */
    public long count() {
        long count = 0;
        for (int i = 0; i < BUCKETS; i++) {
            count += countIn(i);
        }
        return count;
    }

    /** The sum of all values, which starts again near 0 beyond {@link Long#MAX_VALUE}. Any thread. */
    public long sum() {
        return (long) SUM.getAcquire(this);
    }

    /** As {@link Snapshot#valueAtQuantile}. Any thread; not for the data path. */
    public long valueAtQuantile(double quantile) {
        Snapshot snapshot = new Snapshot();
        snapshot.add(this);
        return snapshot.valueAtQuantile(quantile);
    }

    private long countIn(int bucket) {
        return (long) COUNT.getAcquire(counts, bucket);
    }

    /** Nanoseconds of many concurrent requests do reach 2^63 in months; a reader takes the restart for a counter reset. */
    private void addToSum(long value) {
        SUM.setRelease(this, (sum + value) & Long.MAX_VALUE);
    }

    static int bucketOf(long value) {
        if (value <= 0) {
            return 0;
        }
        long offset = value - 1; // shifts the edges, so that a bucket includes its upper one
        if (offset < SUB_BUCKETS) {
            return 1 + (int) offset;
        }
        int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(offset) - SUB_BUCKET_BITS;
        return 1 + shift * SUB_BUCKETS + (int) (offset >>> shift);
    }

    /** The highest value that {@code bucket} counts. */
    static long highestIn(int bucket) {
        int index = bucket - 1;
        if (index < SUB_BUCKETS) {
            return bucket;
        }
        int shift = index / SUB_BUCKETS - 1;
        long highest = (long) (SUB_BUCKETS + index % SUB_BUCKETS + 1) << shift;
        return highest < 0 ? Long.MAX_VALUE : highest;
    }

    /** The sum of any number of histograms. Owned by the thread that made it. */
    public static final class Snapshot {

        private final long[] counts = new long[BUCKETS];
        private long count;
        private double sum;

        /** Adds what {@code histogram} has counted up to now. */
        public void add(Histogram histogram) {
            sum += histogram.sum(); // read before the counts: a value in the sum is then in the counts, too
            for (int i = 0; i < BUCKETS; i++) {
                long n = histogram.countIn(i);
                counts[i] += n;
                count += n;
            }
        }

        /** How many values there are: the sum of the buckets. */
        public long count() {
            return count;
        }

        /** The sum of the values. */
        public double sum() {
            return sum;
        }

        /** The mean, or 0 if there is no value. */
        public double mean() {
            return count == 0 ? 0 : sum / count;
        }

        /**
         * The value that a share of {@code quantile} (0 to 1) of all values does not exceed, at most 1/16 too high; 0 if
         * there is no value.
         */
        public long valueAtQuantile(double quantile) {
            if (!(quantile >= 0 && quantile <= 1)) {
                throw new IllegalArgumentException("a quantile is between 0 and 1, not " + quantile);
            }
            long rank = Math.max(1, (long) Math.ceil(quantile * count));
            long seen = 0;
            for (int i = 0; i < BUCKETS; i++) {
                seen += counts[i];
                if (seen >= rank) {
                    return highestIn(i);
                }
            }
            return 0;
        }

        /**
         * For each of the ascending {@code bounds}, how many values are certainly at or below it: a bucket that a bound
         * cuts counts as above it, so a request is never reported faster than it was.
         */
        long[] countsUpTo(long[] bounds) {
            long[] result = new long[bounds.length];
            long seen = 0;
            int bucket = 0;
            for (int i = 0; i < bounds.length; i++) {
                while (bucket < BUCKETS && highestIn(bucket) <= bounds[i]) {
                    seen += counts[bucket++];
                }
                result[i] = seen;
            }
            return result;
        }
    }
}
