package io.boxcar.proxy.core;

/** What has written something in this turn. Owned by the event loop of its {@link LoopContext}. */
public interface Flushing {
    /** At the end of the turn: everything written since the last flush leaves. */
    void flush();
}
