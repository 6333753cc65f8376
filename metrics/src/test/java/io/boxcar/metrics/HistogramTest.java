package io.boxcar.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.boxcar.batching.DepartureReason;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class HistogramTest {

    private static final double[] QUANTILES = {0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1};

    @Test
    void quantilesAreNeverTooLowAndAtMostOneSixteenthTooHigh() {
        for (long seed = 1; seed <= 50; seed++) {
            Random random = new Random(seed);
            int bits = 1 + random.nextInt(63);
            long[] values = new long[1 + random.nextInt(5_000)];
            Histogram histogram = new Histogram();
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextLong() >>> (64 - 1 - random.nextInt(bits));
                histogram.record(values[i]);
            }
            Arrays.sort(values);
            for (double quantile : QUANTILES) {
                long exact = values[Math.max(1, (int) Math.ceil(quantile * values.length)) - 1];
                long reported = histogram.valueAtQuantile(quantile);
                assertTrue(
                        reported >= exact && reported - exact <= exact / 16,
                        "seed " + seed + ", quantile " + quantile + ": " + reported + " for " + exact);
            }
            assertEquals(values.length, histogram.count(), "seed " + seed);
        }
    }

    @Test
    void everyValueLiesInItsBucket() {
        Random random = new Random(7);
        for (int i = 0; i < 1_000_000; i++) {
            long value = random.nextLong() >>> (1 + random.nextInt(63));
            int bucket = Histogram.bucketOf(value);
            assertTrue(value <= Histogram.highestIn(bucket), () -> value + " is above its bucket");
            assertTrue(bucket == 0 || value > Histogram.highestIn(bucket - 1), () -> value + " is below its bucket");
        }
    }

    @Test
    void bucketsAscendAndEndWithTheGreatestLong() {
        for (int bucket = 1; bucket < Histogram.BUCKETS; bucket++) {
            assertTrue(Histogram.highestIn(bucket) > Histogram.highestIn(bucket - 1));
        }
        assertEquals(Long.MAX_VALUE, Histogram.highestIn(Histogram.BUCKETS - 1));
        assertEquals(Histogram.BUCKETS - 1, Histogram.bucketOf(Long.MAX_VALUE));
    }

    @Test
    void smallNumbersAndPowersOfTwoAreExact() {
        for (long value = 0; value <= 32; value++) {
            assertEquals(value, onlyValueOf(value));
        }
        for (int bit = 0; bit < 63; bit++) {
            assertEquals(1L << bit, onlyValueOf(1L << bit));
        }
    }

    @Test
    void negativeValuesCountAsZero() {
        Histogram histogram = new Histogram();
        histogram.record(-1);
        histogram.record(Long.MIN_VALUE);
        assertEquals(2, histogram.count());
        assertEquals(0, histogram.sum());
        assertEquals(0, histogram.valueAtQuantile(1));
    }

    @Test
    void theSumStartsAgainInsteadOfBecomingNegative() {
        Histogram histogram = new Histogram();
        histogram.record(Long.MAX_VALUE);
        histogram.record(11);
        assertEquals(10, histogram.sum());
        assertEquals(2, histogram.count());
    }

    @Test
    void anEmptyHistogramReportsZero() {
        Histogram.Snapshot snapshot = new Histogram.Snapshot();
        snapshot.add(new Histogram());
        assertEquals(0, snapshot.count());
        assertEquals(0, snapshot.mean());
        assertEquals(0, snapshot.valueAtQuantile(0.5));
    }

    @Test
    void aQuantileOutsideZeroToOneIsRefused() {
        Histogram histogram = new Histogram();
        for (double quantile : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> histogram.valueAtQuantile(quantile));
        }
    }

    @Test
    void aSnapshotAddsHistogramsUp() {
        Histogram low = new Histogram();
        Histogram high = new Histogram();
        for (int i = 0; i < 99; i++) {
            low.record(1);
        }
        high.record(1024);
        Histogram.Snapshot snapshot = new Histogram.Snapshot();
        snapshot.add(low);
        snapshot.add(high);
        assertEquals(100, snapshot.count());
        assertEquals(99 + 1024, snapshot.sum());
        assertEquals(1, snapshot.valueAtQuantile(0.99));
        assertEquals(1024, snapshot.valueAtQuantile(1));
    }

    @Test
    void aBucketThatABoundCutsCountsAsAboveIt() {
        Histogram histogram = new Histogram();
        histogram.record(64);
        histogram.record(65); // in the bucket 65-68
        Histogram.Snapshot snapshot = new Histogram.Snapshot();
        snapshot.add(histogram);
        assertArrayEquals(new long[] {0, 1, 1, 2}, snapshot.countsUpTo(new long[] {63, 64, 66, 68}));
    }

    @Test
    void readersSeeCountsThatOnlyGrowWhileTheWriterRecords() throws Exception {
        Histogram histogram = new Histogram();
        int records = 2_000_000;
        AtomicBoolean done = new AtomicBoolean();
        Callable<Integer> reader = () -> {
            long lastCount = 0;
            int reads = 0;
            boolean last;
            do {
                last = done.get();
                Histogram.Snapshot snapshot = new Histogram.Snapshot();
                snapshot.add(histogram);
                assertTrue(snapshot.count() >= lastCount);
                assertTrue(snapshot.sum() <= snapshot.count() * 100.0, "a value was in the sum before it was counted");
                assertTrue(snapshot.valueAtQuantile(1) <= 100);
                lastCount = snapshot.count();
                reads++;
            } while (!last);
            assertEquals(records, lastCount);
            return reads;
        };
        try (ExecutorService readers = Executors.newFixedThreadPool(2)) {
            Future<Integer> first = readers.submit(reader);
            Future<Integer> second = readers.submit(reader);
            try {
                for (int i = 0; i < records; i++) {
                    histogram.record(100);
                }
            } finally {
                done.set(true);
            }
            assertTrue(first.get() > 0 && second.get() > 0);
        }
        assertEquals(100L * records, histogram.sum());
    }

    @Test
    void recordingAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        LaneMetrics lane = new LaneMetrics("redis-main", "127.0.0.1:6379");
        ListenerMetrics listener = new ListenerMetrics("cache");
        recordMany(lane, listener);
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) { // the compiler may replace code, and what it runs on, in one of them
            long before = threads.getCurrentThreadAllocatedBytes();
            recordMany(lane, listener);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least);
    }

    private static void recordMany(LaneMetrics lane, ListenerMetrics listener) {
        for (int i = 0; i < 100_000; i++) {
            lane.requests.increment();
            lane.bytesOut.add(i);
            lane.inFlight.set(i);
            lane.departures(DepartureReason.FULL).increment();
            lane.roundTripNs.record(i * 1_000L);
            listener.errors(FailureKind.OVERLOADED).increment();
            listener.totalTimeNs.record(i);
        }
    }

    private static long onlyValueOf(long value) {
        Histogram histogram = new Histogram();
        histogram.record(value);
        return histogram.valueAtQuantile(0.5);
    }
}
