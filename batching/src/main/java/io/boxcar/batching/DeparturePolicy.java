package io.boxcar.batching;

import org.jspecify.annotations.Nullable;

/**
 * Immutable, for any thread. Decides whether a batch leaves now or waits for more: a pure function of what is queued, what is in
 * flight, who is active and what was learned.
 *
 * <p>The first line that applies decides:
 *
 * <pre>
 *   nothing is queued                                            wait
 *   max requests or max bytes aboard                             FULL
 *   latency mode, or at most two clients active                  END_OF_TURN
 *   the target is aboard                                         TARGET
 *   nothing in flight, and every active client aboard            ALL_ABOARD
 *   the oldest request has waited its linger                     LINGER
 *   otherwise                                                    wait
 * </pre>
 *
 * @param mode how much waiting is worth
 * @param maxRequests the most requests in a batch, at least 1
 * @param maxBytes the bytes at which a batch leaves, at least 1; a single request may be larger
 * @param maxLingerNs the longest time in nanoseconds that a request may be held back, in any mode
 */
public record DeparturePolicy(Mode mode, int maxRequests, int maxBytes, long maxLingerNs) {
    /** So few active clients that gathering cannot pay: each would only be held up by the other. */
    private static final int FEW_CLIENTS = 2;

    /** Balanced target: this part of the active clients. Some are always busy elsewhere, so all would be too many. */
    private static final int TARGET_NUMERATOR = 5;

    private static final int TARGET_DENOMINATOR = 8;

    /** Balanced target at most: beyond it, the upstream's cost per request hardly falls any more. */
    private static final int MAX_BALANCED_TARGET = 128;

    /** How much waiting is worth. */
    public enum Mode {
        /** Never wait: batches are what one event-loop turn brings. */
        LATENCY,
        /** Wait in proportion to what is going on; target and linger are learned. */
        BALANCED,
        /** Wait up to the configured limits. */
        THROUGHPUT
    }

    public DeparturePolicy {
        if (maxRequests < 1) {
            throw new IllegalArgumentException("max requests must be at least 1, not " + maxRequests);
        }
        if (maxBytes < 1) {
            throw new IllegalArgumentException("max bytes must be at least 1, not " + maxBytes);
        }
        if (maxLingerNs < 0) {
            throw new IllegalArgumentException("max linger must not be negative, and is " + maxLingerNs + " ns");
        }
    }

    /**
     * Why the batch leaves now, or null to wait: then ask again when something arrives or answers come, at the latest
     * after {@code lingerNs(roundTripNs) - oldestAgeNs}. Asked at the end of each event-loop turn. Never
     * {@link DepartureReason#EXPLICIT}.
     *
     * @param queued requests that wait to leave
     * @param queuedBytes their bytes
     * @param inFlight requests that have left and are not answered
     * @param activeClients clients that sent anything lately
     * @param clientsAboard different clients among those that wait to leave
     * @param oldestAgeNs how long the oldest has waited
     * @param roundTripNs how long the upstream takes to answer on this lane, 0 when nothing is known yet
     */
    public @Nullable DepartureReason decide(
            int queued,
            int queuedBytes,
            int inFlight,
            int activeClients,
            int clientsAboard,
            long oldestAgeNs,
            long roundTripNs) {
        if (queued == 0) {
            return null;
        }
        if (queued >= maxRequests || queuedBytes >= maxBytes) {
            return DepartureReason.FULL;
        }
        if (mode == Mode.LATENCY || activeClients <= FEW_CLIENTS) {
            return DepartureReason.END_OF_TURN;
        }
        if (queued >= target(activeClients)) {
            return DepartureReason.TARGET;
        }
        if (inFlight == 0 && clientsAboard >= activeClients) {
            return DepartureReason.ALL_ABOARD;
        }
        if (oldestAgeNs >= lingerNs(roundTripNs)) {
            return DepartureReason.LINGER;
        }
        return null;
    }

    /** Requests worth waiting for, 1 to {@code maxRequests}, when this many clients are active. */
    public int target(int activeClients) {
        return switch (mode) {
            case LATENCY -> 1;
            case BALANCED -> {
                long part = (long) activeClients * TARGET_NUMERATOR / TARGET_DENOMINATOR;
                yield (int) Math.clamp(part, 1, Math.min(MAX_BALANCED_TARGET, maxRequests));
            }
            case THROUGHPUT -> maxRequests;
        };
    }

    /** The longest wait of the oldest request in nanoseconds, when answers take {@code roundTripNs} (0: unknown). */
    public long lingerNs(long roundTripNs) {
        return switch (mode) {
            case LATENCY -> 0;
            // Not longer than the answer itself takes, which the wait does not lengthen: so at most half of the whole.
            case BALANCED -> Math.min(maxLingerNs, roundTripNs);
            case THROUGHPUT -> maxLingerNs;
        };
    }
}
