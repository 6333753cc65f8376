package io.boxcar.proxy.core;

import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.LaneMetrics;
import java.util.ArrayList;
import java.util.List;

/**
 * What becomes of requests when a connection is lost. Owned by the lane's event loop.
 *
 * <pre>
 *   written, answer missing -> repeatable, first time, no write of the same client around it -> sent again
 *                           -> else "outcome unknown"
 *   not written             -> behind such a one of the same client, which does not know yet -> "not sent"
 *                           -> else sent on the next connection
 * </pre>
 */
final class Losses {
    /** What the client is told of a request behind a loss. */
    static final String NOT_SENT = "not sent: the outcome of an earlier request of this connection is unknown";

    private final Endpoint endpoint;
    private final LoopContext context;
    private final LaneMetrics metrics;
    private int losses;

    Losses(Endpoint endpoint, LoopContext context, LaneMetrics metrics) {
        this.endpoint = endpoint;
        this.context = context;
        this.metrics = metrics;
    }

    /**
     * Settles what was in flight, given oldest first. Those to be sent again are returned in that order; the others have been
     * handed back.
     */
    List<Exchange> settle(List<Exchange> inFlight, String why, boolean mayRepeat) {
        losses++;
        // Newest to oldest: a write makes what the same client sent before it unrepeatable, for it may have been
        // executed.
        for (Exchange exchange : inFlight.reversed()) {
            Passenger passenger = exchange.passenger;
            if (passenger != null && !exchange.repeatable) {
                passenger.lossWithWrite = losses;
            }
            exchange.repeatable &= passenger != null && passenger.lossWithWrite != losses;
        }
        long nowNs = context.nowNs();
        List<Exchange> again = new ArrayList<>();
        for (Exchange exchange : inFlight) {
            Passenger passenger = exchange.passenger;
            if (passenger == null) {
                context.releaseTombstone(exchange);
            } else if (mayRepeat
                    && exchange.repeatable
                    && !exchange.resent
                    && !exchange.streaming
                    && !isBehindOne(exchange)) {
                exchange.repeatFrom(nowNs);
                metrics.resent.add(exchange.remaining);
                again.add(exchange);
            } else {
                passenger.lostEpoch = Math.max(passenger.lostEpoch, exchange.epoch);
                failUnknown(exchange, why);
            }
        }
        return again;
    }

    /** Whether an earlier request of the same client was lost, and the client did not know when it sent this one. */
    static boolean isBehindOne(Exchange exchange) {
        Passenger passenger = exchange.passenger;
        return passenger != null && exchange.epoch <= passenger.lostEpoch;
    }

    /** Hands back one that {@link #isBehindOne}. */
    void fail(Exchange exchange) {
        if (exchange.resent) {
            failUnknown(exchange, "together with others that may have been executed");
        } else {
            Lane.fail(exchange, FailureKind.SKIPPED, NOT_SENT);
        }
    }

    private void failUnknown(Exchange exchange, String why) {
        metrics.lost.add(exchange.remaining);
        Lane.fail(
                exchange,
                FailureKind.OUTCOME_UNKNOWN,
                "outcome unknown: the connection to upstream " + endpoint + " was lost after the request was sent: "
                        + why);
    }
}
