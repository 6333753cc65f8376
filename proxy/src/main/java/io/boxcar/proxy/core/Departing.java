package io.boxcar.proxy.core;

/** What sends batches at the end of a turn. Owned by the event loop of its {@link LoopContext}. */
public interface Departing {
    /** Looks at what has come, and lets it leave or wait. Once a turn, after all reads. */
    void endOfTurn();

    /** It failed in its part of the turn because of a mistake of ours: it must start afresh. */
    void restart();
}
