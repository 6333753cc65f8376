package io.boxcar.proxy.http;

import io.boxcar.batching.BatchRing;
import io.boxcar.batching.DeparturePolicy;
import io.boxcar.batching.DepartureReason;
import io.boxcar.batching.MovingAverage;
import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.HttpMetrics;
import io.boxcar.metrics.LaneMetrics;
import io.boxcar.metrics.LaneState;
import io.boxcar.proxy.accesslog.Batch;
import io.boxcar.proxy.config.BatchingConfig;
import io.boxcar.proxy.config.HttpUpstreamConfig;
import io.boxcar.proxy.core.Departing;
import io.boxcar.proxy.core.LoopContext;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way of all HTTP requests to one endpoint: one queue and one pool of connections for the whole process. Owned by its event
 * loop; {@link #offer} is for any thread.
 *
 * <pre>
 *   clients of all loops -> ring -+-> shared: may be pipelined or multiplexed -> departure -> the connection with most room
 *                                 '-> alone: one at a time on a connection    -----------> an idle connection, or a new one
 * </pre>
 */
public final class HttpLane implements Departing {
    private static final long SWEEP_NS = 50_000_000;

    /** Clients that were active in this long count when a batch decides whether to wait. */
    private static final long ACTIVITY_NS = 10_000_000;

    private final HttpEndpoint endpoint;
    private final LoopContext context;
    private final LaneMetrics metrics;
    private final HttpMetrics httpMetrics;
    private final DeparturePolicy policy;
    private final BatchingConfig batching;
    private final long queueTimeoutNs;
    private final BatchRing<HttpExchange> ring;

    // Owned by the lane's loop.
    private final HttpPool pool;
    private final ArrayDeque<HttpExchange> shared = new ArrayDeque<>();
    private final ArrayDeque<HttpExchange> alone = new ArrayDeque<>();
    private final Consumer<HttpExchange> aboard = this::aboard;
    private final Runnable markDirty = this::markDirty;
    private final Runnable lingerIsOver = this::lingerIsOver;
    private final Runnable sweep = this::sweep;
    private final MovingAverage roundTripNs = new MovingAverage(3);
    private long sharedBytes;
    private int inFlight;
    private boolean dirty;
    private boolean lingering;
    private boolean sweeping;

    /** Most requests that were outstanding at once, lately: with one each, that many clients are active. */
    private int active;

    private int activeBefore;
    private long activeSinceNs;

    HttpLane(HttpEndpoint endpoint, LoopContext context, LaneMetrics metrics, HttpMetrics httpMetrics) {
        this.endpoint = endpoint;
        this.context = context;
        this.metrics = metrics;
        this.httpMetrics = httpMetrics;
        this.batching = endpoint.upstream().config().batching();
        this.policy = batching.policy();
        this.queueTimeoutNs = endpoint.upstream().config().timeout().queueNs();
        this.ring = new BatchRing<>(batching.ringSize(), this::wake);
        this.pool = new HttpPool(this);
    }

    public HttpEndpoint endpoint() {
        return endpoint;
    }

    public HttpUpstreamConfig config() {
        return endpoint.upstream().config().http();
    }

    public LoopContext context() {
        return context;
    }

    public LaneMetrics metrics() {
        return metrics;
    }

    public HttpMetrics httpMetrics() {
        return httpMetrics;
    }

    public HttpPool pool() {
        return pool;
    }

    /** What a response takes on average, from the write of its request, in nanoseconds; 0 = not known yet. */
    public long roundTripNs() {
        return roundTripNs.value();
    }

    // ---- the way in: any thread ----

    /** Takes an exchange, or says false when the ring is full. */
    boolean offer(HttpExchange exchange) {
        return ring.offer(exchange);
    }

    private void wake() {
        if (context.loop().inEventLoop()) {
            markDirty();
        } else {
            context.loop().execute(markDirty);
        }
    }

    void markDirty() {
        if (!dirty) {
            dirty = true;
            context.laneIsDirty(this);
        }
    }

    // ---- gathering and departing ----

    @Override
    public void endOfTurn() {
        assert context.loop().inEventLoop();
        dirty = false;
        long nowNs = context.nowNs();
        do {
            if (ring.drain(batching.ringSize(), aboard) > 0) {
                startSweep();
            }
            depart(nowNs);
        } while (!ring.park());
        metrics.ringFill.set(shared.size() + alone.size());
        metrics.inFlight.set(inFlight);
        metrics.activeClients.set(active());
    }

    private void aboard(HttpExchange exchange) {
        exchange.isQueued();
        if (exchange.isCancelled) {
            exchange.fail(FailureKind.OUTCOME_UNKNOWN, "the client has gone", false);
        } else if (pool.state() == LaneState.CLOSED) {
            exchange.fail(FailureKind.UNREACHABLE, "upstream " + endpoint + " is not used any more", true);
        } else if (pool.mayShare(exchange)) {
            shared.add(exchange);
            sharedBytes += bytes(exchange);
        } else {
            alone.add(exchange);
        }
    }

    private static int bytes(HttpExchange exchange) {
        var request = exchange.request;
        return request == null ? 0 : request.readableBytes();
    }

    /** What may be shared has changed: the upstream speaks something else, or pipelining is given up. */
    void sortAgain() {
        int count = shared.size() + alone.size();
        alone.addAll(shared);
        shared.clear();
        sharedBytes = 0;
        for (int i = 0; i < count; i++) {
            aboard(alone.remove());
        }
        markDirty();
    }

    private void depart(long nowNs) {
        countActive(nowNs);
        while (!alone.isEmpty()) {
            HttpConnection to = pool.idle();
            if (to == null) {
                pool.openForAlone(alone.size());
                break;
            }
            Batch batch = context.newBatch();
            if (batch != null) {
                batch.size = 1;
            }
            send(to, alone.remove(), true, batch, nowNs);
            to.flush(nowNs);
            metrics.departures(DepartureReason.END_OF_TURN).increment();
            metrics.requestsPerBatch.record(1);
        }
        while (!shared.isEmpty()) {
            HttpConnection to = pool.withMostRoom();
            if (to == null) {
                pool.openForShared();
                return;
            }
            long ageNs = nowNs - shared.getFirst().queuedNs;
            int queuedBytes = (int) Math.min(sharedBytes, Integer.MAX_VALUE);
            int queued = shared.size();
            DepartureReason reason =
                    policy.decide(queued, queuedBytes, inFlight, active(), queued, ageNs, roundTripNs.value());
            if (reason == null) {
                linger(policy.lingerNs(roundTripNs.value()) - ageNs);
                return;
            }
            metrics.departures(reason).increment();
            sendBatch(to, nowNs);
        }
    }

    private void sendBatch(HttpConnection to, long nowNs) {
        int count = 0;
        long bytes = 0;
        Batch batch = context.newBatch();
        HttpExchange exchange;
        // Asked each time: what is sent may be the connection's last, or show that it is broken.
        while (count < batching.maxRequests()
                && bytes < batching.maxBytes()
                && to.room() > 0
                && (exchange = shared.poll()) != null) {
            sharedBytes -= bytes(exchange);
            bytes += bytes(exchange);
            if (send(to, exchange, false, batch, nowNs)) {
                count++;
            }
        }
        if (batch != null) {
            batch.size = count;
        }
        to.flush(nowNs);
        if (count > 0) {
            metrics.requestsPerBatch.record(count);
        }
    }

    private boolean send(HttpConnection to, HttpExchange exchange, boolean isAlone, @Nullable Batch batch, long nowNs) {
        if (exchange.isCancelled) {
            exchange.fail(FailureKind.OUTCOME_UNKNOWN, "the client has gone", false);
            return false;
        }
        metrics.queueTimeNs.record(nowNs - exchange.queuedNs);
        metrics.requests.increment();
        metrics.bytesOut.add(bytes(exchange));
        exchange.batch = batch;
        exchange.leftNs = nowNs;
        exchange.writtenNs = nowNs;
        exchange.isWritten = true;
        inFlight++;
        to.send(exchange, isAlone, nowNs);
        return true;
    }

    private void countActive(long nowNs) {
        if (nowNs - activeSinceNs > ACTIVITY_NS) {
            activeBefore = active;
            active = 0;
            activeSinceNs = nowNs;
        }
        active = Math.max(active, shared.size() + alone.size() + inFlight);
    }

    private int active() {
        return Math.max(active, activeBefore);
    }

    private void linger(long delayNs) {
        if (!lingering) {
            lingering = true;
            context.loop().schedule(lingerIsOver, Math.max(delayNs, 1), TimeUnit.NANOSECONDS);
        }
    }

    private void lingerIsOver() {
        lingering = false;
        mayDepart();
    }

    /** Something changed that may let more leave: a response came, a connection stands. */
    public void mayDepart() {
        if (!shared.isEmpty() || !alone.isEmpty()) {
            markDirty();
        }
        pool.closeIfDrained();
    }

    boolean isEmpty() {
        return shared.isEmpty() && alone.isEmpty() && inFlight == 0 && ring.size() == 0;
    }

    boolean hasWaiting() {
        return !shared.isEmpty() || !alone.isEmpty();
    }

    // ---- what comes back ----

    /** Called by the exchange when it is answered: it is not the lane's any more. */
    void isAnswered(HttpExchange exchange, int status) {
        exchange.answeredNs = context.turnNs();
        long tookNs = Math.max(0, exchange.answeredNs - exchange.writtenNs);
        metrics.responses.increment();
        metrics.roundTripNs.record(tookNs);
        roundTripNs.record(tookNs);
        endpoint.isAnswered(exchange, status, tookNs, context.turnNs());
    }

    /** Called by the exchange when it has failed: it is not the lane's any more. */
    void isFailed(HttpExchange exchange) {
        long nowNs = context.turnNs();
        boolean isFault = !exchange.isCancelled && !exchange.isCheck && exchange.failure != FailureKind.OVERLOADED;
        endpoint.isFailed(isFault, exchange.isWritten ? Math.max(0, nowNs - exchange.writtenNs) : 0, nowNs);
    }

    /** Called by the exchange when it leaves its connection. */
    void isLanded() {
        inFlight--;
        metrics.inFlight.set(inFlight); // no turn of the lane may follow for long
    }

    /** An exchange that another connection will carry: back to the front of what waits. */
    public void takeBack(HttpExchange exchange) {
        assert context.loop().inEventLoop();
        inFlight--;
        exchange.isTakenBack();
        if (exchange.isCancelled) {
            exchange.fail(FailureKind.OUTCOME_UNKNOWN, "the client has gone", false);
        } else if (pool.mayShare(exchange)) {
            shared.addFirst(exchange);
            sharedBytes += bytes(exchange);
        } else {
            alone.addFirst(exchange);
        }
        markDirty();
    }

    // ---- time limits ----

    private void startSweep() {
        if (!sweeping) {
            sweeping = true;
            context.loop().schedule(sweep, SWEEP_NS, TimeUnit.NANOSECONDS);
        }
    }

    private void sweep() {
        sweeping = false;
        long nowNs = context.nowNs();
        refuseLate(shared, nowNs);
        refuseLate(alone, nowNs);
        pool.sweep(nowNs);
        if (!isEmpty() || pool.isOpen()) {
            startSweep();
        }
        if (hasWaiting()) {
            markDirty();
        }
    }

    private void refuseLate(ArrayDeque<HttpExchange> waiting, long nowNs) {
        HttpExchange exchange;
        while ((exchange = waiting.peek()) != null
                && (exchange.isCancelled || nowNs - exchange.queuedNs > queueTimeoutNs)) {
            waiting.remove();
            if (waiting == shared) {
                sharedBytes -= bytes(exchange);
            }
            if (pool.state() == LaneState.READY) {
                metrics.queueTimeouts.increment();
                exchange.fail(
                        FailureKind.QUEUE_TIMEOUT,
                        "not sent: upstream " + endpoint + " took no request for " + queueTimeoutNs / 1_000_000 + " ms",
                        false);
            } else {
                exchange.fail(FailureKind.UNREACHABLE, pool.lastFailure(), true);
            }
        }
    }

    /** Tunnels need HTTP/1.1, which this upstream is not to be spoken to in. */
    void refuseTunnels() {
        for (int i = alone.size(); i > 0; i--) {
            HttpExchange exchange = alone.remove();
            if (exchange.wantsTunnel) {
                exchange.fail(
                        FailureKind.REFUSED,
                        "not sent: Upgrade and CONNECT need HTTP/1.1, and upstream " + endpoint + " has http.mode = h2",
                        false);
            } else {
                alone.add(exchange);
            }
        }
    }

    /** The endpoint cannot be reached: what waits may go to another. */
    void handBackWaiting(String why) {
        for (int i = shared.size(); i > 0; i--) {
            HttpExchange exchange = shared.remove();
            sharedBytes -= bytes(exchange);
            exchange.fail(FailureKind.UNREACHABLE, why, true);
        }
        for (int i = alone.size(); i > 0; i--) {
            alone.remove().fail(FailureKind.UNREACHABLE, why, true);
        }
    }

    // ---- the beginning and the end ----

    /** Starts the first connection, which shows what the endpoint speaks. */
    void open() {
        assert context.loop().inEventLoop();
        metrics.ringCapacity.set(ring.capacity());
        pool.open();
        startSweep();
    }

    /** A mistake of ours in a turn: what the connections stand for is in doubt. */
    @Override
    public void restart() {
        pool.closeConnections("a mistake in Boxcar");
        markDirty();
    }
}
