package io.boxcar.proxy.core;

import io.boxcar.batching.ActivityWindow;
import io.boxcar.batching.Backoff;
import io.boxcar.batching.BatchRing;
import io.boxcar.batching.DeparturePolicy;
import io.boxcar.batching.DepartureReason;
import io.boxcar.batching.MovingAverage;
import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.LaneMetrics;
import io.boxcar.metrics.LaneState;
import io.boxcar.proxy.accesslog.Batch;
import io.boxcar.proxy.config.BatchingConfig;
import io.boxcar.proxy.config.TimeoutConfig;
import io.netty.channel.ChannelFuture;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One ordered way to one endpoint; it outlives its connections. Owned by its event loop; {@link #offer},
 * {@link #wakeWhenRoom} and {@link #state} are for any thread.
 *
 * <pre>
 *   clients of all loops -> ring -> waiting (the batch being gathered) -> departure -> UpstreamConnection
 *                                      ^                                                     |
 *                                      '---- not yet written, or safe to repeat: once -------'  connection lost
 * </pre>
 */
public final class Lane implements Departing {
    /** How often waiting and written requests are looked over while there are any. */
    private static final long SWEEP_NS = 10_000_000;

    private static final long BACKOFF_FIRST_NS = 20_000_000;
    private static final long BACKOFF_MAX_NS = 500_000_000;

    /** Clients are active if they sent something in this long; a batch waits for no others. */
    private static final long ACTIVITY_WINDOW_NS = 10_000_000;

    /** A connection is held up when it has said nothing for this long, and twice as long as it usually takes. */
    private static final long HELD_UP_NS = 50_000_000;

    private static final System.Logger LOG = System.getLogger(Lane.class.getName());

    private final Endpoint endpoint;
    private final Identity identity;
    private final LoopContext context;
    private final boolean isSpare;
    private final LaneMetrics metrics;
    private final DeparturePolicy policy;
    private final BatchingConfig batching;
    private final TimeoutConfig timeout;
    private final BatchRing<Exchange> ring;
    private final AtomicReference<List<LoopContext>> waitingForRoom = new AtomicReference<>(List.of());

    // Owned by the lane's loop.
    private final ArrayDeque<Exchange> waiting = new ArrayDeque<>();
    private final Consumer<Exchange> aboard = this::aboard;
    private final Runnable markDirty = this::markDirty;
    private final Runnable lingerIsOver = this::lingerIsOver;
    private final Runnable sweep = this::sweep;
    private final Backoff backoff;
    private final Losses losses;
    private final ActivityWindow activity = new ActivityWindow(ACTIVITY_WINDOW_NS);
    private final MovingAverage roundTripNs = new MovingAverage(3);
    private long waitingBytes;
    private boolean dirty;
    private boolean lingering;
    private boolean sweeping;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private @Nullable UpstreamConnection connection;
    private String lastFailure;
    private boolean isRefusing;

    /** Written by the lane's loop, read by any thread. */
    private volatile LaneState state = LaneState.CONNECTING;

    /** Whether the upstream has ever accepted the identity. Written by the lane's loop, read by any thread. */
    private volatile boolean isProven;

    /** Whether it is held up: by a script, by {@code CLIENT PAUSE}, by a broken network. As {@link #isProven}. */
    private volatile boolean isHeldUp;

    /** Opened when this lane is held up for the first time. As {@link #isProven}. */
    private volatile @Nullable Lane spare;

    /** What the upstream said when it last refused a connection, or null if it did not. As {@link #isProven}. */
    private volatile @Nullable String refusal;

    /** Why there is no connection, once an attempt has failed, else null. As {@link #isProven}. */
    private volatile @Nullable String obstacle;

    /** @param isSpare whether reads go past another lane on it, and nothing else does */
    Lane(
            Endpoint endpoint,
            Identity identity,
            LoopContext context,
            boolean isSpare,
            LaneMetrics metrics,
            RandomGenerator random) {
        this.endpoint = endpoint;
        this.isSpare = isSpare;
        this.identity = identity;
        this.context = context;
        this.metrics = metrics;
        this.batching = endpoint.config().batching();
        this.timeout = endpoint.config().timeout();
        this.policy = batching.policy();
        this.ring = new BatchRing<>(batching.ringSize(), this::wake);
        this.backoff = new Backoff(BACKOFF_FIRST_NS, BACKOFF_MAX_NS, random);
        this.losses = new Losses(endpoint, context, metrics);
        this.lastFailure = endpoint.unreachable(null);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** Whose requests it carries. */
    Identity identity() {
        return identity;
    }

    LoopContext context() {
        return context;
    }

    public LaneMetrics metrics() {
        return metrics;
    }

    public LaneState state() {
        return state;
    }

    boolean isProven() {
        return isProven;
    }

    boolean isHeldUp() {
        return isHeldUp;
    }

    /** What goes past this lane while it is held up; null if it never was. */
    @Nullable
    Lane spare() {
        return spare;
    }

    /** Why there is no connection; null if there is one, or no attempt has failed yet. Any thread. */
    @Nullable
    String obstacle() {
        return obstacle;
    }

    /** Null if the last attempt to connect was not refused. */
    @Nullable
    String refusal() {
        return refusal;
    }

    // ---- the way in: any thread ----

    /** Takes an exchange, or says false when the ring is full: then the caller waits for {@link #wakeWhenRoom}. */
    boolean offer(Exchange exchange) {
        exchange.state = Exchange.State.QUEUED;
        exchange.remaining = exchange.expected;
        return ring.offer(exchange);
    }

    /** Has the stalled clients of {@code loop} resumed as soon as the ring has room. */
    void wakeWhenRoom(LoopContext loop) {
        List<LoopContext> before;
        List<LoopContext> after;
        do {
            before = waitingForRoom.get();
            after = before.contains(loop) ? before : concat(before, loop);
        } while (!waitingForRoom.compareAndSet(before, after));
        if (ring.size() < ring.capacity()) {
            callStalled(); // room came up in between
        }
    }

    private static List<LoopContext> concat(List<LoopContext> before, LoopContext loop) {
        List<LoopContext> after = new ArrayList<>(before);
        after.add(loop);
        return List.copyOf(after);
    }

    private void wake() {
        if (context.loop().inEventLoop()) {
            markDirty();
        } else {
            context.loop().execute(markDirty);
        }
    }

    private void markDirty() {
        if (!dirty) {
            dirty = true;
            context.laneIsDirty(this);
        }
    }

    // ---- gathering and departing ----

    /** Looks at what has come, and lets it leave or wait. Once a turn, after all reads. */
    @Override
    public void endOfTurn() {
        assert context.loop().inEventLoop();
        dirty = false;
        long nowNs = context.nowNs();
        boolean more;
        do {
            int room = batching.ringSize() - waiting.size();
            int taken = room > 0 ? ring.drain(room, aboard) : 0;
            if (taken > 0) {
                startSweep();
                callStalled();
            }
            depart(nowNs);
            // Full of requests that cannot leave: the connection, an answer or the sweep goes on from here.
            more = waiting.size() < batching.ringSize() && !ring.park();
        } while (more);
        metrics.ringFill.set(ring.size() + waiting.size());
        metrics.activeClients.set(activity.active());
        metrics.targetRequests.set(policy.target(activity.active()));
    }

    /** Any thread. */
    private void callStalled() {
        if (!waitingForRoom.get().isEmpty()) {
            for (LoopContext loop : waitingForRoom.getAndSet(List.of())) {
                loop.wakeStalled();
            }
        }
    }

    private void aboard(Exchange exchange) {
        waiting.add(exchange);
        waitingBytes += exchange.requestLength;
        Passenger passenger = exchange.passenger();
        int epoch = activity.epoch(context.turnNs());
        if (passenger.activityEpoch != epoch) {
            passenger.activityEpoch = epoch;
            activity.countOne();
        }
    }

    private void depart(long nowNs) {
        UpstreamConnection to = connection;
        while (!waiting.isEmpty() && maySend() && to != null && to.hasRoom()) {
            int queued = waiting.size();
            int active = activity.active();
            long ageNs = nowNs - waiting.getFirst().queuedNs;
            int bytes = (int) Math.min(waitingBytes, Integer.MAX_VALUE);
            DepartureReason reason =
                    policy.decide(queued, bytes, to.inFlight(), active, queued, ageNs, roundTripNs.value());
            if (reason == null) {
                linger(policy.lingerNs(roundTripNs.value()) - ageNs);
                return;
            }
            metrics.departures(reason).increment();
            sendBatch(to, nowNs);
        }
    }

    private boolean maySend() {
        return state == LaneState.READY || state == LaneState.DRAINING;
    }

    private void sendBatch(UpstreamConnection to, long nowNs) {
        int count = 0;
        long bytes = 0;
        Batch batch = context.newBatch();
        to.beginBatch((int) Math.min(waitingBytes, batching.maxBytes()));
        Exchange exchange;
        while ((exchange = waiting.peek()) != null
                && count < batching.maxRequests()
                && (count == 0 || bytes + exchange.requestLength <= batching.maxBytes())
                && to.hasRoom()) {
            waiting.remove();
            waitingBytes -= exchange.requestLength;
            if (Losses.isBehindOne(exchange)) {
                losses.fail(exchange);
                continue;
            }
            bytes += exchange.requestLength;
            count += exchange.expected;
            metrics.queueTimeNs.record(nowNs - exchange.queuedNs);
            exchange.batch = batch;
            to.add(exchange, nowNs);
        }
        if (batch != null) {
            batch.size = count;
        }
        to.endBatch(nowNs);
        if (count > 0) {
            metrics.requests.add(count);
            metrics.requestsPerBatch.record(count);
            metrics.bytesOut.add(bytes);
        }
    }

    private void linger(long delayNs) {
        if (!lingering) {
            lingering = true;
            context.loop().schedule(lingerIsOver, Math.max(delayNs, 1), TimeUnit.NANOSECONDS);
        }
    }

    private void lingerIsOver() {
        lingering = false;
        if (!waiting.isEmpty()) {
            markDirty();
        }
    }

    /** Something changed that may let more leave: a response came, or the connection takes bytes again. */
    void mayDepart() {
        if (!waiting.isEmpty()) {
            markDirty();
        }
        closeIfDrained();
    }

    /** What a response took is what a batch may wait for others: so waiting never takes more than half of a client's time. */
    void learnRoundTrip(long ns) {
        roundTripNs.record(ns);
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
        Exchange exchange;
        while ((exchange = waiting.peek()) != null && nowNs - exchange.queuedNs > timeout.queueNs()) {
            waiting.remove();
            waitingBytes -= exchange.requestLength;
            metrics.queueTimeouts.add(exchange.remaining);
            if (state == LaneState.READY) {
                fail(
                        exchange,
                        FailureKind.QUEUE_TIMEOUT,
                        "not sent: upstream " + endpoint + " took no request for " + timeout.queueNs() / 1_000_000
                                + " ms");
            } else {
                fail(exchange, FailureKind.UNREACHABLE, lastFailure);
            }
        }
        UpstreamConnection c = connection;
        if (c != null) {
            c.sweep(nowNs);
        }
        lookForHoldUp(nowNs);
        if (!waiting.isEmpty() || ring.size() > 0 || c != null && c.inFlight() > 0) {
            startSweep();
        }
        // Whoever filled the waiting requests up did not park: offers wake nobody until the ring has been looked at
        // again.
        markDirty();
    }

    /** The spare is opened before it is needed: it is used when the upstream has answered on it, while it does not here. */
    private void lookForHoldUp(long nowNs) {
        UpstreamConnection c = connection;
        boolean waits = c != null
                && state == LaneState.READY
                && c.isSilent(nowNs, Math.max(HELD_UP_NS, 2 * roundTripNs.value()));
        if (!waits || isHeldUp || isSpare) {
            return;
        }
        isHeldUp = true;
        metrics.holdUps.increment();
        if (spare == null) {
            Lane opened = endpoint.spareOf(this);
            spare = opened;
            opened.open();
        }
    }

    /** The connection has said something. */
    void isAnswering() {
        if (isHeldUp) {
            isHeldUp = false;
        }
    }

    /** Hands the exchange back with an error. */
    static void fail(Exchange exchange, FailureKind failure, String detail) {
        exchange.failure = failure;
        exchange.failureDetail = detail;
        exchange.home.deliver(exchange);
    }

    // ---- the connection ----

    /** Starts the first connection. */
    void open() {
        assert context.loop().inEventLoop();
        metrics.ringCapacity.set(ring.capacity());
        if (state == LaneState.CONNECTING) {
            connect();
        }
    }

    private void moveTo(LaneState next) {
        assert context.loop().inEventLoop();
        state = next;
        metrics.enters(next);
    }

    /** Any thread: drains the lane, and completes when it is closed. */
    CompletableFuture<Void> drained() {
        CompletableFuture<Void> all = new CompletableFuture<>();
        context.loop().execute(() -> {
            drain();
            Lane besides = spare;
            var unused = (besides == null ? closed : CompletableFuture.allOf(closed, besides.drained()))
                    .thenRun(() -> all.complete(null));
        });
        return all;
    }

    /** Sends what waits, awaits what is in flight, then closes; a lost connection is not replaced. */
    private void drain() {
        assert context.loop().inEventLoop();
        if (!isShut()) {
            boolean ready = state == LaneState.READY;
            moveTo(LaneState.DRAINING);
            if (!ready) {
                close();
            }
            closeIfDrained();
        }
    }

    private void closeIfDrained() {
        UpstreamConnection c = connection;
        if (state == LaneState.DRAINING && waiting.isEmpty() && ring.size() == 0 && (c == null || c.inFlight() == 0)) {
            close();
        }
    }

    private boolean isShut() {
        return state == LaneState.DRAINING || state == LaneState.CLOSED;
    }

    private void connect() {
        if (isShut()) {
            return;
        }
        moveTo(LaneState.CONNECTING);
        UpstreamConnection next = new UpstreamConnection(this, metrics);
        ChannelFuture connecting = endpoint.connect(context.loop(), next);
        connecting.addListener(done -> {
            if (isShut()) {
                connecting.channel().close();
            } else if (done.isSuccess()) {
                moveTo(LaneState.HANDSHAKING);
                connection = next;
                next.handshake(connecting.channel());
            } else {
                metrics.connectFailures.increment();
                lastFailure = endpoint.unreachable(done.cause());
                obstacle = lastFailure;
                if (backoff.attempts() == 0) {
                    LOG.log(Level.WARNING, "{0}; trying again", lastFailure);
                }
                backOff();
                endpoint.upstream().isInTrouble();
            }
        });
    }

    void isReady() {
        if (state == LaneState.HANDSHAKING) {
            LOG.log(Level.INFO, "upstream {0} connected: {1}", endpoint, identity);
            metrics.connects.increment();
            metrics.connections.set(1);
            backoff.reset();
            refusal = null;
            obstacle = null;
            moveTo(LaneState.READY);
            if (!isProven) {
                isProven = true;
                endpoint.isProven();
            }
            mayDepart();
        }
    }

    /** The upstream answered the handshake with an error: it serves nobody now. */
    void isRefused(String error) {
        isRefusing = true;
        refusal = error;
        metrics.connectFailures.increment();
        if (backoff.attempts() == 0) {
            LOG.log(Level.WARNING, "upstream {0} refused the connection: {1}; trying again", endpoint, error);
        }
    }

    private void backOff() {
        moveTo(LaneState.BACKING_OFF);
        context.loop().schedule(this::connect, backoff.nextDelayNs(), TimeUnit.NANOSECONDS);
    }

    /** The connection is gone: what it had in flight is repeated where that is safe, and fails where it is not. */
    void isLost(UpstreamConnection lost, String why) {
        if (lost != connection) {
            return;
        }
        connection = null;
        isHeldUp = false;
        metrics.connections.set(0);
        if (state != LaneState.CLOSED) {
            metrics.disconnects.increment();
        }
        lastFailure = "upstream " + endpoint + (isRefusing ? " " : " unreachable: ") + why;
        obstacle = lastFailure;
        if (!isShut() && !isRefusing) {
            LOG.log(
                    Level.WARNING,
                    "upstream {0} lost with {1} requests in flight: {2}",
                    endpoint,
                    lost.inFlight(),
                    why);
        }
        if (state == LaneState.DRAINING) {
            close();
        } else if (state != LaneState.CLOSED) {
            backOff();
            endpoint.upstream().isInTrouble();
        }
        isRefusing = false;
        List<Exchange> inFlight = new ArrayList<>();
        lost.giveUp(inFlight);
        boolean mayRepeat = !isShut() && endpoint.config().resendReads();
        for (Exchange exchange : losses.settle(inFlight, why, mayRepeat).reversed()) {
            waiting.addFirst(exchange);
            waitingBytes += exchange.requestLength;
        }
    }

    /** The endpoint serves nothing any more: what waits is handed back, to go elsewhere. Any thread. */
    void handBackWaiting() {
        context.loop().execute(() -> {
            if (state != LaneState.READY && !isShut()) {
                ring.drain(Integer.MAX_VALUE, this::aboard);
                failWaiting(FailureKind.UNREACHABLE, lastFailure);
                markDirty();
            }
        });
    }

    private void failWaiting(FailureKind failure, String detail) {
        Exchange exchange;
        while ((exchange = waiting.poll()) != null) {
            waitingBytes -= exchange.requestLength;
            fail(exchange, failure, detail);
        }
    }

    /** After a mistake of our own in a turn: what the connection stands for is in doubt. */
    @Override
    public void restart() {
        UpstreamConnection c = connection;
        if (c != null) {
            c.close();
        }
    }

    // ---- the end ----

    /** Ends the lane at once: what waits or is in flight fails. */
    void close() {
        assert context.loop().inEventLoop();
        moveTo(LaneState.CLOSED);
        ring.drain(Integer.MAX_VALUE, this::aboard);
        failWaiting(FailureKind.DRAINING, "not sent: Boxcar is shutting down");
        markDirty(); // late offers must find the ring parked
        UpstreamConnection c = connection;
        if (c == null) {
            closed.complete(null);
        } else {
            c.whenClosed(() -> closed.complete(null));
            c.close();
        }
    }
}
