package io.boxcar.proxy.core;

import io.boxcar.metrics.LaneState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lanes that one client uses: usually one, for its whole life; with a slow lane two; with several endpoints one to each. Owned
 * by the client's event loop.
 *
 * <p>What a client sends for one place must not overtake what it sent before. It cannot on one lane. So whenever a place may
 * have changed its lane (another identity, other routes, the slow lane and back), everything outstanding is answered first.
 */
final class ClientLanes {
    private final ClientConnection client;
    private final Upstream upstream;
    private final long number;
    private final List<Passenger> aboard = new ArrayList<>(1);

    /** Exchanges that found their lane full, in order. */
    private @Nullable ArrayDeque<Exchange> stalled;

    private Identity identity;
    private Routes routes;
    private boolean slow;

    /** The only one there can be, or null. */
    private @Nullable Passenger only;

    /** On the spare of the only lane, if the client was ever there. */
    private @Nullable Passenger past;

    /** Whether what is outstanding is on the spare. */
    private boolean goesPast;

    ClientLanes(ClientConnection client, Upstream upstream, long number, Identity identity) {
        this.client = client;
        this.upstream = upstream;
        this.number = number;
        this.identity = identity;
        this.routes = upstream.routes();
    }

    /** Goes over to the lanes of this identity; nothing is outstanding. */
    void take(Identity next) {
        if (!next.equals(identity)) {
            leave();
            identity = next;
        }
    }

    /** Whether the request at the head may go now; if not, everything outstanding must be answered first. */
    boolean mayGo(boolean isSlow, boolean read, boolean nothingOutstanding) {
        if (only == null && upstream.isSingle() && !upstream.hasSlowLanes()) {
            to(endpoint(RequestDecoder.ANYWHERE));
        }
        Passenger mine = only;
        if (mine != null) {
            return mayGo(mine, read, nothingOutstanding);
        }
        Routes now = upstream.routes();
        boolean changesLane = isSlow != slow && upstream.hasSlowLanes();
        if (now == routes && !changesLane) {
            return true;
        }
        if (!nothingOutstanding) {
            return false;
        }
        if (now != routes) {
            leave();
            routes = now;
        }
        slow = isSlow;
        return true;
    }

    /**
     * Chooses between the only lane and, while that is held up, its spare, where the upstream has answered. Only a read goes
     * there, and only when the client waits for nothing on the other one, so nothing is overtaken.
     */
    private boolean mayGo(Passenger mine, boolean read, boolean nothingOutstanding) {
        if (!goesPast && !mine.lane.isHeldUp()) {
            return true;
        }
        Lane spare = mine.lane.isHeldUp() ? mine.lane.spare() : null;
        boolean wantsPast = read && spare != null && spare.state() == LaneState.READY;
        if (wantsPast == goesPast || !goesPast && !nothingOutstanding) {
            return true;
        }
        if (!nothingOutstanding) {
            return false;
        }
        goesPast = wantsPast;
        if (past == null && spare != null) {
            past = new Passenger(client, spare, false);
        }
        return true;
    }

    /** What the upstream would say to a read now, if it refuses whatever does not wait on the lane that is held up. */
    @Nullable
    String refusal() {
        Passenger mine = only;
        Lane spare = mine != null && mine.lane.isHeldUp() ? mine.lane.spare() : null;
        String said = spare == null ? null : spare.refusal();
        return said != null && identity.isSaidToAll(said) ? said : null;
    }

    /** The lane for this place, for one that {@link #mayGo}. */
    Passenger forPlace(int place, boolean read) {
        Passenger p = goesPast ? past : only;
        return p != null ? p : to(read ? routes.forReads(place, number) : routes.primary(place, number));
    }

    /** The lane to this endpoint. */
    Passenger to(Endpoint endpoint) {
        for (int i = 0; i < aboard.size(); i++) {
            Passenger p = aboard.get(i);
            if (p.lane.endpoint() == endpoint && (p.isSlow == slow || !upstream.hasSlowLanes())) {
                return p;
            }
        }
        Passenger p = new Passenger(client, endpoint.board(identity, number, slow), slow);
        aboard.add(p);
        if (upstream.isSingle() && !upstream.hasSlowLanes()) {
            only = p;
        }
        return p;
    }

    /** Whether all goes over one lane, so that no response can overtake another. */
    boolean isSingle() {
        return only != null;
    }

    /** Which endpoint serves this place now. */
    Endpoint endpoint(int place) {
        return upstream.routes().primary(place, number);
    }

    /** Puts the exchange on its lane, or behind those that found theirs full; false asks to wait for {@link #resume}. */
    boolean offer(Exchange exchange) {
        ArrayDeque<Exchange> before = stalled;
        Lane lane = exchange.passenger().lane;
        if ((before == null || before.isEmpty()) && lane.offer(exchange)) {
            return true;
        }
        if (before == null) {
            before = new ArrayDeque<>();
            stalled = before;
        }
        before.add(exchange);
        lane.wakeWhenRoom(client.context());
        return false;
    }

    /** There may be room again: whether all that waited for it is on its lane now. */
    boolean resume() {
        ArrayDeque<Exchange> waiting = stalled;
        if (waiting == null) {
            return true;
        }
        Exchange exchange;
        while ((exchange = waiting.peek()) != null) {
            Lane lane = exchange.passenger().lane;
            if (!lane.offer(exchange)) {
                lane.wakeWhenRoom(client.context());
                return false;
            }
            waiting.remove();
        }
        return true;
    }

    /** Those that never left; the caller ends them. */
    List<Exchange> takeStalled() {
        ArrayDeque<Exchange> waiting = stalled;
        stalled = null;
        return waiting == null ? List.of() : List.copyOf(waiting);
    }

    /** Leaves all lanes. What is still under way comes back all the same. */
    void leave() {
        long nowNs = client.context().nowNs();
        aboard.forEach(p -> p.lane.endpoint().leave(p.lane, nowNs));
        aboard.clear();
        only = null;
        past = null;
        goesPast = false;
    }
}
