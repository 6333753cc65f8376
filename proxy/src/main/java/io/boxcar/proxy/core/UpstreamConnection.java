package io.boxcar.proxy.core;

import io.boxcar.batching.DeadlineQueue;
import io.boxcar.batching.InOrderInFlight;
import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.LaneMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One live connection of a lane, shared by many clients. Owned by the lane's event loop. It pairs: the n-th response
 * belongs to the n-th request, and the table that says so lives and dies with the connection.
 *
 * <pre>
 *   add(exchange) -> table tail   ...   table head <- responses
 *                       [ e9 e8 e7 t6 e5 ]            t: a tombstone, swallows the response of one that gave up waiting
 * </pre>
 * Whatever leaves pairing in doubt (bytes that answer nothing, a message that is none, silence) ends the connection.
 */
final class UpstreamConnection extends ChannelInboundHandlerAdapter {
    /** Requests from this size on are written as they are instead of being copied behind the others. */
    private static final int COPY_BELOW_BYTES = 4096;

    /** So much may lie with the transport before batches wait in the lane instead. */
    private static final int MAX_UNSENT_BYTES = 4 * 1024 * 1024;

    private final Lane lane;
    private final LoopContext context;
    private final LaneMetrics metrics;
    private final Protocol protocol;
    private final boolean learnsSizes;
    private final boolean mayBeRedirected;
    private final ResponseDecoder decoder;
    private final InOrderInFlight<Exchange> table;
    private final DeadlineQueue deadlines = new DeadlineQueue();
    private final long maxBytesInFlight;
    private final long streamAboveBytes;
    private final long requestTimeoutNs;
    private final long silenceNs;

    private @Nullable Channel channel;
    private @Nullable ByteBuf batch;

    /** Bytes of the batch that are still to come. */
    private int batchBytes;

    private int handshakeLeft;
    private @Nullable Future<?> handshakeTimer;
    private @Nullable ByteBuf handshakeResponses;
    private long bytesInFlight;
    private long lastReadNs;
    private long checkedId;
    private boolean isOver;
    private String closeReason = "the connection was closed";

    UpstreamConnection(Lane lane, LaneMetrics metrics) {
        this.lane = lane;
        this.context = lane.context();
        this.metrics = metrics;
        Upstream upstream = lane.endpoint().upstream();
        this.protocol = upstream.protocol();
        this.learnsSizes = upstream.hasSlowLanes();
        this.mayBeRedirected = upstream.isCluster();
        this.decoder = protocol.newSharedResponseDecoder();
        this.table = new InOrderInFlight<>(upstream.config().limits().maxInFlight());
        this.maxBytesInFlight = upstream.config().limits().maxBytesInFlight();
        this.streamAboveBytes = upstream.config().batching().maxBytes();
        this.requestTimeoutNs = upstream.config().timeout().requestNs();
        this.silenceNs = upstream.config().timeout().silenceNs();
    }

    private Channel channel() {
        Channel c = channel;
        if (c == null) {
            throw new IllegalStateException("not connected");
        }
        return c;
    }

    void handshake(Channel connected) {
        channel = connected;
        connected.config().setWriteBufferWaterMark(new WriteBufferWaterMark(MAX_UNSENT_BYTES / 2, MAX_UNSENT_BYTES));
        lastReadNs = context.nowNs();
        ByteBuf greeting = connected.alloc().directBuffer();
        handshakeLeft = lane.identity().writeHandshake(greeting);
        connected.writeAndFlush(greeting, connected.voidPromise());
        handshakeTimer = lane.endpoint().closeLater(connected);
    }

    // ---- requests ----

    int inFlight() {
        return table.size();
    }

    /** Whether one more request may be written now. */
    boolean hasRoom() {
        return !table.isFull() && bytesInFlight < maxBytesInFlight && channel().isWritable();
    }

    void beginBatch(int bytes) {
        batchBytes = bytes;
    }

    /** The buffer that the batch is copied into, with room for a request of this length. */
    private ByteBuf batch(int length) {
        ByteBuf b = batch;
        if (b == null) {
            b = channel().alloc().directBuffer(Math.max(length, batchBytes));
            batch = b;
        }
        return b;
    }

    private void writeBatch() {
        ByteBuf b = batch;
        if (b != null) {
            batch = null;
            Channel c = channel();
            c.write(b, c.voidPromise());
        }
    }

