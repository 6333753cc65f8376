package io.boxcar.proxy.core;

import io.boxcar.batching.ResponseWindow;
import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.core.ReadGate.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import org.jspecify.annotations.Nullable;

/**
 * One application's connection. Owned by its event loop, but for the two fields that say otherwise.
 *
 * <pre>
 *             bytes                 exchanges               lane
 *   client ---------> decoder ----> window (order) ------> ring ----> upstream connection
 *     ^                               |   ^                               |
 *     '---- responses, in order ------'   '---- exchanges handed back ----'
 * </pre>
 * While the client has state that a shared connection must not see, bytes pass between it and an {@link OwnConnection}.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter {
    /** A connection of its own that a client has not used for this long is given back. */
    private static final long OWN_IDLE_NS = 10_000_000_000L;

    /** A client that is to be closed, and does not take its last responses for this long, is cut off. */
    private static final long CLOSING_NS = 10_000_000_000L;

    private final Listener listener;
    private final LoopContext context;
    private final ListenerMetrics metrics;
    private final RequestDecoder decoder;
    private final ResponseWindow<Exchange> window;
    private final ReadGate gate = new ReadGate();
    private final Lane lane;
    private final OwnRoute own;

    private @Nullable ChannelHandlerContext channelContext;
    private @Nullable ClientOutput output;
    private final ClientInput in = new ClientInput();
    private @Nullable Exchange stalled;
    private boolean closed;
    private boolean closing;
    private boolean inputEnded;
    private boolean isReadingPaused;
    private long lastReadNs;
    private long closingSinceNs;

    /** Counts the losses that this client was told of: requests sent before it knew carry the older number. */
    private int epoch;

    /** How many of them had been received when the client was told of the last loss: what is decoded of them comes too late. */
    private long staleBytes;

    private int staleEpoch;

    /** Owned by the lane's loop: requests of this or an older epoch are not sent, because one before them was lost. */
    int lostEpoch = -1;

    /** Owned by the lane's loop: the last of its losses in which this client had a request in flight that may not be repeated. */
    int lossWithWrite;

    /** Owned by the lane's loop: the activity epoch in which this client was counted last. */
    int activityEpoch = -1;

    ClientConnection(Listener listener, LoopContext context, ListenerMetrics metrics, Lane lane) {
        this.listener = listener;
        this.context = context;
        this.metrics = metrics;
        this.lane = lane;
        this.decoder = listener.protocol().newRequestDecoder(listener.limits());
        this.window = new ResponseWindow<>(listener.limits().maxPipeline());
        this.own = new OwnRoute(this, decoder, gate);
    }

    LoopContext context() {
        return context;
    }

    Listener listener() {
        return listener;
    }

    ListenerMetrics metrics() {
        return metrics;
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

    private Channel channel() {
        return channelContext().channel();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        channelContext = ctx;
        output = new ClientOutput(this, ctx);
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
        own.close();
        // What the lane has comes back and is let go then; what is already answered or never left ends here.
        Exchange exchange;
        while ((exchange = window.poll()) != null) {
            if (exchange.isAnswered() || exchange == stalled) {
                context.release(exchange);
            }
        }
        stalled = null;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        metrics.bytesIn.add(bytes.readableBytes());
        lastReadNs = context.turnNs();
        in.add(bytes);
        decode();
    }

    /**
     * The client sends no more, but may still read: it gets the answers to what it sent, as the upstream itself would give
     * them. Whether it is gone altogether shows when they are written.
     */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
            if (own.awaitsOneResponse()) {
                own.endInput(); // it may never come, and the upstream must know that nobody waits
            }
            endInputIfAllIsTaken();
        }
    }

    private void endInputIfAllIsTaken() {
        if (!inputEnded || !gate.isOpen() || closed) {
            return;
        }
        if (own.isUsed()) {
            own.endInput();
            return;
        }
        startClosing();
        closeIfDone();
    }

    /** Takes requests from the bytes that are there, for as long as the gate is open. */
    private void decode() {
        ByteBuf bytes;
        while ((bytes = in.bytes()) != null && gate.isOpen()) {
            if (own.isUsed()) {
                own.send(in.take(decoder.relay(bytes)));
            } else if (context.isFull()) {
                gate.close(Reason.ROOM);
                context.awaitExchange(this);
            } else {
                switch (decoder.next(bytes)) {
                    case INCOMPLETE -> {
                        in.keepLeftOver(context.turnNs());
                        endInputIfAllIsTaken();
                        updateReading();
                        return;
                    }
                    case SHARED -> offer(bytes);
                    case ANSWERED -> answer(bytes, false);
                    case ANSWERED_THEN_CLOSE -> answer(bytes, true);
                    case REFUSED -> {
                        metrics.protocolErrors.increment();
                        answer(bytes, true);
                    }
                    case OWN_ONCE -> wantOwn(OwnRoute.Use.ONCE);
                    case OWN_SESSION -> wantOwn(OwnRoute.Use.SESSION);
                }
            }
        }
        endInputIfAllIsTaken();
        updateReading();
    }

    /** Puts the request or run at the head on the lane. */
    private void offer(ByteBuf bytesView) {
        Exchange exchange = context.acquire();
        int length = decoder.length();
        in.requestFound();
        exchange.client = this;
        exchange.requestLength = length;
        exchange.expected = decoder.count();
        exchange.repeatable = decoder.isRepeatable();
        exchange.epoch = isStale() ? staleEpoch : epoch;
        exchange.receivedNs = context.turnNs();
        exchange.requestIndex = bytesView.readerIndex();
        exchange.request = in.takeShare(length);
        metrics.requests.add(exchange.expected);
        if (exchange.expected > 1) {
            metrics.batchesOfRequests.increment();
        }
        window.add(exchange);
        if (window.isFull()) {
            gate.close(Reason.WINDOW);
        }
        if (!lane.offer(exchange)) {
            stalled = exchange;
            awaitLane();
        }
    }

    /** Whether the request at the head had come before the client was told of a loss. */
    private boolean isStale() {
        return in.position() < staleBytes;
    }

    /** The request at the head goes over a connection of the client's own, when what it sent before is answered. */
    private void wantOwn(OwnRoute.Use use) {
        in.requestFound();
        own.want(use);
        if (window.isEmpty()) {
            own.open();
        }
    }

    private void awaitLane() {
        gate.close(Reason.ROOM);
        context.awaitLane(this);
        lane.wakeWhenRoom(context);
    }

    /** There may be room again, in the lane or in this loop's share. */
    void resumeAfterStall() {
        if (closed) {
            return;
        }
        gate.open(Reason.ROOM);
        Exchange exchange = stalled;
        if (exchange != null) {
            if (!lane.offer(exchange)) {
                awaitLane();
                return;
            }
            stalled = null;
        }
        decode();
    }

    /** Boxcar's own answer takes its place in the order of responses. */
    private void answer(ByteBuf bytesView, boolean thenClose) {
        in.requestFound();
        metrics.requests.increment();
        metrics.answeredLocally.increment();
        ByteBuf reply = decoder.reply(bytesView.alloc());
        if (thenClose) {
            in.release();
            startClosing();
        } else {
            in.skip(decoder.length());
        }
        if (window.isEmpty()) {
            write(reply);
            metrics.responses.increment();
            closeIfDone();
            return;
        }
        Exchange exchange = context.acquire();
        exchange.client = this;
        exchange.expected = 1;
        exchange.receivedNs = context.turnNs();
        exchange.response = reply;
        exchange.markAnswered();
        window.add(exchange);
        if (window.isFull()) {
            gate.close(Reason.WINDOW);
        }
    }

    /** An exchange has come back with its response or its failure. */
    void onAnswered(Exchange exchange) {
        assert context.loop().inEventLoop();
        FailureKind failure = exchange.failure;
        if (failure == FailureKind.OUTCOME_UNKNOWN) {
            staleBytes = in.received();
            staleEpoch = exchange.epoch;
            epoch++;
        }
        if (closed) {
            context.release(exchange);
            return;
        }
        if (failure != null) {
            fail(exchange, failure);
        }
        releaseWindow();
    }

    /** Whole responses of a run that had come before it failed are kept; the error takes the place of the others. */
    private void fail(Exchange exchange, FailureKind failure) {
        metrics.errors(failure).add(exchange.remaining);
        if (exchange.streaming) {
            // A part of the response is with the client: nothing but the end of the connection can tell it.
            channel().close();
            return;
        }
        exchange.keepWholeResponses();
        String detail = exchange.failureDetail;
        exchange.appendResponse(listener.protocol()
                .failure(channel().alloc(), failure, detail == null ? "" : detail, exchange.remaining));
    }

    /** A piece of a response that is too long to be collected. Its exchange is at the head of the window. */
    void onPiece(Exchange exchange, ByteBuf piece, boolean last) {
        assert context.loop().inEventLoop();
        if (closed) {
            piece.release();
            if (last) {
                context.release(exchange);
            }
            return;
        }
        if (window.head() != exchange) {
            throw new IllegalStateException("a response overtook an earlier one of the same client");
        }
        write(piece);
        if (last) {
            exchange.markAnswered();
            releaseWindow();
        } else {
            flush();
        }
    }

    /** Writes the responses that are now at the head. */
    private void releaseWindow() {
        long nowNs = context.turnNs();
        Exchange exchange;
        while ((exchange = window.pollAnswered()) != null) {
            ByteBuf response = exchange.response;
            if (response != null) {
                exchange.response = null;
                write(response);
            }
            metrics.responses.add(exchange.expected);
            metrics.totalTimeNs.record(nowNs - exchange.receivedNs);
            context.release(exchange);
        }
        if (gate.isOpen()) {
            return;
        }
        if (!window.isFull()) {
            gate.open(Reason.WINDOW);
        }
        if (window.isEmpty() && own.isWanted()) {
            own.open();
        } else {
            decode();
        }
        closeIfDone();
    }

    /** Writes a response or a part of one; takes it. */
    void write(ByteBuf response) {
        output().write(response, !own.isUsed());
    }

    /** The client is slow to read: its requests wait. Others go on. */
    void isSlow() {
        if (!gate.isClosedBy(Reason.UNWRITABLE)) {
            gate.close(Reason.UNWRITABLE);
            metrics.readsPaused.increment();
            updateReading();
        }
    }

    /** At the end of the turn: everything written since the last flush leaves. */
    void flush() {
        output().flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        boolean writable = ctx.channel().isWritable();
        own.setReading(writable);
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
        boolean pause = !gate.isOpen() && !closed;
        if (pause != isReadingPaused) {
            isReadingPaused = pause;
            channel().config().setAutoRead(!pause);
        }
    }

    // ---- for the client's own route ----

    /** Whether what comes next from the client had come before it was told of a loss. */
    boolean isBehindLoss() {
        return in.bytes() != null && isStale();
    }

    /** Something that held up the client's bytes is over. */
    void goOn() {
        decode();
        closeIfDone(); // a drain may have begun in the meantime
    }

    /** The request at the head, which needed a connection of its own, fails; the client stays as it was. */
    void refuseRequest(FailureKind failure, String detail) {
        if (closed) {
            return;
        }
        metrics.requests.increment();
        metrics.responses.increment();
        metrics.errors(failure).increment();
        write(listener.protocol().failure(channel().alloc(), failure, detail, 1));
        int length = decoder.length();
        if (length < 0) {
            startClosing(); // the rest of the request is still to come, and there is nowhere to put it
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

    // ---- the end ----

    /** Takes no further request; closes when what is outstanding has been answered. */
    void drain() {
        assert context.loop().inEventLoop();
        if (closed) {
            return;
        }
        startClosing();
        updateReading();
        closeIfDone();
    }

    private void startClosing() {
        if (!closing) {
            closing = true;
            closingSinceNs = context.turnNs();
        }
        gate.close(Reason.CLOSING);
    }

    void closeIfDone() {
        if (closing && window.isEmpty() && own.isIdle()) {
            closeBehindOutput();
        }
    }

    /**
     * Called about once a second: closes the client if it has been idle, in the middle of a request, or about to be closed for
     * too long, and its own connection if that has not been used for a while.
     */
    void checkTimeouts(long nowNs) {
        long readTimeoutNs = listener.limits().requestReadTimeoutNs();
        long idleTimeoutNs = listener.limits().idleTimeoutNs();
        long silentNs = nowNs - lastReadNs;
        boolean isLate =
                in.isLate(nowNs, readTimeoutNs) || readTimeoutNs > 0 && own.isMidRequest() && silentNs > readTimeoutNs;
        boolean isQuiet = window.isEmpty() && !own.isUsed() && !own.isWanted() && output().isEmpty();
        boolean isIdle = isQuiet && idleTimeoutNs > 0 && silentNs > idleTimeoutNs;
        boolean isStuck = closing && nowNs - closingSinceNs > CLOSING_NS && window.isEmpty() && !own.isUsed();
        if (isLate || isIdle || isStuck) {
            metrics.idleClientsClosed.increment();
            channel().close();
        } else if (isQuiet && silentNs > OWN_IDLE_NS) {
            own.close();
        }
    }

    void close() {
        channel().close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LoopContext.reportMistake(cause);
        ctx.close();
    }
}
