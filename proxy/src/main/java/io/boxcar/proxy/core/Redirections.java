package io.boxcar.proxy.core;

import io.boxcar.batching.ResponseWindow;
import io.boxcar.metrics.FailureKind;
import io.boxcar.proxy.core.ReadGate.Reason;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What one client asked of an endpoint that does not serve it. Owned by the client's event loop.
 *
 * <pre>
 *   answered "MOVED", "ASK", or never sent -> held -> it is the client's oldest -> the lane that the redirection names
 * </pre>
 * A redirected request goes out again when all that its client asked before is answered, and nothing new goes out meanwhile: so none
 * overtakes another, however often their keys move.
 */
final class Redirections {
    /** After so many the last answer goes to the client. */
    static final int MAX = 16;

    /** When the upstream says "try again". */
    private static final long AGAIN_NS = 10_000_000;

    /** @param endpoint null if that shows only when it goes out */
    private record Held(Exchange exchange, @Nullable Endpoint endpoint) {}

    private final ClientRequests requests;
    private final ClientConnection client;
    private final ClientLanes lanes;
    private final ResponseWindow<Exchange> window;
    private final ReadGate gate;
    private final Upstream upstream;
    private final ArrayDeque<Held> held = new ArrayDeque<>(0);

    Redirections(
            ClientRequests requests,
            ClientConnection client,
            ClientLanes lanes,
            ResponseWindow<Exchange> window,
            ReadGate gate) {
        this.requests = requests;
        this.client = client;
        this.lanes = lanes;
        this.window = window;
        this.gate = gate;
        this.upstream = client.upstream();
    }

    /** Takes an exchange that has come back, if another endpoint must answer it. */
    boolean take(Exchange exchange) {
        ByteBuf response = exchange.response;
        if (exchange.isAsking && exchange.failure == null && response != null) {
            upstream.protocol().skipFirst(response);
        }
        if (exchange.streaming || exchange.request == null) {
            return false;
        }
        Endpoint asked = exchange.passenger().lane.endpoint();
        if (exchange.failure == FailureKind.UNREACHABLE || exchange.failure == FailureKind.QUEUE_TIMEOUT) {
            boolean hasMoved = lanes.endpoint(exchange.place) != asked && exchange.redirections < MAX;
            if (hasMoved) {
                hold(exchange, null, false);
            }
            return hasMoved;
        }
        if (exchange.failure != null || response == null) {
            return false;
        }
        Redirection to = upstream.protocol().redirection(response, exchange.transaction, asked.address());
        if (to == null) {
            return false;
        }
        if (exchange.redirections >= MAX) {
            if (to.kind() != Redirection.Kind.AGAIN) {
                giveUp(exchange, asked, to);
            }
            return false;
        }
        return switch (to.kind()) {
            case MOVED, ASK -> {
                hold(exchange, upstream.redirected(to), to.kind() == Redirection.Kind.ASK);
                yield true;
            }
            case AGAIN -> holdForAWhile(exchange);
        };
    }

    /** A client that knows of no cluster could do nothing with the redirection itself. */
    private static void giveUp(Exchange exchange, Endpoint asked, Redirection to) {
        exchange.dropResponse();
        exchange.isAsking = false;
        exchange.remaining = exchange.expected;
        exchange.failure = FailureKind.UNREACHABLE;
        exchange.failureDetail =
                "not executed: redirected " + MAX + " times, the last time from " + asked + " to " + to.address();
    }

    private void hold(Exchange exchange, @Nullable Endpoint endpoint, boolean asking) {
        prepare(exchange, asking);
        held.add(new Held(exchange, endpoint));
    }

    private void prepare(Exchange exchange, boolean asking) {
        gate.close(Reason.TURNOUT);
        client.metrics().redirected.increment();
        exchange.redirections++;
        exchange.failure = null;
        exchange.failureDetail = null;
        exchange.isAsking = asking;
        exchange.dropResponse();
        exchange.isAwaitedAgain();
    }

    /** Only the client's last request can wait without being overtaken. */
    private boolean holdForAWhile(Exchange exchange) {
        if (window.tail() != whole(exchange)) {
            return false;
        }
        prepare(exchange, false);
        LoopContext context = client.context();
        var unused = context.loop()
                .schedule(
                        () -> {
                            if (requests.isClosed()) {
                                requests.isGone(exchange);
                            } else {
                                held.add(new Held(exchange, null));
                                send();
                            }
                        },
                        AGAIN_NS,
                        TimeUnit.NANOSECONDS);
        return true;
    }

    private static Exchange whole(Exchange exchange) {
        Gathering gathering = exchange.gathering;
        return gathering == null ? exchange : gathering.whole();
    }

    /** Sends those whose turn it is. */
    void send() {
        if (held.isEmpty()) {
            return;
        }
        Exchange oldest = window.head();
        for (int i = held.size(); i > 0; i--) {
            Held next = held.remove();
            if (whole(next.exchange) == oldest) {
                Endpoint named = next.endpoint;
                Endpoint endpoint = named == null ? lanes.endpoint(next.exchange.place) : named;
                next.exchange.passenger = lanes.to(endpoint);
                requests.send(next.exchange);
            } else {
                held.add(next);
            }
        }
    }

    /** The client is gone: what is held here, for the caller to end. */
    List<Exchange> takeHeld() {
        List<Exchange> exchanges = new ArrayList<>();
        held.forEach(one -> exchanges.add(one.exchange));
        held.clear();
        return exchanges;
    }
}