    /** Writes one request behind the others of the batch; from now on its response is awaited. */
    void add(Exchange exchange, long nowNs) {
        ByteBuf request = exchange.request;
        if (request == null) {
            throw new IllegalStateException("nothing to send");
        }
        if (table.isEmpty()) {
            lastReadNs = nowNs; // silence counts from the moment something is awaited
        }
        table.add(exchange);
        exchange.state = Exchange.State.IN_FLIGHT;
        exchange.remaining = exchange.expected;
        if (exchange.isAsking) {
            announce(exchange);
        }
        exchange.writtenNs = nowNs;
        bytesInFlight += exchange.requestLength;
        if (exchange.requestLength < COPY_BELOW_BYTES) {
            int length = exchange.requestLength;
            // Else the client's loop may use the view that its buffer keeps of itself right now.
            boolean isOwn = exchange.home == context;
            DirectCopy.append(batch(length), request, exchange.requestIndex, length, isOwn);
        } else {
            writeBatch();
            Channel c = channel();
            c.write(request.retainedSlice(exchange.requestIndex, exchange.requestLength), c.voidPromise());
        }
        batchBytes = Math.max(0, batchBytes - exchange.requestLength);
        if (!exchange.keepsRequest) {
            exchange.releaseRequest();
        }
    }

    /** What must come right in front of this request; its response comes in front as well. */
    private void announce(Exchange exchange) {
        exchange.remaining++;
        ByteBuf announcement = protocol.announcement(channel().alloc());
        batch(announcement.readableBytes() + exchange.requestLength).writeBytes(announcement);
        announcement.release();
    }

    /** The batch leaves: one write, one flush, one deadline. */
    void endBatch(long nowNs) {
        writeBatch();
        channel().flush();
        if (!table.isEmpty()) {
            deadlines.add(table.nextId() - 1, nowNs + requestTimeoutNs);
        }
        metrics.inFlight.set(table.size());
    }

