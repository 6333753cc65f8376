package io.boxcar.batching;

import java.util.List;

/** Told about batches that a {@link Batcher} could not deliver, so that nothing is dropped silently. */
@FunctionalInterface
public interface BatchFailure<E> {
    /** Called after the sink threw, on the same thread, with the batch as the sink left it. Should not throw. */
    void failed(List<E> batch, Throwable cause);
}
