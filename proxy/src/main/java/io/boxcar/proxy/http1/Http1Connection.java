package io.boxcar.proxy.http1;

import io.boxcar.batching.InOrderInFlight;
import io.boxcar.metrics.FailureKind;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.ReceivedBytes;
import io.boxcar.proxy.http.HttpConnection;
import io.boxcar.proxy.http.HttpExchange;
import io.boxcar.proxy.http.HttpLane;
import io.boxcar.proxy.http.HttpPool;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection to an endpoint: many pipelined requests, or one at a time (RFC 9112, section 9.3). Owned by the lane's
 * event loop.
 *
 * <pre>
 *   requests -> batch -> flush          head of the table <- ResponseReader <- bytes
 *                 table (in order) ------------'
 * </pre>
 *
 * A connection begins with one request; when that is answered cleanly, it may carry as many as the pool allows. A response is only
 * ever given to the head of the table. Bytes that answer nothing, or that are not HTTP, close the connection, and so does a response
 * that is still coming when others wait behind it for too long: those go elsewhere, and what comes behind it is not read.
 */
public final class Http1Connection extends ChannelInboundHandlerAdapter implements HttpConnection {
    /** A request behind another that has not been answered for this long goes elsewhere, if it is safe to send again. */
    private static final long HELD_UP_NS = 100_000_000;

    /** So many times the usual time must have passed, too. */
    private static final int HELD_UP_FACTOR = 4;

    private enum Phase {
        CONNECTING,
        OPEN,
        /** Takes no more requests; closes when those in flight are answered. */
        RETIRED,
        TUNNEL,
        CLOSED
    }

    private final HttpLane lane;
    private final HttpPool pool;
    private final LoopContext context;
    private final InOrderInFlight<HttpExchange> table;
    private final ReceivedBytes in = new ReceivedBytes();
    private final ResponseReader reader = new ResponseReader();

    private @Nullable Channel channel;
    private @Nullable RequestWriter writer;
    private Phase phase = Phase.CONNECTING;
    private boolean isAlone;
    private boolean isProven;
    private boolean isPaused;
    private int carried;
    private long openedNs;
    private long idleSinceNs;
    private long idleTimeoutNs;
    private long lastReadNs;
    private long unwritableSinceNs;
    /** Since when the request at the head of the table is the one that must be answered. */
    private long headSinceNs;

    private String closeReason = "the upstream closed the connection";

    public Http1Connection(HttpLane lane) {
        this.lane = lane;
        this.pool = lane.pool();
        this.context = lane.context();
        this.table = new InOrderInFlight<>(Math.max(1, lane.config().pipeliningDepth()));
        this.idleTimeoutNs = lane.config().idleTimeoutNs();
    }

    @Override
    public ChannelHandler handler() {
        return this;
    }

    @Override
    public boolean isHttp1() {
        return true;
    }

    private Channel channel() {
        Channel c = channel;
        if (c == null) {
            throw new IllegalStateException("not connected");
        }
        return c;
    }

    private RequestWriter writer() {
        RequestWriter w = writer;
        if (w == null) {
            throw new IllegalStateException("not connected");
        }
        return w;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        channel = ctx.channel();
        writer = new RequestWriter(ctx.channel(), context);
        phase = Phase.OPEN;
        openedNs = context.nowNs();
        idleSinceNs = openedNs;
        lastReadNs = openedNs;
        pool.isReady(this);
    }

    // ---- requests ----

    @Override
    public int room() {
        // Behind a response that comes in pieces nobody should wait.
        if (phase != Phase.OPEN || isAlone || reader.isStreaming() || !channel().isWritable()) {
            return 0;
        }
        int depth = isProven ? pool.pipeliningDepth() : 1;
        int most = pool.requestsPerConnection();
        int room = depth - table.size();
        return Math.max(0, most == 0 ? room : Math.min(room, most - carried));
    }

    @Override
    public boolean isHeld() {
        return phase != Phase.OPEN || isAlone || reader.isStreaming();
    }

