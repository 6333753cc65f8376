package io.boxcar.proxy.http;

import io.boxcar.batching.Backoff;
import io.boxcar.metrics.LaneState;
import io.boxcar.proxy.config.HttpUpstreamConfig.Mode;
import io.boxcar.proxy.config.HttpUpstreamConfig.Pipelining;
import io.boxcar.proxy.core.Peer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one lane: which there are, what they speak, and when another is opened. Owned by the lane's event loop, but for
 * {@link #state}.
 *
 * <pre>
 *   auto:  first connection tries HTTP/2 -> settings come: HTTP/2 ------------------------------> shared by all
 *                                       '-> anything else: HTTP/1.1 -> earned by each connection: pipelined, shared by safe requests
 *                                                              ^             | anomaly
 *                                                              '-- later ----' one request at a time on each connection
 * </pre>
 */
public final class HttpPool {
    private static final long BACKOFF_FIRST_NS = 20_000_000;
    private static final long BACKOFF_MAX_NS = 500_000_000;
    private static final long DEMOTED_FIRST_NS = 10_000_000_000L;
    private static final long DEMOTED_MAX_NS = 300_000_000_000L;
    private static final System.Logger LOG = System.getLogger(HttpPool.class.getName());

    /** The names of RFC 7301 and RFC 9113. */
    private static final String HTTP1 = "http/1.1";

    private static final String HTTP2 = "h2";

    private enum Spoken {
        UNKNOWN,
        HTTP1,
        HTTP2
    }

    private final HttpLane lane;
    private final HttpEndpoint endpoint;
    private final Mode mode;
    private final List<HttpConnection> connections = new ArrayList<>();

    /** Those that take no more requests, but still have some in flight. */
    private final List<HttpConnection> leaving = new ArrayList<>();

    private final Backoff backoff;
    private final Backoff demotion;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private Spoken spoken;
    private int connecting;
    private boolean isWaitingToConnect;
    private boolean isDemoted;
    private long demotedUntilNs;
    /** Written by the lane's loop, read by any thread. */
    private volatile String lastFailure;

    /** Requests that a connection has carried when the upstream closes it; 0 = not known. */
    private int learnedRequests;

    /** So many were they the last time. */
    private int lastRequests;

    /** Written by the lane's loop, read by any thread. */
    private volatile LaneState state = LaneState.CONNECTING;

    HttpPool(HttpLane lane) {
        this.lane = lane;
        this.endpoint = lane.endpoint();
        this.mode = lane.config().mode();
        this.spoken = switch (mode) {
            case AUTO -> Spoken.UNKNOWN;
            case KEEPALIVE, PIPELINE -> Spoken.HTTP1;
            case H2 -> Spoken.HTTP2;
        };
        this.backoff = new Backoff(
                BACKOFF_FIRST_NS, BACKOFF_MAX_NS, endpoint.upstream().random());
        this.demotion = new Backoff(
                DEMOTED_FIRST_NS, DEMOTED_MAX_NS, endpoint.upstream().random());
        this.lastFailure = "upstream " + endpoint + " is not connected yet";
    }

    LaneState state() {
        return state;
    }

    String lastFailure() {
        return lastFailure;
    }

    private void moveTo(LaneState next) {
        assert lane.context().loop().inEventLoop();
        state = next;
        lane.metrics().enters(next);
    }

    private boolean isShut() {
        return state == LaneState.DRAINING || state == LaneState.CLOSED;
    }

    // ---- which requests share ----

    /** Whether the request may share a connection with others. */
    boolean mayShare(HttpExchange exchange) {
        if (exchange.wantsTunnel) {
            return false;
        }
        return switch (spoken) {
            case HTTP2 -> true;
            case HTTP1, UNKNOWN -> isPipelining() && exchange.isWhole && !exchange.mustBeAlone && isSafe(exchange);
        };
    }

    private boolean isSafe(HttpExchange exchange) {
        return lane.config().pipelining() == Pipelining.ALL
                || exchange.contentLength == 0
                        && switch (exchange.method) {
                            case GET, HEAD, OPTIONS -> true;
                            case POST, PUT, DELETE, TRACE, PATCH, CONNECT, OTHER -> false;
                        };
    }

    private boolean isPipelining() {
        return mode != Mode.KEEPALIVE && !isDemoted;
    }

    /** How many requests a connection may carry that has proven itself. */
    public int pipeliningDepth() {
        return isPipelining() ? lane.config().pipeliningDepth() : 1;
    }

    /** Pipelining went wrong, or made requests wait for each other: it is given up for a while, longer each time. */
    public void demote(String why) {
        if (spoken != Spoken.HTTP1 || !isPipelining()) {
            return;
        }
        long forNs = demotion.nextDelayNs();
        LOG.log(
                Level.INFO,
                "upstream {0} gets one request at a time on each connection for {1} s: {2}",
                endpoint,
                forNs / 1_000_000_000,
                why);
        isDemoted = true;
        demotedUntilNs = lane.context().nowNs() + forNs;
        lane.httpMetrics().demotions.increment();
        lane.sortAgain();
    }

    /**
     * The upstream has closed a connection cleanly behind so many requests. If it does so each time, later ones are replaced before
     * others wait behind the last.
     */
    public void learnRequests(int requests) {
        learnedRequests = requests > 1 && requests == lastRequests ? requests : 0;
        lastRequests = requests;
    }

    /** Requests after which a connection is replaced; 0 = no limit. */
    public int requestsPerConnection() {
        int configured = lane.config().requestsPerConnection();
        return configured == 0 || learnedRequests != 0 && learnedRequests < configured ? learnedRequests : configured;
    }

    // ---- choosing ----

    /** The connection that can take most requests now, or null. */
    @Nullable
    HttpConnection withMostRoom() {
        HttpConnection best = null;
        int most = 0;
        for (int i = 0; i < connections.size(); i++) {
            int room = connections.get(i).room();
            if (room > most) {
                most = room;
                best = connections.get(i);
            }
        }
        return best;
    }

    /** A connection that carries nothing and can carry one alone, or null. The youngest first: the others may rest and be closed. */
    @Nullable
    HttpConnection idle() {
        for (int i = connections.size() - 1; i >= 0; i--) {
            HttpConnection connection = connections.get(i);
            if (connection.isIdle() && connection.isHttp1()) {
                return connection;
            }
        }
        return null;
    }

    // ---- opening ----

    void open() {
        if (state == LaneState.CONNECTING && connecting == 0) {
            connect(false);
        }
    }

    /** Connections that others have for themselves do not count: uploads and downloads must not keep all the rest waiting. */
    void openForShared() {
        int shared = connecting;
        for (int i = 0; i < connections.size(); i++) {
            if (!connections.get(i).isHeld()) {
                shared++;
            }
        }
        if (shared < lane.config().connections()
                && connections.size() + connecting < lane.config().maxConnections()) {
            connect(false);
        }
    }

    void openForAlone(int waiting) {
        if (spoken == Spoken.HTTP2 && mode == Mode.H2) {
            lane.refuseTunnels();
            return;
        }
        while (connecting < waiting
                && connections.size() + connecting < lane.config().maxConnections()) {
            int before = connecting;
            connect(spoken != Spoken.UNKNOWN);
            if (connecting == before || spoken == Spoken.UNKNOWN) {
                return; // backing off, or the first connection shall show what is spoken
            }
        }
    }

    private void connect(boolean http1) {
        if (state == LaneState.CLOSED || isWaitingToConnect || spoken == Spoken.UNKNOWN && connecting > 0) {
            return;
        }
        HttpConnections wire = endpoint.upstream().wire();
        connecting++;
        EventLoop loop = lane.context().loop();
        ChannelFuture future;
        if (http1 || spoken == Spoken.HTTP1) {
            future = endpoint.connect(loop, List.of(HTTP1), wire.http1(lane).handler());
        } else if (spoken == Spoken.HTTP2) {
            future = endpoint.connect(
                    loop, List.of(HTTP2), wire.http2(lane, false).handler());
        } else {
            future = endpoint.connect(loop, List.of(HTTP2, HTTP1), new AsNegotiated());
        }
        future.addListener(done -> {
            if (!done.isSuccess()) {
                isUnreachable(endpoint.unreachable(done.cause()));
            } else if (state == LaneState.CLOSED) {
                future.channel().close();
            }
        });
    }

    /** Speaks what the handshake of TLS has settled; without it, tries HTTP/2. */
    private final class AsNegotiated extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            String chosen = Peer.chosen(channel);
            HttpConnections wire = endpoint.upstream().wire();
            HttpConnection connection = HTTP1.equals(chosen) ? wire.http1(lane) : wire.http2(lane, chosen == null);
            channel.pipeline().addLast(connection.handler());
        }
    }

    /** A connection cannot be had, or broke before it was ready. */
    public void isUnreachable(String why) {
        connecting--;
        lane.metrics().connectFailures.increment();
        lastFailure = why;
        if (isShut()) {
            lane.handBackWaiting(why);
            closeIfDrained();
            return;
        }
        if (backoff.attempts() == 0) {
            LOG.log(Level.WARNING, "{0}; trying again", why);
        }
        if (connections.isEmpty()) {
            moveTo(LaneState.BACKING_OFF);
            if (mode == Mode.AUTO && spoken != Spoken.UNKNOWN) {
                spoken = Spoken.UNKNOWN; // what comes back may be another server
                lane.sortAgain();
            }
            if (endpoint.upstream().hasOthers()) {
                lane.handBackWaiting(why);
            }
        }
        if (!isWaitingToConnect) {
            isWaitingToConnect = true;
            lane.context().loop().schedule(this::connectAgain, backoff.nextDelayNs(), TimeUnit.NANOSECONDS);
        }
    }

    private void connectAgain() {
        isWaitingToConnect = false;
        if (connections.isEmpty() && connecting == 0) {
            connect(false);
        }
        lane.mayDepart();
    }

    // ---- what connections say of themselves ----

    /** The connection stands and takes requests. */
    public void isReady(HttpConnection connection) {
        connecting--;
        backoff.reset();
        lane.metrics().connects.increment();
        connections.add(connection);
        endpoint.load().connected();
        if (state == LaneState.CLOSED) {
            connection.close("Boxcar is shutting down");
            return;
        }
        if (state != LaneState.DRAINING && state != LaneState.READY) {
            moveTo(LaneState.READY);
            endpoint.load().forget();
            LOG.log(Level.INFO, "upstream {0} connected: {1}", endpoint, connection.isHttp1() ? "HTTP/1.1" : "HTTP/2");
        }
        showConnections();
        Spoken now = connection.isHttp1() ? Spoken.HTTP1 : Spoken.HTTP2;
        if (spoken == Spoken.UNKNOWN) {
            spoken = now;
            lane.sortAgain();
        }
        lane.mayDepart();
    }

    /** The endpoint took the connection, but does not speak HTTP/2. */
    public void isNotHttp2() {
        connecting--;
        if (spoken == Spoken.UNKNOWN) {
            spoken = Spoken.HTTP1;
        }
        connect(true);
        lane.sortAgain();
    }

    /** A connection that was ready takes no more requests, and may take long to answer those in flight: another may be opened. */
    public void isLeaving(HttpConnection connection) {
        if (connections.remove(connection)) {
            leaving.add(connection);
            lane.mayDepart();
        }
    }

    /** A connection that was ready is closed. */
    public void isClosed(HttpConnection connection) {
        connections.remove(connection);
        leaving.remove(connection);
        endpoint.load().disconnected();
        lane.metrics().disconnects.increment();
        showConnections();
        lane.mayDepart();
    }

    private void showConnections() {
        int open = connections.size() + leaving.size();
        lane.metrics().connections.set(open);
        lane.httpMetrics().connections.set(open);
    }

    // ---- time and the end ----

    void sweep(long nowNs) {
        for (int i = connections.size() - 1; i >= 0; i--) {
            if (i < connections.size()) {
                connections.get(i).sweep(nowNs);
            }
        }
        for (HttpConnection connection : List.copyOf(leaving)) {
            connection.sweep(nowNs);
        }
        if (isDemoted && nowNs - demotedUntilNs > 0) {
            isDemoted = false;
            lane.sortAgain();
        }
    }

    boolean isOpen() {
        return !connections.isEmpty() || !leaving.isEmpty() || isDemoted;
    }

    /** Any thread: finishes what is there, then closes. */
    CompletableFuture<Void> drained() {
        lane.context().loop().execute(() -> {
            if (!isShut()) {
                moveTo(LaneState.DRAINING);
                closeIfDrained();
            }
        });
        return closed;
    }

    void closeIfDrained() {
        if (state == LaneState.DRAINING && lane.isEmpty()) {
            moveTo(LaneState.CLOSED);
            closeConnections("Boxcar is shutting down");
            closed.complete(null);
        }
    }

    void closeConnections(String why) {
        for (HttpConnection connection : List.copyOf(connections)) {
            connection.close(why);
        }
        for (HttpConnection connection : List.copyOf(leaving)) {
            connection.close(why);
        }
    }

    /** Ends everything at once. */
    void close() {
        moveTo(LaneState.CLOSED);
        lane.handBackWaiting(endpoint + " is not used any more");
        closeConnections("Boxcar is shutting down");
        closed.complete(null);
    }
}
