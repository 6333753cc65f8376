package io.boxcar.proxy.core;

import io.boxcar.proxy.config.PinnedConfig;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The pinned connections to one endpoint that belong to one event loop: lent to one client at a time, and kept for the next.
 * Owned by that event loop, but for the methods whose names say otherwise.
 *
 * <pre>
 *   lend: idle connection -> else a new one, if a permit is free -> else wait, first come first served, for a limited time
 *   give back: to whoever waits -> else idle, the youngest on top -> closed when idle for too long
 * </pre>
 */
final class PinnedPool {
    private static final long CHECK_NS = 100_000_000;

    private record Waiting(PinnedRoute route, boolean control, long sinceNs) {}

    private final Endpoint endpoint;
    private final LoopContext context;
    private final PinnedPermits permits;
    private final PinnedConfig config;
    private final ArrayDeque<PinnedConnection> idle = new ArrayDeque<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    /** Clients without state that keep their connection because there are no lanes for their identity yet. */
    private final Set<PinnedRoute> awaitingLanes = new LinkedHashSet<>();

    private boolean checking;
    private boolean closed;

    PinnedPool(Endpoint endpoint, LoopContext context, PinnedPermits permits) {
        this.endpoint = endpoint;
        this.context = context;
        this.permits = permits;
        this.config = endpoint.config().pinned();
    }

    Endpoint endpoint() {
        return endpoint;
    }

    LoopContext context() {
        return context;
    }

    // ---- lending ----

    /** Lends a connection, now or when there is one: the route hears {@link PinnedRoute#lent} or {@link PinnedRoute#failed}. */
    void lend(PinnedRoute route, boolean control) {
        assert context.loop().inEventLoop();
        PinnedConnection connection = waiting.isEmpty() || control ? take(control) : null;
        if (connection != null) {
            route.lent(connection);
        } else {
            waiting.add(new Waiting(route, control, context.nowNs()));
            permits.awaitedBy(this);
            startChecking();
            serveWaiting(); // a permit may have come up before anyone knew that it is waited for
        }
    }

    /** The connection that was lent could not be brought to where the client is: a new one can, or says why not. */
    void lendNew(PinnedRoute route) {
        route.takenBack();
        if (permits.tryAcquire(true)) {
            route.lent(new PinnedConnection(this));
        } else {
            route.noneIsFree("no pinned connection to " + endpoint + " is free");
        }
    }

    private @Nullable PinnedConnection take(boolean control) {
        PinnedConnection connection = idle.pollLast();
        return connection == null && permits.tryAcquire(control) ? new PinnedConnection(this) : connection;
    }

    /** The client waits no more. */
    void forget(PinnedRoute route) {
        if (waiting.removeIf(one -> one.route == route)) {
            permits.awaitedNoMore();
        }
    }

    private void serveWaiting() {
        Waiting first;
        while ((first = waiting.peek()) != null) {
            PinnedConnection connection = take(first.control);
            if (connection == null) {
                return;
            }
            waiting.remove();
            permits.awaitedNoMore();
            first.route.lent(connection);
        }
    }

    void serveWaitingFromAnyThread() {
        context.loop().execute(this::serveWaiting);
    }

    void makeRoomFromAnyThread() {
        context.loop().execute(() -> {
            PinnedConnection connection = idle.pollFirst();
            if (connection != null) {
                connection.close();
            }
        });
    }

    // ---- giving back ----

    /** A connection that is ready for another client. */
    void giveBack(PinnedConnection connection) {
        assert context.loop().inEventLoop();
        if (permits.isOverdrawn()) {
            connection.close(); // kept, it would be lent for anything, and the next control request would find none
            return;
        }
        connection.idleSinceNs = context.nowNs();
        idle.addLast(connection);
        serveWaiting();
        // Not needed here, but perhaps on another loop; or more than shall be kept.
        if (!idle.isEmpty() && (closed || idle.size() > config.maxIdle() || permits.isAwaited())) {
            idle.removeFirst().close();
        } else {
            startChecking();
        }
    }

    /** Called once by each connection when it is closed. */
    void isClosed(PinnedConnection connection) {
        idle.remove(connection);
        permits.release();
    }

    void awaitsLanes(PinnedRoute route) {
        awaitingLanes.add(route);
    }

    void awaitsLanesNoMore(PinnedRoute route) {
        awaitingLanes.remove(route);
    }

    /** There are more lanes than there were. */
    void retrySharingFromAnyThread() {
        context.loop().execute(() -> {
            List<PinnedRoute> routes = List.copyOf(awaitingLanes);
            awaitingLanes.clear();
            routes.forEach(PinnedRoute::lanesStand);
        });
    }

    // ---- time ----

    private void startChecking() {
        if (!checking) {
            checking = true;
            context.loop().schedule(this::check, CHECK_NS, TimeUnit.NANOSECONDS);
        }
    }

    private void check() {
        checking = false;
        long nowNs = context.nowNs();
        PinnedConnection oldest;
        while ((oldest = idle.peekFirst()) != null && nowNs - oldest.idleSinceNs > config.idleTimeoutNs()) {
            idle.removeFirst().close();
        }
        refuseLate(nowNs);
        if (!idle.isEmpty() || !waiting.isEmpty()) {
            startChecking();
        }
    }

    private void refuseLate(long nowNs) {
        Iterator<Waiting> all = waiting.iterator();
        ArrayDeque<PinnedRoute> late = new ArrayDeque<>();
        while (all.hasNext()) {
            Waiting one = all.next();
            if (nowNs - one.sinceNs > config.waitNs()) {
                all.remove();
                permits.awaitedNoMore();
                late.add(one.route);
            }
        }
        late.forEach(route -> route.noneIsFree("all " + permits.max() + " pinned connections to " + endpoint
                + " are in use, and none became free within " + config.waitNs() / 1_000_000
                + " ms (upstreams." + endpoint.config().name() + ".pinned)"));
    }

    /** Idle connections are closed, and those given back are not kept any more. */
    void closeFromAnyThread() {
        context.loop().execute(() -> {
            closed = true;
            List.copyOf(idle).forEach(PinnedConnection::close);
        });
    }
}