    @Override
    public boolean isIdle() {
        return phase == Phase.OPEN && table.isEmpty() && room() > 0;
    }

    @Override
    public void send(HttpExchange exchange, boolean alone, long nowNs) {
        if (table.isEmpty()) {
            headSinceNs = nowNs;
            lastReadNs = nowNs;
        }
        isAlone = alone;
        carried++;
        table.add(exchange);
        writer().write(exchange);
        exchange.isCarriedBy(this);
    }

    @Override
    public void flush(long nowNs) {
        writer().flush();
    }

    @Override
    public void onRequestData(HttpExchange exchange, ByteBuf data) {
        assert exchange == table.head() && isAlone;
        writer().writeData(data);
    }

    @Override
    public void onRequestEnd(HttpExchange exchange, @Nullable ByteBuf trailers) {
        assert exchange == table.head() && isAlone;
        headSinceNs = context.turnNs();
        writer().end(trailers);
    }

    @Override
    public void onCancel(HttpExchange exchange) {
        if (exchange == table.head()) {
            if (isAlone) {
                close("the client has gone");
            } else {
                endIfUnwanted(exchange);
            }
        }
        // Else its response is read and let go, like any other: those before and behind it are wanted.
    }

    /** A response that nobody waits for may be long, or endless. Whether the connection ends. */
    private boolean endIfUnwanted(HttpExchange exchange) {
        if (!exchange.isCancelled || !reader.isStreaming()) {
            return false;
        }
        if (table.size() == 1 || rescueThoseBehind()) {
            close("the client has gone");
            return true;
        }
        resume(); // nobody else will
        return false;
    }

    @Override
    public void onTaken(HttpExchange exchange, int bytes) {
        if (exchange == table.head() && exchange.onWayBytes() < HttpExchange.PAUSE_BYTES / 2) {
            resume();
        }
    }

    private void resume() {
        if (isPaused) {
            isPaused = false;
            lastReadNs = context.turnNs();
            channel().config().setAutoRead(true);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            writer().isWritable();
            lane.mayDepart();
        } else {
            unwritableSinceNs = context.turnNs();
        }
    }

