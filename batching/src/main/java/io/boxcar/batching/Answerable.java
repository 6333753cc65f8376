package io.boxcar.batching;

/** Owned by the thread of the client connection it belongs to. Something that waits for its answer. */
public interface Answerable {
    /** Whether the answer, or the error in its place, is complete and may be handed over. Does not turn back to false. */
    boolean isAnswered();
}
