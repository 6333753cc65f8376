package io.boxcar.batching;

import java.util.List;

/** Where a {@link Batcher} delivers its batches, one at a time. */
@FunctionalInterface
public interface BatchSink<E> {
    /**
     * Takes a batch, in the order of adding, never empty. The list belongs to the sink and is not used again, unless
     * the batcher was started with {@link Batcher#startReusing}. What is thrown here becomes the fate of each element of this batch, and of no other.
     */
    void accept(List<E> batch) throws Exception;
}
