package io.boxcar.proxy.accesslog;

/**
 * One departure of a lane, for the lines of those that were in it. Made by the lane's event loop, one for each departure while
 * the log is on; read by the clients' loops once the exchange has come back.
 */
public final class Batch {
    /** Requests that left together; 0 until they have left. */
    public int size;

    /** Unique in this process: the number of the event loop, and of its departure. */
    final long id;

    Batch(long id) {
        this.id = id;
    }
}
