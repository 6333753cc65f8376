package io.boxcar.batching;

import java.util.function.ToIntFunction;

/**
 * Immutable. When a {@link Batcher} delivers and how much it holds: a batch leaves at the first of its limits.
 *
 * @param name of the consumer thread
 * @param maxCount the most elements in a batch, at least 1
 * @param maxBytes the most bytes in a batch, at least 1; an element that alone is larger is a batch of its own
 * @param sizer size of an element in bytes, called once per element on the consumer thread; not negative
 * @param maxAgeNs how long in nanoseconds an element may wait for others; 0: as soon as nothing else is waiting
 * @param capacity elements that may wait to be taken up, at least 1, rounded up to a power of two. Besides those the
 *     batcher holds at most two batches: one that is delivered or gathered, and what it has just taken up
 */
public record BatcherOptions<E>(
        String name, int maxCount, long maxBytes, ToIntFunction<? super E> sizer, long maxAgeNs, int capacity) {
    public BatcherOptions {
        if (maxCount < 1 || maxBytes < 1 || capacity < 1) {
            throw new IllegalArgumentException("max count, max bytes and capacity must be at least 1, and are "
                    + maxCount + ", " + maxBytes + " and " + capacity);
        }
        if (maxAgeNs < 0) {
            throw new IllegalArgumentException("max age must not be negative, and is " + maxAgeNs + " ns");
        }
    }

    /** Options without a limit in bytes. */
    public static <E> BatcherOptions<E> byCount(String name, int maxCount, long maxAgeNs, int capacity) {
        return new BatcherOptions<>(name, maxCount, Long.MAX_VALUE, element -> 0, maxAgeNs, capacity);
    }
}
