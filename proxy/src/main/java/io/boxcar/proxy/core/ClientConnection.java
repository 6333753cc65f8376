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
    /** How the bytes of this client travel. */
    private enum Mode {
        SHARED,
        /** One request on a connection of its own; then SHARED again. */
        OWN_ONCE,
        OWN_SESSION
    }

    private static final long NOT_PARTIAL = Long.MIN_VALUE;

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

    private @Nullable ChannelHandlerContext channelContext;
    private @Nullable ClientOutput output;
    private @Nullable ByteBuf in;
    private @Nullable Exchange stalled;
    private @Nullable OwnConnection own;
    private Mode mode = Mode.SHARED;
    private Mode wanted = Mode.SHARED;
    private boolean closed;
    private boolean closing;
    private boolean inputEnded;
    private boolean isReadingPaused;
    private long lastReadNs;
    private long partialSinceNs = NOT_PARTIAL;
    private long closingSinceNs;
    private boolean midRelay;

    /** Counts the losses that this client was told of: requests sent before it knew carry the older number. */
    private int epoch;

    /** Bytes received from this client since it connected. */
    private long receivedBytes;

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
        releaseIn();
        output().forgetUnsent();
        OwnConnection o = own;
        if (o != null) {
            o.close();
        }
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
        receivedBytes += bytes.readableBytes();
        lastReadNs = context.turnNs();
        ByteBuf before = in;
        in = before == null ? bytes : append(before, bytes);
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
            OwnConnection o = own;
            if (o != null && mode == Mode.OWN_ONCE && gate.isClosedBy(Reason.OWN)) {
                o.endInput(); // what it waits for may never come, and the upstream must know that nobody waits
            }
            endInputIfAllIsTaken();
        }
    }

    private void endInputIfAllIsTaken() {
        if (!inputEnded || !gate.isOpen() || closed) {
            return;
        }
        OwnConnection o = own;
        if (mode != Mode.SHARED && o != null) {
            o.endInput();
            return;
        }
        startClosing();
        closeIfDone();
    }

    /** Joins what was left over with what came now, in a buffer that nothing else holds. */
    private static ByteBuf append(ByteBuf before, ByteBuf bytes) {
        int length = before.readableBytes() + bytes.readableBytes();
        ByteBuf joined = before;
        if (before.refCnt() > 1 || before.writableBytes() < bytes.readableBytes()) {
            joined = before.alloc().buffer(Math.max(256, 2 * length));
            joined.writeBytes(before);
            before.release();
        }
        joined.writeBytes(bytes);
        bytes.release();
        return joined;
    }

    /** Takes requests from the bytes that are there, for as long as the gate is open. */
    private void decode() {
        ByteBuf bytes;
        while ((bytes = in) != null && gate.isOpen()) {
            if (mode != Mode.SHARED) {
                relay(bytes);
            } else if (context.isFull()) {
                gate.close(Reason.ROOM);
                context.awaitExchange(this);
            } else {
                switch (decoder.next(bytes)) {
                    case INCOMPLETE -> {
                        keepLeftOver(bytes);
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
                    case OWN_ONCE -> wantOwn(Mode.OWN_ONCE);
                    case OWN_SESSION -> wantOwn(Mode.OWN_SESSION);
                }
            }
        }
        endInputIfAllIsTaken();
        updateReading();
    }

    /** A part of a request may lie for long: it must not hold a read buffer that is much larger than itself. */
    private void keepLeftOver(ByteBuf bytes) {
        int length = bytes.readableBytes();
        if (length == 0) {
            partialSinceNs = NOT_PARTIAL;
            releaseIn();
            return;
        }
        if (partialSinceNs == NOT_PARTIAL) {
            partialSinceNs = context.turnNs();
        }
        if (bytes.refCnt() > 1 || bytes.maxWritableBytes() == 0 || bytes.capacity() > 4 * length + 256) {
            ByteBuf copy = bytes.alloc().buffer(Math.max(64, length));
            copy.writeBytes(bytes);
            bytes.release();
            in = copy;
        }
    }

    private void releaseIn() {
        ByteBuf bytes = in;
        if (bytes != null) {
            in = null;
            bytes.release();
        }
    }

    /** Puts the request or run at the head of {@code bytes} on the lane. */
    private void offer(ByteBuf bytes) {
        Exchange exchange = context.acquire();
        int length = decoder.length();
        partialSinceNs = NOT_PARTIAL;
        exchange.client = this;
        exchange.requestIndex = bytes.readerIndex();
        exchange.requestLength = length;
        exchange.expected = decoder.count();
        exchange.repeatable = decoder.isRepeatable();
        exchange.epoch = isStale(bytes) ? staleEpoch : epoch;
        exchange.receivedNs = context.turnNs();
        if (length == bytes.readableBytes()) {
            exchange.request = bytes;
            in = null;
        } else {
            exchange.request = bytes.retain();
            bytes.skipBytes(length);
        }
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

    /** Whether the request at the head of these bytes had come before the client was told of a loss. */
    private boolean isStale(ByteBuf bytesView) {
        return receivedBytes - bytesView.readableBytes() < staleBytes;
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
    private void answer(ByteBuf bytes, boolean thenClose) {
        partialSinceNs = NOT_PARTIAL;
        metrics.requests.increment();
        metrics.answeredLocally.increment();
        ByteBuf reply = decoder.reply(bytes.alloc());
        int length = decoder.length();
        if (thenClose || length == bytes.readableBytes()) {
            releaseIn();
        } else {
            bytes.skipBytes(length);
        }
        if (thenClose) {
            startClosing();
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
            staleBytes = receivedBytes;
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
        if (window.isEmpty() && wanted != Mode.SHARED && mode == Mode.SHARED) {
            openOwn();
        } else {
            decode();
        }
        closeIfDone();
    }

    private void write(ByteBuf response) {
        output().write(response, mode == Mode.SHARED);
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
        OwnConnection o = own;
        if (o != null) {
            o.setReading(writable);
        }
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

    // ---- connections of the client's own ----

    /** The request at the head needs a connection of its own; what the client sent before it is answered first. */
    private void wantOwn(Mode mode) {
        wanted = mode;
        partialSinceNs = NOT_PARTIAL;
        gate.close(Reason.OWN);
        if (window.isEmpty()) {
            openOwn();
        }
    }

    private void openOwn() {
        ByteBuf bytes = in;
        if (bytes != null && isStale(bytes)) {
            refuseOwn(
                    FailureKind.SKIPPED, "not sent: the outcome of an earlier request of this connection is unknown");
            return;
        }
        OwnConnection o = own;
        if (o != null) {
            if (o.isOpen() && (wanted == Mode.OWN_SESSION || decoder.isOwnHandshakeStale())) {
                o.handshake(decoder);
            } else if (o.isOpen()) {
                ownIsReady();
            }
            return;
        }
        if (!listener.tryAddOwn()) {
            refuseOwn(FailureKind.OVERLOADED, "the limit of connections of clients' own is reached");
            return;
        }
        metrics.ownConnectionsOpened.increment();
        own = new OwnConnection(this, lane.upstream());
        own.open(decoder);
    }

    /** The own connection stands where the client believes it to be: go on with the request that wanted it. */
    void ownIsReady() {
        mode = wanted;
        wanted = Mode.SHARED;
        gate.open(Reason.OWN);
        decode();
        closeIfDone(); // a drain may have begun in the meantime
    }

    /** There is no own connection to be had: the request that wanted it fails, and the client stays as it was. */
    private void refuseOwn(FailureKind failure, String detail) {
        wanted = Mode.SHARED;
        if (closed) {
            return;
        }
        metrics.requests.increment();
        metrics.responses.increment();
        metrics.errors(failure).increment();
        write(listener.protocol().failure(channel().alloc(), failure, detail, 1));
        ByteBuf bytes = in;
        int length = decoder.length();
        if (bytes == null || length < 0) {
            // The rest of the request is still to come, and there is nowhere to put it.
            startClosing();
            closeIfDone();
            return;
        }
        bytes.skipBytes(length);
        gate.open(Reason.OWN);
        decode();
        closeIfDone(); // a drain may have begun in the meantime
    }

    /** Passes on what is there to the client's own connection. */
    private void relay(ByteBuf bytes) {
        OwnConnection o = own;
        if (o == null) {
            throw new IllegalStateException("no connection to relay to");
        }
        int length = decoder.relay(bytes);
        ByteBuf part;
        if (length == bytes.readableBytes()) {
            part = bytes;
            in = null;
        } else {
            part = bytes.readRetainedSlice(length);
        }
        if (!o.write(part)) {
            gate.close(Reason.OWN_UNWRITABLE);
        }
        midRelay = !decoder.relayEnded();
        if (!midRelay) {
            o.expect(decoder.relayCount());
            metrics.requests.add(decoder.relayCount());
            metrics.ownRequests.add(decoder.relayCount());
            if (mode == Mode.OWN_ONCE) {
                gate.close(Reason.OWN);
                if (o.isIdle()) {
                    ownIsDone(); // the response came before the request had ended
                }
            }
        }
    }

    /** Whether bytes from the client's own connection are for the client: not when it has asked for nothing there. */
    boolean expectsOwnBytes() {
        return mode != Mode.SHARED;
    }

    /** Bytes from the client's own connection, {@code count} responses ending in them; takes the bytes. */
    void onOwnBytes(ByteBuf bytes, int count) {
        metrics.responses.add(count);
        write(bytes);
        closeIfDone();
    }

    /** The response to the one request has been passed on: back to the shared lane. */
    void ownIsDone() {
        if (mode == Mode.OWN_ONCE && gate.isClosedBy(Reason.OWN)) {
            mode = Mode.SHARED;
            gate.open(Reason.OWN);
            decode();
            closeIfDone();
        }
    }

    /** Where responses end on the client's own connection is not known any more, so one alone cannot be waited for. */
    void ownIsBroken() {
        OwnConnection o = own;
        if (mode == Mode.OWN_ONCE && o != null) {
            o.close();
        }
    }

    void ownIsWritable() {
        if (gate.isClosedBy(Reason.OWN_UNWRITABLE)) {
            gate.open(Reason.OWN_UNWRITABLE);
            decode();
        }
    }

    /** The client's own connection could not be opened. */
    void ownFailed(String detail) {
        own = null;
        listener.removeOwn();
        metrics.ownConnectionsClosed.increment();
        refuseOwn(FailureKind.UNREACHABLE, detail);
    }

    /** The upstream closed the client's own connection: with it went the client's state, so the client is closed too. */
    void ownIsClosed() {
        own = null;
        listener.removeOwn();
        metrics.ownConnectionsClosed.increment();
        if (mode != Mode.SHARED && !closed) {
            startClosing();
            updateReading();
            closeBehindOutput();
        }
    }

    boolean isWritable() {
        return channel().isWritable();
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

    private void closeIfDone() {
        OwnConnection o = own;
        boolean ownIsIdle = o == null || mode == Mode.SHARED || o.isIdle();
        if (closing && !closed && window.isEmpty() && wanted == Mode.SHARED && ownIsIdle) {
            closeBehindOutput();
        }
    }

    private void closeBehindOutput() {
        channelContext().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /**
     * Called about once a second: closes the client if it has been idle, in the middle of a request, or about to be closed for
     * too long, and its own connection if that has not been used for a while.
     */
    void checkTimeouts(long nowNs) {
        long readTimeoutNs = listener.limits().requestReadTimeoutNs();
        long idleTimeoutNs = listener.limits().idleTimeoutNs();
        long silentNs = nowNs - lastReadNs;
        boolean isLate = readTimeoutNs > 0
                && (partialSinceNs != NOT_PARTIAL && nowNs - partialSinceNs > readTimeoutNs
                        || midRelay && gate.isOpen() && silentNs > readTimeoutNs);
        boolean isQuiet = window.isEmpty() && mode == Mode.SHARED && wanted == Mode.SHARED && output().isEmpty();
        boolean isIdle = isQuiet && idleTimeoutNs > 0 && silentNs > idleTimeoutNs;
        boolean isStuck = closing && nowNs - closingSinceNs > CLOSING_NS && window.isEmpty() && mode == Mode.SHARED;
        OwnConnection o = own;
        if (isLate || isIdle || isStuck) {
            metrics.idleClientsClosed.increment();
            channel().close();
        } else if (o != null && isQuiet && silentNs > OWN_IDLE_NS) {
            o.close();
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
