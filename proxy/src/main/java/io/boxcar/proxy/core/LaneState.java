package io.boxcar.proxy.core;

/** Where a lane stands with its upstream connection. */
public enum LaneState {
    CONNECTING,
    /** Connected; what must be said first has been sent. */
    HANDSHAKING,
    READY,
    /** The last connection failed or was lost; the next attempt waits for its time. */
    BACKING_OFF,
    /** Shutting down: what is in flight is still answered, nothing new is sent. */
    DRAINING,
    CLOSED
}
