package io.boxcar.proxy.core;

import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.accesslog.AccessEntry;
import io.boxcar.proxy.core.ReadGate.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One application's connection: bytes in, bytes out, and its end. Owned by its event loop.
 *
 * <pre>
 *             bytes                 exchanges
 *   client ---------> decoder ----> ClientRequests -> lanes, shared with other clients
 *     ^                    '------> PinnedRoute    -> a connection lent to this client, while it has state
 *     '---- responses, in order ------'
 * </pre>
 */
final class ClientConnection extends ChannelInboundHandlerAdapter implements Client, Flushing, ClientHandle {
    /** A client that is to be closed, and does not take its last responses for this long, is cut off. */
    private static final long CLOSING_NS = 10_000_000_000L;

    /** So much is read ahead of a client whose connection must be watched. */
    private static final int LOOKOUT_BYTES = 64 * 1024;

    private final Listener listener;
    private final LoopContext context;
    private final ListenerMetrics metrics;
    private final long number;
    private final ReadGate gate = new ReadGate();
    private final ReceivedBytes in = new ReceivedBytes();

    // What the client has at one upstream; another's take their place when it moves.
    private Upstream upstream;
    private RequestDecoder decoder;
    private ClientRequests requests;
    private PinnedRoute pinned;

    /** Where the client is to go as soon as nothing holds it; null if it is where it should be. */
    private @Nullable Upstream next;

    /** Null if there is no access log. */
    private @Nullable RequestLog log;

    private @Nullable ChannelHandlerContext channelContext;
    private @Nullable ClientOutput output;
    private boolean closed;
    private boolean closing;
    private boolean inputEnded;
    private boolean isReadComplete = true;
    private boolean isDecoding;
    private boolean hopesForMore;
    private boolean isReadingPaused;
    private long lastReadNs;
    private long closingSinceNs;

    ClientConnection(Listener listener, Upstream upstream, LoopContext context, ListenerMetrics metrics, long number) {
        this.listener = listener;
        this.upstream = upstream;
        this.context = context;
        this.metrics = metrics;
        this.number = number;
        this.decoder = upstream.protocol().newRequestDecoder(listener.config(), this);
        this.log = RequestLog.of(context, listener.config().name(), upstream, decoder);
        this.requests =
                new ClientRequests(this, decoder, in, gate, listener.limits().maxPipeline(), number, log);
        this.pinned = new PinnedRoute(this, decoder, gate);
        upstream.join();
    }

    LoopContext context() {
        return context;
    }

    Listener listener() {
        return listener;
    }

    Upstream upstream() {
        return upstream;
    }

    ListenerMetrics metrics() {
        return metrics;
    }

    ClientRequests requests() {
        return requests;
    }

    private ChannelHandlerContext channelContext() {
        ChannelHandlerContext c = channelContext;
        if (c == null) {
            throw new IllegalStateException("not yet in a pipeline");
        }
        return c;
    }

    private ClientOutput output() {
        ClientOutput o = output;
        if (o == null) {
            throw new IllegalStateException("not yet in a pipeline");
        }
        return o;
    }

    Channel channel() {
        return channelContext().channel();
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        return channel().localAddress();
    }

    @Override
    public int endpoints() {
        return upstream.serving().size();
    }

    @Override
    public void closeFromAnyThread() {
        context.loop().execute(this::close);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        channelContext = ctx;
        output = new ClientOutput(this, ctx);
        if (log != null) {
            log.isFrom(ctx.channel().remoteAddress());
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        lastReadNs = context.nowNs();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        assert context.loop().inEventLoop();
        closed = true;
        gate.close(Reason.CLOSING);
        in.release();
        output().forgetUnsent();
        pinned.close();
        requests.close();
        decoder.close();
        upstream.leave();
    }

    // ---- requests ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        metrics.bytesIn.add(bytes.readableBytes());
        lastReadNs = context.turnNs();
        in.add(bytes);
        isReadComplete = false;
        decode();
    }