    // ---- responses ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (isOver) {
            bytes.release();
            return;
        }
        try {
            lastReadNs = context.turnNs();
            metrics.bytesIn.add(bytes.readableBytes());
            int index = bytes.readerIndex();
            int end = bytes.writerIndex();
            if (handshakeLeft > 0) {
                index = readHandshake(bytes, index, end);
            }
            while (index != ResponseDecoder.ERROR && index < end) {
                index = readResponse(bytes, index, end);
            }
        } finally {
            bytes.release();
        }
    }

    private int readHandshake(ByteBuf bytes, int from, int end) {
        int index = decoder.scan(bytes, from, end, handshakeLeft);
        if (index == ResponseDecoder.ERROR) {
            poison("its first answer is not what the protocol allows: " + decoder.errorText());
            return index;
        }
        handshakeLeft -= decoder.completed();
        ByteBuf before = handshakeResponses;
        ByteBuf all = before == null ? channel().alloc().buffer() : before;
        all.writeBytes(bytes, from, index - from);
        handshakeResponses = all;
        if (handshakeLeft > 0) {
            return index;
        }
        String error = lane.identity().refusal(all);
        releaseHandshake();
        if (error != null) {
            lane.isRefused(error);
            closeReason = "refused the connection: " + error;
            close();
            return ResponseDecoder.ERROR;
        }
        lane.isReady();
        return index;
    }

    /** It is over, for better or worse. */
    private void releaseHandshake() {
        Future<?> timer = handshakeTimer;
        if (timer != null) {
            handshakeTimer = null;
            timer.cancel(false);
        }
        ByteBuf all = handshakeResponses;
        if (all != null) {
            handshakeResponses = null;
            all.release();
        }
    }

    /** Reads the response at the head of the table as far as it has come. */
    private int readResponse(ByteBuf bytes, int from, int end) {
        Exchange exchange = table.head();
        if (exchange == null) {
            poison("it sent bytes that answer no request");
            return ResponseDecoder.ERROR;
        }
        int index = decoder.scan(bytes, from, end, exchange.remaining);
        if (index == ResponseDecoder.ERROR) {
            poison("its answer is not what the protocol allows: " + decoder.errorText());
            return index;
        }
        exchange.remaining -= decoder.completed();
        if (exchange.remaining == 0) {
            assert decoder.isAtBoundary();
            table.takeHead();
            bytesInFlight -= exchange.requestLength;
            boolean isOpen = exchange.transaction && decoder.leftOpen();
            answer(exchange, bytes, from, index - from);
            if (isOpen) {
                poison("a transaction did not end");
                return ResponseDecoder.ERROR;
            }
        } else if (exchange.client != null) {
            collect(exchange, bytes, from, index - from);
        }
        return index;
    }

    private void answer(Exchange exchange, ByteBuf bytes, int from, int length) {
        metrics.responses.add(exchange.expected);
        if (exchange.client == null) {
            metrics.lateResponses.add(exchange.expected);
            context.releaseTombstone(exchange);
            return;
        }
        exchange.answeredNs = lastReadNs;
        long roundTripNs = lastReadNs - exchange.writtenNs;
        metrics.roundTripNs.record(roundTripNs);
        lane.learnRoundTrip(roundTripNs);
        if (!mayBeRedirected) {
            exchange.releaseRequest();
        }
        ByteBuf piece = bytes.retainedSlice(from, length);
        if (learnsSizes && exchange.expected == 1) {
            learnSize(exchange, length);
        }
        if (exchange.streaming) {
            exchange.home.deliverPiece(exchange, piece, true);
        } else {
            exchange.appendResponse(piece);
            exchange.home.deliver(exchange);
        }
    }

    private void learnSize(Exchange exchange, int lastPartBytes) {
        ByteBuf collected = exchange.response;
        long bytes = exchange.streamedBytes + lastPartBytes + (collected == null ? 0 : collected.readableBytes());
        protocol.learnSize(exchange.kind, (int) Math.min(bytes, Integer.MAX_VALUE));
    }

    /** Keeps the first part of a response; once it is long, it goes to the client as it comes. */
    private void collect(Exchange exchange, ByteBuf bytes, int from, int length) {
        if (decoder.completed() > 0) {
            ByteBuf before = exchange.response;
            exchange.wholeBytes = (before == null ? 0 : before.readableBytes()) + decoder.boundary() - from;
        }
        exchange.appendResponse(bytes.retainedSlice(from, length));
        ByteBuf collected = exchange.response;
        boolean mayStream = exchange.gathering == null && !exchange.isAsking;
        if (collected != null && mayStream && (exchange.streaming || collected.readableBytes() > streamAboveBytes)) {
            exchange.response = null;
            exchange.streamedBytes += collected.readableBytes();
            exchange.streaming = true;
            exchange.home.deliverPiece(exchange, collected, false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        long head = table.headId();
        deadlines.removeThrough(head - 1);
        metrics.inFlight.set(table.size());
        lane.isAnswering();
        lane.mayDepart();
    }

    // ---- time limits ----

    /** Answers those who waited too long, and ends the connection if it has said nothing for too long. */
    void sweep(long nowNs) {
        long id;
        while ((id = deadlines.pollExpired(nowNs)) != DeadlineQueue.NONE) {
            for (long i = Math.max(checkedId, table.headId()); i <= id; i++) {
                timeOut(i);
            }
            checkedId = id + 1;
        }
        if (isSilent(nowNs, silenceNs)) {
            closeReason = "it said nothing for " + silenceNs / 1_000_000 + " ms";
            close();
        }
    }

    /** Whether something is awaited, and nothing has come for this long. */
    boolean isSilent(long nowNs, long forNs) {
        return !table.isEmpty() && nowNs - lastReadNs > forNs;
    }

    private void timeOut(long id) {
        Exchange exchange = table.get(id);
        if (exchange == null || exchange.client == null || exchange.streaming) {
            return; // answered, given up before, or on its way
        }
        Exchange tombstone = context.acquireTombstone();
        tombstone.state = Exchange.State.IN_FLIGHT;
        tombstone.expected = exchange.expected;
        tombstone.transaction = exchange.transaction;
        tombstone.remaining = exchange.remaining;
        tombstone.requestLength = exchange.requestLength;
        table.replace(id, tombstone);
        metrics.timeouts.add(exchange.remaining);
        Lane.fail(
                exchange,
                FailureKind.REQUEST_TIMEOUT,
                "no answer from upstream " + lane.endpoint() + " within " + requestTimeoutNs / 1_000_000
                        + " ms; the request may still be executed");
    }

    // ---- the end ----

    private void poison(String why) {
        metrics.poisoned.increment();
        closeReason = why;
        close();
    }

    void close() {
        isOver = true; // nothing that may still arrive is paired with anything
        channel().close();
        lane.isLost(this, closeReason);
    }

    /** Gives up everything in flight, oldest first. */
    void giveUp(List<Exchange> sink) {
        isOver = true;
        ByteBuf unsent = batch;
        if (unsent != null) {
            batch = null;
            unsent.release();
        }
        releaseHandshake();
        bytesInFlight = 0;
        deadlines.clear();
        table.failAll(sink::add);
        metrics.inFlight.set(0);
    }

    void whenClosed(Runnable then) {
        channel().closeFuture().addListener(done -> then.run());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            lane.mayDepart();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        lane.isLost(this, closeReason);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LoopContext.reportMistake(cause);
        closeReason = String.valueOf(cause.getMessage());
        close();
    }
}
