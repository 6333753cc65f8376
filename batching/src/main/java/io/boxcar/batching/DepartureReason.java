package io.boxcar.batching;

/** Why a batch left. */
public enum DepartureReason {
    /** The event-loop turn ended and nothing asked for a wait. */
    END_OF_TURN,
    /** The target number of requests was aboard. */
    TARGET,
    /** The batch had reached its most requests or bytes. */
    FULL,
    /** The oldest request had waited its linger. */
    LINGER,
    /** Nothing was in flight and every client that was active lately was already aboard. */
    ALL_ABOARD,
    /** The caller asked for it. */
    EXPLICIT
}
