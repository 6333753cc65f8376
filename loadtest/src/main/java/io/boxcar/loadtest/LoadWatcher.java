package io.boxcar.loadtest;

import java.io.IOException;

/** Hears of the stages of a load, on the thread that runs it; whatever it does delays the load. */
public interface LoadWatcher {
    /** Called when the warm-up is over. */
    default void windowOpened() throws IOException {}

    /** Called at the end of the measured window, with all connections still open and busy. */
    default void windowClosed() throws IOException {}

    /** Called about ten times a second with the number of responses so far. */
    default void progress(long responses) {}

    /** Called about once a second with what has happened since the last time. */
    default void second(TimeSlice lately) {}

    /** Called when no more responses will come, with the number of all since the first connection, the warm-up's included. */
    default void ended(long responses) {}
}
