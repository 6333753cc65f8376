package io.boxcar.proxy.core;

/**
 * The reasons why a client is not read at the moment. Owned by the client's event loop. The gate is open while there is no
 * reason; whoever adds a reason takes it away again.
 */
final class ReadGate {
    /** Why requests wait. */
    enum Reason {
        /** As many requests as allowed are outstanding. Cleared when a response is written. */
        WINDOW,
        /** The lane's ring, or this event loop's share of exchanges, is full. Cleared when there is room again. */
        ROOM,
        /** The client does not read its responses. Cleared when it does. */
        UNWRITABLE,
        /** What comes next travels another way, where it could overtake. Cleared when everything outstanding is answered. */
        TURNOUT,
        /** A pinned connection is waited for, or responses on it are. Cleared when that is over. */
        PINNED,
        /** The client's pinned connection takes no more bytes for now. Cleared when it does. */
        PINNED_UNWRITABLE,
        /** Boxcar is shutting down, or the client said goodbye. Never cleared. */
        CLOSING
    }

    private int reasons;

    boolean isOpen() {
        return reasons == 0;
    }

    boolean isClosedBy(Reason reason) {
        return (reasons & bit(reason)) != 0;
    }

    void close(Reason reason) {
        reasons |= bit(reason);
    }

    void open(Reason reason) {
        reasons &= ~bit(reason);
    }

    private static int bit(Reason reason) {
        return 1 << reason.ordinal();
    }
}
