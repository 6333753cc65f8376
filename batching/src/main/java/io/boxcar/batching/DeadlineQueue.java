package io.boxcar.batching;

import java.util.Arrays;

/**
 * Owned by one thread. Deadlines of requests that all have the same timeout, so the oldest request expires first and a
 * FIFO does what a heap or a timer per request would do.
 *
 * <p>An answered request leaves through {@link #removeThrough} when IDs rise, or else stays until its time is up and
 * is then found not to be in flight any more: the queue holds at most what was added within one timeout. The arrays are
 * made by the first add and double as needed; {@link #clear} gives them back.
 */
public final class DeadlineQueue {
    /** No ID: nothing has expired. */
    public static final long NONE = -1;

    private static final int INITIAL_SLOTS = 16;
    private static final long[] EMPTY = new long[0];

    private long[] ids = EMPTY;
    private long[] deadlinesNs = EMPTY;
    private int head;
    private int size;

    /** Adds an ID with its deadline, which is not before that of the previous one. */
    public void add(long id, long deadlineNs) {
        if (size == ids.length) {
            grow();
        }
        assert size == 0 || deadlineNs - deadlinesNs[slot(size - 1)] >= 0 : "deadlines must not fall";
        int slot = slot(size);
        ids[slot] = id;
        deadlinesNs[slot] = deadlineNs;
        size++;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** The earliest deadline; {@link Long#MAX_VALUE} when empty. */
    public long nextDeadlineNs() {
        return size == 0 ? Long.MAX_VALUE : deadlinesNs[head];
    }

    /** Removes and returns the oldest ID if its deadline is now or past, else {@link #NONE}. */
    public long pollExpired(long nowNs) {
        if (size == 0 || deadlinesNs[head] - nowNs > 0) {
            return NONE;
        }
        long id = ids[head];
        removeHead();
        return id;
    }

    /** Drops entries from the front while their ID is at most this one; for IDs that are added in rising order. */
    public void removeThrough(long id) {
        while (size > 0 && ids[head] <= id) {
            removeHead();
        }
    }

    /** Forgets everything, and gives the arrays back. */
    public void clear() {
        ids = EMPTY;
        deadlinesNs = EMPTY;
        head = 0;
        size = 0;
    }

    private void removeHead() {
        head = slot(1);
        size--;
    }

    /** Slot of the entry at this distance from the head. */
    private int slot(int offset) {
        return (head + offset) & (ids.length - 1);
    }

    private void grow() {
        int length = ids.length == 0 ? INITIAL_SLOTS : Math.multiplyExact(ids.length, 2);
        ids = unrolled(ids, length);
        deadlinesNs = unrolled(deadlinesNs, length);
        head = 0;
    }

    /** A longer copy that begins with the head. Only called when the array is full. */
    private long[] unrolled(long[] from, int length) {
        long[] to = Arrays.copyOfRange(from, head, head + length);
        // copyOfRange padded the end with zeros where the wrapped part belongs
        System.arraycopy(from, 0, to, from.length - head, head);
        return to;
    }
}
