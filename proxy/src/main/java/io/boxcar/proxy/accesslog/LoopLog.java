package io.boxcar.proxy.accesslog;

import io.boxcar.batching.BatchRing;
import io.boxcar.metrics.AccessLogMetrics;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The access log of one event loop, which owns it; only {@link #giveBack} is for the writer's thread. */
public final class LoopLog {
    private static final int LOOP_SHIFT = 48;

    private final int maxEntries;
    private final double sample;
    private final boolean logsErrors;
    private final SplittableRandom random;
    private final BatchRing<AccessEntry> queue;
    private final BatchRing<AccessEntry> returned;
    private final AccessLogMetrics metrics = new AccessLogMetrics();
    private final Consumer<AccessEntry> take = this::put;

    private AccessEntry[] pool = new AccessEntry[16];
    private int pooled;
    private int made;
    private long batches;

    /**
     * @param number of the loop, from 0
     * @param maxEntries outstanding or waiting to be written
     * @param queue to the writer, with room for the entries of all loops
     */
    LoopLog(
            int number,
            int maxEntries,
            double sample,
            boolean logsErrors,
            SplittableRandom random,
            BatchRing<AccessEntry> queue) {
        this.batches = (long) number << LOOP_SHIFT;
        this.maxEntries = maxEntries;
        this.sample = sample;
        this.logsErrors = logsErrors;
        this.random = random;
        this.queue = queue;
        this.returned = new BatchRing<>(maxEntries, () -> {});
    }

    AccessLogMetrics metrics() {
        return metrics;
    }

    /** The next departure of a lane of this loop. */
    public Batch newBatch() {
        return new Batch(batches++);
    }

    /** An entry to be filled; null if it will not be written, or all are in use. */
    @Nullable
    AccessEntry take() {
        boolean isSampled = sample == 1 || sample > 0 && random.nextDouble() < sample;
        if (!isSampled && !logsErrors) {
            return null;
        }
        if (pooled == 0) {
            returned.drain(maxEntries, take);
        }
        AccessEntry entry;
        if (pooled > 0) {
            entry = pool[--pooled];
        } else if (made < maxEntries) {
            made++;
            entry = new AccessEntry(this);
        } else {
            if (isSampled) {
                metrics.dropped.increment();
            }
            return null;
        }
        entry.isSampled = isSampled;
        return entry;
    }

    void finish(AccessEntry entry) {
        assert entry.home == this;
        if (!entry.isSampled && !(logsErrors && entry.isError())) {
            entry.clear();
            put(entry);
        } else if (!queue.offer(entry)) {
            throw new IllegalStateException("the queue of the access log has room for all entries there are");
        }
    }

    private void put(AccessEntry entry) {
        if (pooled == pool.length) {
            pool = Arrays.copyOf(pool, 2 * pooled);
        }
        pool[pooled++] = entry;
    }

    /** The writer has done with it. Writer's thread. */
    void giveBack(AccessEntry entry) {
        entry.clear();
        if (!returned.offer(entry)) {
            throw new IllegalStateException("more entries of the access log came back than there are");
        }
    }
}
