package io.boxcar.batching;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Owned by the consumer of a {@link Batcher}. Takes elements up from the ring, cuts them into batches and delivers
 * those.
 *
 * <p>Elements carry no time stamp. The oldest of a batch counts as arrived when the ring was last seen empty before it:
 * exact when the consumer waited, and too early, never too late, when the sink kept it from looking.
 */
final class BatchAssembly<E> {
    final Counter batches = new Counter();
    final Counter delivered = new Counter();
    final Counter failed = new Counter();

    private final BatcherOptions<E> options;
    private final BatchSink<E> sink;
    private final BatchFailure<E> failure;
    private final LongSupplier clockNs;

    /** Whether one list serves all batches. */
    private final boolean reuses;

    private final Object[] taken;
    private int takenCount;
    private final Consumer<Object> take = this::take;

    private List<E> batch = new ArrayList<>();
    private long batchBytes;
    private long oldestNs;
    private long takenUpNs;
    private long takenArrivedNs;
    private long seenEmptyNs;

    BatchAssembly(
            BatcherOptions<E> options,
            BatchSink<E> sink,
            BatchFailure<E> failure,
            boolean reuses,
            int capacity,
            LongSupplier clockNs) {
        this.options = options;
        this.sink = sink;
        this.failure = failure;
        this.reuses = reuses;
        this.taken = new Object[Math.min(options.maxCount(), capacity)];
        this.clockNs = clockNs;
        this.seenEmptyNs = clockNs.getAsLong();
    }

    /** Takes up to a batch from the ring, whose slots are then free. Returns how many items; deliverDue goes on. */
    int takeUp(BatchRing<Object> ring) {
        int limit = taken.length;
        long nowNs = clockNs.getAsLong();
        takenUpNs = nowNs;
        int count = ring.drain(limit, take);
        takenArrivedNs = seenEmptyNs;
        if (count < limit) {
            seenEmptyNs = nowNs;
        }
        return count;
    }

    /** When the last take-up began. */
    long takenUpNs() {
        return takenUpNs;
    }

    private void take(Object item) {
        taken[takenCount++] = item;
    }

    /** The consumer waited with an empty ring until now. */
    void awoke() {
        seenEmptyNs = clockNs.getAsLong();
    }

    /** Cuts what was taken up into batches, and delivers those that have reached a limit. */
    void deliverDue() {
        for (int i = 0; i < takenCount; i++) {
            Object item = taken[i];
            if (item instanceof Flush flush) {
                deliverAll();
                flush.delivered.countDown();
            } else {
                @SuppressWarnings("unchecked") // Batcher puts in nothing else
                E element = (E) item;
                gather(element);
            }
        }
        Arrays.fill(taken, 0, takenCount, null);
        takenCount = 0;
        if (!batch.isEmpty() && remainingNs() <= 0) {
            deliverAll();
        }
    }

    /** Delivers what is gathered, due or not. */
    void deliverAll() {
        if (batch.isEmpty()) {
            return;
        }
        List<E> leaving = batch;
        int count = leaving.size();
        if (!reuses) {
            batch = new ArrayList<>(count);
        }
        batchBytes = 0;
        batches.increment();
        try {
            sink.accept(leaving);
            delivered.add(count);
        } catch (Throwable t) {
            fail(leaving, count, t);
        }
        if (reuses) {
            leaving.clear();
        }
    }

    /** How long the batch may still gather; {@link Long#MAX_VALUE} when nothing is in it. */
    long remainingNs() {
        return batch.isEmpty() ? Long.MAX_VALUE : options.maxAgeNs() - (clockNs.getAsLong() - oldestNs);
    }

    private void gather(E element) {
        int bytes;
        try {
            bytes = options.sizer().applyAsInt(element);
        } catch (Throwable t) {
            fail(List.of(element), 1, t);
            return;
        }
        if (batchBytes + bytes > options.maxBytes()) {
            deliverAll();
        }
        if (batch.isEmpty()) {
            oldestNs = takenArrivedNs;
        }
        batch.add(element);
        batchBytes += bytes;
        if (batch.size() >= options.maxCount() || batchBytes >= options.maxBytes()) {
            deliverAll();
        }
    }

    private void fail(List<E> elements, int count, Throwable cause) {
        failed.add(count);
        try {
            failure.failed(elements, cause);
        } catch (Throwable t) {
            // The consumer must live on for the other elements; this is the last place where it can be heard.
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, t);
        }
    }

    /** Travels through the ring behind what was added before it. */
    static final class Flush {
        private final CountDownLatch delivered = new CountDownLatch(1);

        void await() throws InterruptedException {
            delivered.await();
        }
    }
}