    // ---- responses ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (phase == Phase.CLOSED) {
            bytes.release();
            return;
        }
        lastReadNs = context.turnNs();
        lane.metrics().bytesIn.add(bytes.readableBytes());
        if (phase == Phase.TUNNEL) {
            head().respondData(bytes);
            pauseIfSlow();
            return;
        }
        in.add(bytes);
        read();
    }

    private HttpExchange head() {
        HttpExchange head = table.head();
        if (head == null) {
            throw new IllegalStateException("nothing is in flight");
        }
        return head;
    }

    private void read() {
        ByteBuf bytes;
        while (phase != Phase.CLOSED && (bytes = in.bytes()) != null) {
            HttpExchange exchange = table.head();
            if (exchange == null) {
                poison("it sent bytes that answer no request");
                return;
            }
            switch (reader.read(exchange, in, bytes)) {
                case NEEDS_MORE -> {
                    return;
                }
                case PROGRESS -> pauseIfSlow();
                case ENDED -> isAnswered(exchange);
                case SWITCHED -> becomeTunnel(exchange);
                case BROKEN -> {
                    poison("its response is not what HTTP/1.1 allows: " + reader.reason());
                    return;
                }
            }
        }
    }

    /** The response of the head is over. It leaves the table before its client can use it for another request. */
    private void isAnswered(HttpExchange exchange) {
        table.takeHead();
        reader.giveAway(exchange);
        if (reader.isEndInDoubt()) {
            poison("a response 204 that says it has a body");
            return;
        }
        long nowNs = context.turnNs();
        headSinceNs = nowNs;
        boolean isOver = !reader.isPersistent() || !writer().isAtBoundary();
        isAlone = false;
        resume(); // the slow client had it all in what was read already
        if (reader.idleTimeoutNs() > 0) {
            // A second early, or at half time: the upstream must not close it just when a request goes out.
            idleTimeoutNs = Math.min(
                    lane.config().idleTimeoutNs(),
                    Math.max(reader.idleTimeoutNs() / 2, reader.idleTimeoutNs() - 1_000_000_000));
        }
        if (isOver) {
            if (!reader.isPersistent() && reader.isProvenHttp11() && phase == Phase.OPEN) {
                pool.learnRequests(carried - table.size());
            }
            // A server that closes does not process what is behind (RFC 9112, section 9.6).
            takeBackFrom(0, false);
            close("the upstream ended the connection");
            return;
        }
        isProven |= reader.isProvenHttp11();
        if (table.isEmpty()) {
            idleSinceNs = nowNs;
            if (phase == Phase.RETIRED || isWornOut(nowNs)) {
                rotate();
            }
        }
    }

    private boolean isWornOut(long nowNs) {
        int most = pool.requestsPerConnection();
        long maxAgeNs = lane.config().connectionAgeNs();
        return most > 0 && carried >= most || maxAgeNs > 0 && nowNs - openedNs > maxAgeNs;
    }

    private void rotate() {
        lane.httpMetrics().connectionsRotated.increment();
        close("the connection was replaced");
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (phase == Phase.CLOSED) {
            return;
        }
        HttpExchange exchange = table.head();
        if (exchange != null && reader.streamWhatIsHere(exchange)) {
            pauseIfSlow();
        }
        in.keepLeftOver(context.turnNs());
        lane.mayDepart();
    }

    private void becomeTunnel(HttpExchange exchange) {
        phase = Phase.TUNNEL;
        writer().becomeTunnel(exchange);
        lane.httpMetrics().tunnels.increment();
        ByteBuf early = in.bytes();
        if (early != null) {
            exchange.respondData(in.take(early.readableBytes()));
        }
    }

    /** A client that is slow to read holds up this connection, and so nobody else must be on it. */
    private void pauseIfSlow() {
        HttpExchange exchange = table.head();
        if (exchange == null || endIfUnwanted(exchange) || exchange.isCancelled) {
            return;
        }
        if (isPaused || exchange.onWayBytes() <= HttpExchange.PAUSE_BYTES) {
            return;
        }
        if (table.size() > 1 && !rescueThoseBehind()) {
            return; // they cannot go elsewhere, so this one's bytes are kept as they come
        }
        isPaused = true;
        channel().config().setAutoRead(false);
    }

    // ---- requests that go elsewhere ----

    /** Those behind the head are sent elsewhere; the connection ends with the response that is coming. */
    private boolean rescueThoseBehind() {
        for (long id = table.headId() + 1; id < table.nextId(); id++) {
            HttpExchange behind = table.get(id);
            if (behind != null && !behind.isIdempotent()) {
                return false;
            }
        }
        lane.httpMetrics().rescued.add(table.size() - 1);
        phase = Phase.RETIRED;
        reader.isLast();
        takeBackFrom(1, true);
        return true;
    }

    /**
     * The lane gets back those in flight behind the first so many, but for those that are not safe to repeat: they fail.
     *
     * @param mayHaveBeenExecuted or else the upstream has not looked at them
     */
    private void takeBackFrom(int first, boolean mayHaveBeenExecuted) {
        List<HttpExchange> all = new ArrayList<>();
        table.failAll(all::add);
        for (int i = 0; i < first; i++) {
            table.add(all.get(i));
        }
        for (int i = all.size() - 1; i >= first; i--) {
            HttpExchange exchange = all.get(i);
            if (exchange.isIdempotent()) {
                exchange.isWritten = mayHaveBeenExecuted;
                lane.takeBack(exchange);
            } else {
                exchange.fail(
                        FailureKind.OUTCOME_UNKNOWN,
                        "upstream " + lane.endpoint() + " ended the connection before it answered",
                        false);
            }
        }
    }

    // ---- time limits ----

    @Override
    public void sweep(long nowNs) {
        if (phase == Phase.TUNNEL || phase == Phase.CLOSED) {
            return;
        }
        HttpExchange exchange = table.head();
        if (exchange == null) {
            if (nowNs - idleSinceNs > idleTimeoutNs) {
                close("the connection was not used");
            } else if (isWornOut(nowNs)) {
                rotate();
            }
            return;
        }
        long responseTimeoutNs = lane.config().timeout().responseNs();
        long bodyTimeoutNs = lane.config().timeout().bodyNs();
        if (reader.isStreaming()) {
            if (bodyTimeoutNs > 0 && !isPaused && nowNs - lastReadNs > bodyTimeoutNs) {
                breakOff(
                        FailureKind.REQUEST_TIMEOUT,
                        "upstream " + lane.endpoint() + " sent nothing for " + bodyTimeoutNs / 1_000_000
                                + " ms in the middle of a response");
            }
        } else if (bodyTimeoutNs > 0
                && !writer().isAtBoundary()
                && !channel().isWritable()
                && nowNs - unwritableSinceNs > bodyTimeoutNs) {
            breakOff(
                    FailureKind.REQUEST_TIMEOUT,
                    "upstream " + lane.endpoint() + " took nothing of the request's body for "
                            + bodyTimeoutNs / 1_000_000 + " ms");
        } else if (responseTimeoutNs > 0 && writer().isAtBoundary() && nowNs - headSinceNs > responseTimeoutNs) {
            breakOff(
                    FailureKind.REQUEST_TIMEOUT,
                    "no answer from upstream " + lane.endpoint() + " within " + responseTimeoutNs / 1_000_000 + " ms");
        } else if (table.size() > 1
                && nowNs - headSinceNs > Math.max(HELD_UP_NS, HELD_UP_FACTOR * lane.roundTripNs())
                && rescueThoseBehind()) {
            pool.demote("a response took " + (nowNs - headSinceNs) / 1_000_000 + " ms with others behind it");
        }
    }

    // ---- the end ----

    /** What the upstream sends cannot be trusted any more: nothing is paired with anything. */
    private void poison(String why) {
        lane.metrics().poisoned.increment();
        breakOff(FailureKind.BAD_RESPONSE, "upstream " + lane.endpoint() + ": " + why);
    }

    @Override
    public void close(String reason) {
        end(FailureKind.OUTCOME_UNKNOWN, "upstream " + lane.endpoint() + ": " + reason);
    }

    /** It ends otherwise than agreed. If requests were waiting behind each other, that may be why. */
    private void breakOff(FailureKind failure, String reason) {
        boolean wasPipelined = table.size() > 1;
        end(failure, reason);
        if (wasPipelined) {
            pool.demote(reason);
        }
    }

    /** Everything in flight fails: the head for this reason, those behind it because their connection is gone. */
    private void end(FailureKind failure, String reason) {
        if (phase == Phase.CLOSED) {
            return;
        }
        boolean wasReady = phase != Phase.CONNECTING;
        phase = Phase.CLOSED;
        closeReason = reason;
        in.release();
        reader.release();
        Channel c = channel;
        if (c != null) {
            writer().release();
            c.close();
        }
        if (wasReady) {
            pool.isClosed(this);
        }
        List<HttpExchange> lost = new ArrayList<>();
        table.failAll(lost::add);
        FailureKind kind = failure;
        for (HttpExchange exchange : lost) {
            boolean mayRepeat = exchange.isIdempotent() && kind != FailureKind.REQUEST_TIMEOUT;
            exchange.fail(kind, reason, mayRepeat);
            kind = FailureKind.OUTCOME_UNKNOWN;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        HttpExchange exchange = table.head();
        if (phase == Phase.TUNNEL || exchange != null && reader.endsWithConnection(exchange)) {
            if (exchange != null) {
                table.takeHead();
                exchange.respondEnd(null);
            }
        } else if (phase == Phase.OPEN && exchange == null) {
            lane.httpMetrics().staleConnections.increment();
        }
        breakOff(FailureKind.OUTCOME_UNKNOWN, "upstream " + lane.endpoint() + ": " + closeReason);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LoopContext.reportMistake(cause);
        close(String.valueOf(cause.getMessage()));
    }
}
