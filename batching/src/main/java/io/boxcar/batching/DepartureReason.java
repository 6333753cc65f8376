package io.boxcar.batching;

/** Why a batch left when it did. */
public enum DepartureReason {
    /** Waiting was not worth it, so the batch left at the end of the event-loop turn that filled it. */
    END_OF_TURN,
    /** As many requests were aboard as were worth waiting for. */
    TARGET,
    /** The batch reached the configured number of requests or bytes. */
    FULL,
    /** The oldest request had waited as long as a request may. */
    LINGER,
    /** Nothing was in flight and every active client was aboard, so nobody was left to wait for. */
    ALL_ABOARD,
    /** Somebody asked for the batch to leave, as before a drain; no rule decided it. */
    EXPLICIT
}
