package io.boxcar.proxy.core;

import io.boxcar.batching.Answerable;
import io.boxcar.metrics.FailureKind;
import io.boxcar.proxy.accesslog.AccessEntry;
import io.boxcar.proxy.accesslog.Batch;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response, or a run of pipelined requests read together and their responses. Reused; one owner at a
 * time: the client's event loop until {@link Lane#offer}, then the lane's, then the client's again when it is handed back
 * through {@link LoopContext#deliver}.
 *
 * <pre>
 *   FREE -> QUEUED -> IN_FLIGHT -> HANDED_BACK -> FREE
 *             ^----------'  once, if it may be repeated and the connection was lost
 * </pre>
 */
final class Exchange implements Answerable {
    /** Where the exchange stands, seen from the lane. */
    enum State {
        FREE,
        QUEUED,
        IN_FLIGHT,
        HANDED_BACK
    }

    /** The event loop of the client, where this exchange was taken from the pool. */
    final LoopContext home;

    // Written by the client's loop before the exchange is offered.
    @Nullable
    ClientConnection client;

    @Nullable
    Passenger passenger;

    @Nullable
    ByteBuf request;

    int requestIndex;
    int requestLength;
    int expected;
    boolean repeatable;
    int epoch;
    long receivedNs;

    /** The kind of the request, for {@link Protocol#learnSize}. */
    int kind;

    int place = RequestDecoder.ANYWHERE;

    /** Whether the last response must show that the transaction has ended. */
    boolean transaction;

    /** Whether the request's bytes may be needed again after they were written. */
    boolean keepsRequest;

    /** Whether it goes to a place that does not serve it yet, and must be announced as an exception. */
    boolean isAsking;

    int redirections;

    /** For the access log; null if there is none. Owned by the client's loop all the time. */
    @Nullable
    AccessEntry entry;

    /** Of a part of a scattered request. */
    @Nullable
    Gathering gathering;

    int part;

    // Owned by the lane's loop while queued or in flight.
    State state = State.FREE;
    int remaining;

    /** How many bytes of the collected response belong to responses that have ended, of a run of several. */
    int wholeBytes;

    boolean resent;
    /** Part of the response has gone to the client already: only the rest of it may follow, or the end of the connection. */
    boolean streaming;

    long queuedNs;
    long writtenNs;

    /** When the end of the response came. */
    long answeredNs;

    /** For the access log: what it left with; null if it has not left, or there is no log. */
    @Nullable
    Batch batch;

    /** Bytes of the response that have gone to the client as pieces. */
    long streamedBytes;

    // The outcome, written by the lane's loop before the exchange is handed back.
    @Nullable
    ByteBuf response;

    @Nullable
    FailureKind failure;

    @Nullable
    String failureDetail;

    // Owned by the client's loop.
    private boolean answered;

    /** Pieces of a long response that came before their turn; its lane may be collecting more in {@link #response}. */
    private @Nullable ByteBuf held;

    Exchange(LoopContext home) {
        this.home = home;
    }

    @Override
    public boolean isAnswered() {
        return answered;
    }

    void markAnswered() {
        assert home.loop().inEventLoop();
        answered = true;
    }

    /** What was handed back goes out again. */
    void isAwaitedAgain() {
        answered = false;
        resent = false;
    }

    Passenger passenger() {
        Passenger p = passenger;
        if (p == null) {
            throw new IllegalStateException("this exchange has no lane, or was handed back twice");
        }
        return p;
    }

    /** The client that waits for this exchange; a tombstone has none. */
    ClientConnection client() {
        ClientConnection c = client;
        if (c == null) {
            throw new IllegalStateException("this exchange belongs to no client, or was handed back twice");
        }
        return c;
    }

    /** Lets go of the request's bytes: it will not be sent again. */
    void releaseRequest() {
        ByteBuf bytes = request;
        if (bytes != null) {
            request = null;
            bytes.release();
        }
    }

    /** Adds a piece of the response behind what is there; takes the piece. */
    void appendResponse(ByteBuf piece) {
        response = joined(response, piece);
    }

    /** Keeps a piece of the response until its turn comes; takes the piece. */
    void hold(ByteBuf piece) {
        assert home.loop().inEventLoop();
        held = joined(held, piece);
    }

    /** What was kept, for the caller; null if nothing was. */
    @Nullable
    ByteBuf takeHeld() {
        ByteBuf pieces = held;
        held = null;
        return pieces;
    }

    private static ByteBuf joined(@Nullable ByteBuf before, ByteBuf piece) {
        if (before == null) {
            return piece;
        }
        ByteBuf joined = before;
        if (before.maxWritableBytes() < piece.readableBytes() || before.refCnt() > 1) {
            joined = piece.alloc().buffer(Math.max(256, 2 * (before.readableBytes() + piece.readableBytes())));
            joined.writeBytes(before);
            before.release();
        }
        joined.writeBytes(piece);
        piece.release();
        return joined;
    }

    /** Back into the queue, as if it had not been sent. */
    void repeatFrom(long nowNs) {
        resent = true;
        state = State.QUEUED;
        queuedNs = nowNs;
        remaining = expected;
        dropResponse();
    }

    /** Cuts off what has come of a response that has not ended. */
    void keepWholeResponses() {
        ByteBuf bytes = response;
        if (wholeBytes == 0) {
            dropResponse();
        } else if (bytes != null) {
            bytes.writerIndex(bytes.readerIndex() + wholeBytes);
        }
    }

    /** Lets go of the part of the response that has come. */
    void dropResponse() {
        ByteBuf bytes = response;
        wholeBytes = 0;
        if (bytes != null) {
            response = null;
            bytes.release();
        }
    }

    /** Back to the state of a new one; nothing may be held any more but what is released here. */
    void clear() {
        releaseRequest();
        dropResponse();
        ByteBuf pieces = takeHeld();
        if (pieces != null) {
            pieces.release();
        }
        client = null;
        passenger = null;
        gathering = null;
        batch = null;
        place = RequestDecoder.ANYWHERE;
        transaction = false;
        keepsRequest = false;
        isAsking = false;
        redirections = 0;
        streamedBytes = 0;
        failure = null;
        failureDetail = null;
        repeatable = false;
        resent = false;
        streaming = false;
        answered = false;
        state = State.FREE;
    }
}