    /** All is here that the socket had: what was left in the hope for more must be taken as it is. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        isReadComplete = true;
        if (hopesForMore) {
            hopesForMore = false;
            decode();
        }
    }

    /**
     * The client sends no more, but may still read: it gets the answers to what it sent, as the upstream itself would give
     * them. Whether it is gone altogether shows when they are written.
     */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
            endInputIfAllIsTaken();
        }
    }

    private void endInputIfAllIsTaken() {
        if (!inputEnded || closed) {
            return;
        }
        if (pinned.awaitsLastResponse() && (in.bytes() == null || pinned.mayBlock())) {
            pinned.endInput(); // it may never come, and the upstream must know that nobody waits
        }
        if (!gate.isOpen()) {
            return;
        }
        if (pinned.isUsed()) {
            pinned.endInput();
            return;
        }
        startClosing();
        closeIfDone();
    }

    /** Takes requests from the bytes that are there, for as long as the gate is open. */
    private void decode() {
        if (isDecoding) {
            return; // the loop further down the stack goes on, however many requests are refused one after the other
        }
        isDecoding = true;
        try {
            ByteBuf bytes;
            boolean more = true;
            while (more && (bytes = in.bytes()) != null && gate.isOpen()) {
                if (pinned.isMidway()) {
                    pinned.send(in, bytes);
                } else if (next != null && !moveIfPossible()) {
                    gate.close(Reason.TURNOUT);
                } else if (context.isFull()) {
                    gate.close(Reason.ROOM);
                    context.awaitExchange(this);
                } else {
                    more = decode(bytes);
                }
            }
        } finally {
            isDecoding = false;
        }
        pinned.flush();
        endInputIfAllIsTaken();
        updateReading();
    }

    /** The next request; false if it is not there. */
    private boolean decode(ByteBuf bytes) {
        switch (decoder.next(bytes, pinned.isUsed())) {
            case INCOMPLETE -> {
                in.keepLeftOver(context.turnNs());
                return false;
            }
            case SHARED -> requests.offer(bytes);
            case SCATTERED -> requests.scatter();
            case ANSWERED -> answer(bytes, false, AccessEntry.Outcome.LOCAL);
            case ANSWERED_THEN_CLOSE -> answer(bytes, true, AccessEntry.Outcome.LOCAL);
            case REFUSED -> {
                metrics.protocolErrors.increment();
                answer(bytes, true, AccessEntry.Outcome.ERROR);
            }
            case PINNED -> {
                return pin(bytes, false);
            }
            case CONTROL -> {
                return pin(bytes, true);
            }
        }
        return true;
    }

    private boolean pin(ByteBuf bytes, boolean control) {
        if (decoder.mayBePart() && !isReadComplete) {
            hopesForMore = true;
            return false;
        }
        in.requestFound();
        if (pinned.isUsed()) {
            pinned.send(in, bytes);
        } else {
            pinned.want(control);
            openPinnedIfWanted();
        }
        return true;
    }

    private void openPinnedIfWanted() {
        if (pinned.isWanted() && requests.isEmpty()) {
            pinned.open(requests.lanes().endpoint(decoder.place()));
        }
    }

    /** There may be room again, in a lane or in this loop's share. */
    void resumeAfterStall() {
        if (!closed && requests.resume()) {
            gate.open(Reason.ROOM);
            decode();
        }
    }

    /** Boxcar's own answer takes its place in the order of responses. */
    private void answer(ByteBuf bytesView, boolean thenClose, AccessEntry.Outcome outcome) {
        in.requestFound();
        if (pinned.isUsed() && !pinned.isIdle()) {
            pinned.awaitIdle(); // the answers on the pinned connection come first
            return;
        }
        if (log != null) {
            boolean isError = outcome == AccessEntry.Outcome.ERROR;
            log.ended(bytesView, outcome, isError ? "protocol_error" : "", context.turnNs());
        }
        metrics.requests.increment();
        metrics.answeredLocally.increment();
        ByteBuf reply = decoder.reply(bytesView.alloc());
        if (thenClose) {
            in.release();
            startClosing();
        } else {
            in.skip(decoder.length());
        }
        requests.answer(reply);
        closeIfDone();
    }

    /** Something that held up the client's bytes is over. */
    void goOn() {
        if (closed) {
            return;
        }
        moveIfPossible();
        openPinnedIfWanted();
        decode();
        closeIfDone(); // a drain may have begun in the meantime
    }

    // ---- to another upstream ----

    @Override
    public void moveTo(Service service) {
        assert context.loop().inEventLoop();
        if (!closed && service instanceof InOrderService inOrder) {
            next = inOrder.upstream() == upstream ? null : inOrder.upstream();
            moveIfPossible();
        }
    }

    /** Moves if the client should and can; false if it can as soon as everything outstanding is answered. */
    private boolean moveIfPossible() {
        Upstream to = next;
        if (to == null || !pinned.isShared() || pinned.isRedirecting() || requests.isStale()) {
            return true;
        }
        if (!requests.isEmpty()) {
            return false;
        }
        RequestDecoder successor = to.protocol().newRequestDecoder(listener.config(), this, decoder);
        if (successor != null) {
            next = null;
            requests.leave();
            upstream.leave();
            upstream = to;
            to.join();
            decoder = successor;
            log = log == null ? null : log.movedTo(to, decoder);
            requests = new ClientRequests(
                    this, decoder, in, gate, listener.limits().maxPipeline(), number, log);
            pinned = new PinnedRoute(this, decoder, gate);
        }
        return true;
    }

    // ---- for the pinned route ----

    /** Whether what comes next from the client had come before it was told of a loss. */
    boolean isBehindLoss() {
        return in.bytes() != null && requests.isStale();
    }

    /** The request at the head goes out on the pinned connection. */
    void logPinned(ByteBuf bytesView, Endpoint endpoint) {
        if (log != null) {
            log.pinned(bytesView, endpoint, context.turnNs());
        }
    }

    /** Null if clients of this identity can share, else an endpoint where they cannot, or not yet. */
    @Nullable
    Endpoint firstRefusing(Identity identity) {
        Endpoint refusing = null;
        if (!identity.equals(upstream.protocol().initialIdentity())) {
            for (Endpoint endpoint : upstream.serving()) {
                if (endpoint.admits(identity, context.turnNs())) {
                    return null; // one speaks for all: another may be down
                }
                refusing = endpoint;
            }
        }
        return refusing;
    }

    /** The client shares from now on, as this identity. */
    void takeLanes(Identity identity) {
        requests.lanes().take(identity);
    }

    /** This request, which had been taken, is to be found again before all others; takes it. */
    void takeBack(ByteBuf request) {
        if (closed) {
            request.release();
        } else {
            in.putBack(request);
        }
    }

    /** The request at the head fails; the client stays as it was. */
    void refuseRequest(FailureKind failure, String detail, boolean isCounted) {
        metrics.errors(failure).increment();
        if (log != null) {
            log.ended(in.bytes(), AccessEntry.Outcome.ERROR, failure.label(), context.turnNs());
        }
        answerRequest(upstream.protocol().failure(channel().alloc(), failure, detail, 1), isCounted);
    }

    /** The request at the head, which could not be sent, gets this answer; takes it. It may have been sent elsewhere, and counted. */
    void answerRequest(ByteBuf answer, boolean isCounted) {
        if (closed) {
            answer.release();
            return;
        }
        metrics.requests.add(isCounted ? 0 : 1);
        requests.answer(answer);
        int length = decoder.length();
        if (length < 0 || decoder.changesState()) {
            in.release(); // what follows is the rest of the request, or would not mean what the client believes
            startClosing();
        } else {
            in.skip(length);
        }
        goOn();
    }

    boolean isWritable() {
        return channel().isWritable();
    }

    /** Closes the client behind what is written. */
    void closeBehindOutput() {
        if (!closed) {
            startClosing();
            updateReading();
            channelContext().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    // ---- responses ----

    /** Writes a response or a part of one; takes it. */
    void write(ByteBuf response) {
        output().write(response, !pinned.isUsed());
    }

    /** The client is slow to read: its requests wait. Others go on. */
    void isSlow() {
        if (!gate.isClosedBy(Reason.UNWRITABLE)) {
            gate.close(Reason.UNWRITABLE);
            metrics.readsPaused.increment();
            updateReading();
        }
        pinned.setReading(false);
    }

    /** At the end of the turn: everything written since the last flush leaves. */
    @Override
    public void flush() {
        output().flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        boolean writable = ctx.channel().isWritable();
        pinned.setReading(writable);
        if (writable && gate.isClosedBy(Reason.UNWRITABLE)) {
            output().forgetUnsent();
            gate.open(Reason.UNWRITABLE);
            decode();
        }
    }

    private void updateReading() {
        if (inputEnded) {
            return; // nothing will come, and to ask for it may be an error
        }
        // Whoever waits for what may never come may also leave, and that shows only when it is read.
        boolean looksOut = pinned.awaitsLastResponse() && in.length() < LOOKOUT_BYTES;
        boolean pause = !gate.isOpen() && !looksOut && !closed;
        if (pause != isReadingPaused) {
            isReadingPaused = pause;
            channel().config().setAutoRead(!pause);
        }
    }

    // ---- the end ----

    /** Takes no further request; closes when what is outstanding has been answered. */
    @Override
    public void drain() {
        assert context.loop().inEventLoop();
        if (closed) {
            return;
        }
        startClosing();
        updateReading();
        closeIfDone();
    }

    /** RESP has no words for it. */
    @Override
    public void announceEnd() {}

    private void startClosing() {
        if (!closing) {
            closing = true;
            closingSinceNs = context.turnNs();
        }
        gate.close(Reason.CLOSING);
    }

    void closeIfDone() {
        if (closing && requests.isEmpty() && pinned.isIdle()) {
            closeBehindOutput();
        }
    }

    /**
     * Called about once a second: closes the client if it has been idle, in the middle of a request, or about to be closed for
     * too long.
     */
    @Override
    public void checkTimeouts(long nowNs) {
        pinned.checkSilence(nowNs);
        long readTimeoutNs = listener.limits().requestReadTimeoutNs();
        long idleTimeoutNs = listener.limits().idleTimeoutNs();
        long silentNs = nowNs - lastReadNs;
        boolean isLate = in.isLate(nowNs, readTimeoutNs)
                || readTimeoutNs > 0 && pinned.isMidRequest() && silentNs > readTimeoutNs;
        boolean isQuiet = requests.isEmpty() && pinned.isShared() && output().isEmpty();
        boolean isIdle = isQuiet && idleTimeoutNs > 0 && silentNs > idleTimeoutNs;
        boolean isStuck = closing && nowNs - closingSinceNs > CLOSING_NS && requests.isEmpty() && !pinned.isUsed();
        if (isLate || isIdle || isStuck) {
            metrics.idleClientsClosed.increment();
            channel().close();
        }
    }

    @Override
    public void close() {
        channel().close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LoopContext.reportMistake(cause);
        ctx.close();
    }
}
