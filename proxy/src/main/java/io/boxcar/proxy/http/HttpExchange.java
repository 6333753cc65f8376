package io.boxcar.proxy.http;

import io.boxcar.batching.Answerable;
import io.boxcar.metrics.FailureKind;
import io.boxcar.proxy.accesslog.AccessEntry;
import io.boxcar.proxy.accesslog.Batch;
import io.boxcar.proxy.accesslog.ClientLog;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request and its response. Reused; one owner at a time: the client's event loop until {@link HttpLane#offer}, then the
 * lane's, then the client's again when it is handed back with a response or a failure.
 *
 * <pre>
 *   FREE -> QUEUED -> IN_FLIGHT -> HANDED_BACK -> FREE
 *             ^----------'  again, if that is safe and the budget allows it
 *
 *   client's loop                                 lane's loop
 *     sendData, sendEnd, cancel, taken    ---->     RequestSink: the upstream connection
 *     ResponseSink: the client            <----     respond..., requestTaken, fail
 * </pre>
 *
 * A request is canonical bytes: its head, clean of everything that is between two hops only, and behind it the body, if all of that
 * was there when it left. Else the body follows in pieces, which cross from loop to loop as tasks; whole requests and responses
 * cross on rings.
 */
public final class HttpExchange implements Answerable {
    /** With so many bytes on their way in one direction and not taken, their source is paused. */
    public static final int PAUSE_BYTES = 256 * 1024;

    /** Where the exchange stands, seen from the lane. */
    enum State {
        FREE,
        QUEUED,
        IN_FLIGHT,
        HANDED_BACK
    }

    private final HttpLoop home;

    // ---- the request: written by the client's loop before the exchange is offered ----

    /** The client's. */
    @Nullable
    ResponseSink sink;

    /** Canonical head, and the body behind it if {@link #isWhole}. Kept until nobody needs to send it any more. */
    public @Nullable ByteBuf request;

    /** Bytes of the canonical head in {@link #request}. */
    public int headLength;

    public Method method = Method.GET;

    /** Whether the request is all in {@link #request}. */
    public boolean isWhole;

    /** Bytes of the body; -1 = unknown, 0 = none. */
    public long contentLength;

    /** Whether the client takes trailers. */
    public boolean acceptsTrailers;

    /** Whether the client wants another protocol behind a 101 response, or a tunnel. */
    public boolean wantsTunnel;

    /** The client's own: the stream, or how the response must be framed. */
    public int tag;

    /** The client's own: what has come of the response before its turn, as it will be written. */
    public @Nullable ByteBuf held;

    /** Body bytes in {@link #held}. */
    public int heldBytes;

    /** When the request was received. */
    public long receivedNs;

    /** For the access log; null if there is none. */
    public @Nullable AccessEntry entry;

    /** Whether messages went to the lane's loop as tasks: one may still be under way, so this object is not used again. */
    boolean hasSentMessages;

    // ---- of the upstream that sends it: see HttpUpstream ----

    @Nullable
    HttpUpstream upstream;

    @Nullable
    HttpLane lane;

    /** Whether it asks one endpoint how it is: another's answer would be wrong, and only the {@link HealthCheck} judges it. */
    boolean isCheck;

    /** How often it has been given to a lane. */
    int dispatches;

    /** How often it was sent again although it may have been executed. */
    int repeats;

    /** Whether it counts as a retry in the upstream's budget now. */
    boolean isRetry;

    // ---- the lane's ----

    State state = State.FREE;

    @Nullable
    RequestSink carrier;

    /** A number of the connection's own that carries it: the stream, for example. */
    public int carrierTag;

    long queuedNs;

    /** When the request was written, or became the first that the connection must answer. */
    public long writtenNs;

    /** When it left its queue for the connection, the last time that it did. */
    long leftNs;

    /** When the end of the response came. */
    long answeredNs;

    /** For the access log: what it left with; null if it has not left, or there is no log. */
    @Nullable
    Batch batch;

    /** Whether the upstream may have seen it. */
    public boolean isWritten;

    /** Whether it has had to wait behind others in vain, and goes alone now. */
    boolean mustBeAlone;

    /** Whether any part of the response has gone to the client, informational ones included. */
    public boolean isAnswering;

    /** Whether the client does not want the response any more. */
    public boolean isCancelled;

    /** Whether messages went to the client's loop as tasks: the end must not overtake them on the ring. */
    boolean hasSentTasks;

    /** Body bytes of the response that the client has not taken yet. */
    private long onWayBytes;

    private @Nullable ArrayDeque<ByteBuf> early;
    private boolean endedEarly;
    private @Nullable ByteBuf earlyTrailers;

    // ---- the outcome: written by the lane's loop before the exchange is handed back ----

    /** The whole response: canonical head and body. */
    public @Nullable ByteBuf response;

    /** Bytes of the canonical head in {@link #response}. */
    public int responseHeadLength;

    public int responseStatus;

    /** Bytes of the body in {@link #response} if the head says so; -1 if the head says nothing of a length. */
    public long responseLength;

    public @Nullable FailureKind failure;
    public String failureDetail = "";

    /** Whether it was not answered and may be sent again. */
    boolean mayBeRepeated;

    private boolean answered;

    HttpExchange(HttpLoop home) {
        this.home = home;
    }

    public HttpLoop home() {
        return home;
    }

    @Override
    public boolean isAnswered() {
        return answered;
    }

    /** To be called by the client once all of the response is there. */
    public void markAnswered() {
        assert home.loop().inEventLoop();
        answered = true;
    }

    /** Whether nothing but the head and this buffer is needed to send it again. */
    public boolean isIdempotent() {
        return method.isIdempotent();
    }

    ResponseSink sink() {
        ResponseSink s = sink;
        if (s == null) {
            throw new IllegalStateException("this exchange belongs to no client, or was handed back twice");
        }
        return s;
    }

    private EventLoop laneLoop() {
        HttpLane l = lane;
        if (l == null) {
            throw new IllegalStateException("this exchange was not sent");
        }
        return l.context().loop();
    }

    /** Gives back what it took from the budget. */
    void endRetry() {
        HttpUpstream of = upstream;
        if (isRetry && of != null) {
            isRetry = false;
            of.budget().release();
        }
    }

    /** Lets go of all that it holds. */
    void releaseBytes() {
        releaseRequest();
        if (response != null) {
            response.release();
            response = null;
        }
        releaseEarly();
        if (held != null) {
            held.release();
            held = null;
        }
    }

    /** As good as new. No message to the lane's loop may be under way. */
    void clear() {
        releaseBytes();
        heldBytes = 0;
        tag = 0;
        sink = null;
        upstream = null;
        lane = null;
        carrier = null;
        state = State.FREE;
        batch = null;
        responseStatus = 0;
        isCheck = false;
        dispatches = 0;
        repeats = 0;
        isRetry = false;
        isWhole = false;
        contentLength = 0;
        acceptsTrailers = false;
        wantsTunnel = false;
        isWritten = false;
        mustBeAlone = false;
        isAnswering = false;
        isCancelled = false;
        hasSentTasks = false;
        onWayBytes = 0;
        failure = null;
        failureDetail = "";
        mayBeRepeated = false;
        answered = false;
    }

    /**
     * Whether somebody still waits for it, and all of it is here: pieces of the body that went to the lane's loop as tasks are not,
     * or may still be under way. Client's loop.
     */
    boolean canBeSentAgain() {
        return sink != Discard.SINK && (isWhole || !hasSentMessages);
    }

    /** Sends it again, as the lane has decided. Client's loop. */
    void sendAgain() {
        upstream().send(this);
    }

    private HttpUpstream upstream() {
        HttpUpstream u = upstream;
        if (u == null) {
            throw new IllegalStateException("this exchange was not sent");
        }
        return u;
    }

    /** Goes to an endpoint. Client's loop. */
    void isSentTo(HttpUpstream to, HttpLane through, long nowNs) {
        upstream = to;
        lane = through;
        queuedNs = nowNs;
        failure = null;
        failureDetail = "";
        mayBeRepeated = false;
        isWritten = false;
        dispatches++;
        state = State.FREE;
    }

    /**
     * The entry of the access log, to be finished by the caller, with all that the exchange knows; null if there is none. Client's
     * loop, when the exchange is back.
     */
    public @Nullable AccessEntry takeEntry(long nowNs) {
        AccessEntry e = entry;
        if (e == null) {
            return null;
        }
        entry = null;
        HttpUpstream of = upstream;
        if (of != null) {
            e.upstream = of.config().name();
        }
        HttpLane through = lane;
        if (through != null) {
            e.endpoint = through.endpoint();
        }
        FailureKind why = failure;
        if (why != null) {
            e.ended(AccessEntry.Outcome.ERROR, OwnResponse.code(why));
        }
        e.left(batch, queuedNs, leftNs, why == null ? answeredNs : nowNs);
        e.status = responseStatus;
        return e;
    }

    /** Lets go of the request's bytes: it will not be sent again. */
    public void releaseRequest() {
        ByteBuf bytes = request;
        if (bytes != null) {
            request = null;
            bytes.release();
        }
    }

    private void releaseEarly() {
        ArrayDeque<ByteBuf> pieces = early;
        if (pieces != null) {
            early = null;
            ByteBuf piece;
            while ((piece = pieces.poll()) != null) {
                piece.release();
            }
        }
        if (earlyTrailers != null) {
            earlyTrailers.release();
            earlyTrailers = null;
        }
        endedEarly = false;
    }

    // ---- for the client's loop ----

    /** The next bytes of a body that is sent in pieces; takes them. Only while the exchange is out. */
    public void sendData(ByteBuf data) {
        assert home.loop().inEventLoop() && !isWhole;
        if (entry != null) {
            entry.bytesIn += data.readableBytes();
        }
        EventLoop loop = laneLoop();
        if (loop.inEventLoop()) {
            acceptData(data);
        } else {
            hasSentMessages = true;
            loop.execute(() -> acceptData(data));
        }
    }

    /** The body is over; takes the trailers, which are field lines. */
    public void sendEnd(@Nullable ByteBuf trailers) {
        assert home.loop().inEventLoop() && !isWhole;
        EventLoop loop = laneLoop();
        if (loop.inEventLoop()) {
            acceptEnd(trailers);
        } else {
            hasSentMessages = true;
            loop.execute(() -> acceptEnd(trailers));
        }
    }

    /** The response is not wanted any more. The exchange is not the client's any more, which must not touch it again. */
    public void abandon() {
        assert home.loop().inEventLoop();
        sink = Discard.SINK;
        endEntry();
        if (held != null) {
            held.release();
            held = null;
        }
        EventLoop loop = laneLoop();
        if (loop.inEventLoop()) {
            acceptCancel();
        } else {
            hasSentMessages = true;
            loop.execute(this::acceptCancel);
        }
    }

    /** Nobody waits for the exchange any more, so its line can say no more. */
    void endEntry() {
        AccessEntry e = entry;
        if (e != null) {
            entry = null;
            e.ended(AccessEntry.Outcome.GONE, "");
            ClientLog.finish(e, home.context().turnNs());
        }
    }

    /** The client has taken so many bytes of the response's body. */
    public void taken(int bytes) {
        assert home.loop().inEventLoop();
        EventLoop loop = laneLoop();
        if (loop.inEventLoop()) {
            acceptTaken(bytes);
        } else {
            hasSentMessages = true;
            loop.execute(() -> acceptTaken(bytes));
        }
    }

    // ---- on the lane's loop, from the client ----

    private void acceptData(ByteBuf data) {
        RequestSink to = carrier;
        if (state == State.HANDED_BACK || isCancelled) {
            data.release();
        } else if (to != null && early == null) {
            to.onRequestData(this, data);
        } else {
            if (early == null) {
                early = new ArrayDeque<>();
            }
            early.add(data);
        }
    }

    private void acceptEnd(@Nullable ByteBuf trailers) {
        RequestSink to = carrier;
        if (state == State.HANDED_BACK || isCancelled) {
            if (trailers != null) {
                trailers.release();
            }
        } else if (to != null && early == null) {
            to.onRequestEnd(this, trailers);
        } else {
            endedEarly = true;
            earlyTrailers = trailers;
        }
    }

    private void acceptCancel() {
        if (state == State.HANDED_BACK || isCancelled) {
            return;
        }
        isCancelled = true;
        releaseEarly();
        RequestSink to = carrier;
        if (to != null) {
            to.onCancel(this);
        }
        // Else the lane finds it when its turn comes.
    }

    private void acceptTaken(int bytes) {
        if (state == State.HANDED_BACK) {
            return;
        }
        onWayBytes -= bytes;
        RequestSink to = carrier;
        if (to != null) {
            to.onTaken(this, bytes);
        }
    }

    // ---- for the lane and the upstream connection ----

    /** Body bytes of the response that the client has not taken yet. Lane's loop. */
    public long onWayBytes() {
        return onWayBytes;
    }

    /** The connection has written the head: it gets the parts of the body that have come, and all that will. Lane's loop. */
    public void isCarriedBy(RequestSink connection) {
        state = State.IN_FLIGHT;
        carrier = connection;
        ArrayDeque<ByteBuf> pieces = early;
        if (pieces != null) {
            // What is taken makes room for more, which comes at once if the client is on this loop: behind those that
            // wait.
            ByteBuf piece;
            while (carrier == connection && (piece = pieces.poll()) != null) {
                connection.onRequestData(this, piece);
            }
            if (carrier != connection) {
                return; // it has failed
            }
            early = null;
        }
        if (endedEarly) {
            endedEarly = false;
            ByteBuf trailers = earlyTrailers;
            earlyTrailers = null;
            connection.onRequestEnd(this, trailers);
        }
    }

    /** So many bytes of the body are on their way. Lane's loop. */
    public void requestTaken(int bytes) {
        if (home.loop().inEventLoop()) {
            sink().onRequestTaken(this, bytes);
        } else {
            tell(() -> sink().onRequestTaken(this, bytes));
        }
    }

    /** A 1xx response other than 101; takes it. Lane's loop. */
    public void respondInformational(ByteBuf head) {
        isAnswering = true;
        if (home.loop().inEventLoop()) {
            sink().onInformational(this, head);
        } else {
            tell(() -> sink().onInformational(this, head));
        }
    }

    /**
     * The whole response, canonical head and body; takes it. The exchange is the client's from now on. Lane's loop.
     *
     * @param length bytes of the body if the head names them, else -1
     */
    public void respondWhole(ByteBuf message, int messageHeadLength, int status, long length) {
        response = message;
        responseHeadLength = messageHeadLength;
        responseStatus = status;
        responseLength = length;
        endAtLane().isAnswered(this, status);
        home.deliver(this);
    }

    /** The head of a response whose body follows in pieces; takes it. Lane's loop. */
    public void respondHead(ByteBuf head, int status, long length) {
        isAnswering = true;
        responseStatus = status;
        if (home.loop().inEventLoop()) {
            sink().onHead(this, head, status, length);
        } else {
            tell(() -> sink().onHead(this, head, status, length));
        }
    }

    /** The connection is a tunnel from now on; takes the head. Lane's loop. */
    public void respondSwitched(ByteBuf head, int status) {
        isAnswering = true;
        responseStatus = status;
        if (home.loop().inEventLoop()) {
            sink().onSwitched(this, head);
        } else {
            tell(() -> sink().onSwitched(this, head));
        }
    }

    /** The next bytes of the body; takes them. Lane's loop. */
    public void respondData(ByteBuf data) {
        onWayBytes += data.readableBytes();
        if (home.loop().inEventLoop()) {
            sink().onData(this, data);
        } else {
            tell(() -> sink().onData(this, data));
        }
    }

    /** The response is over. The exchange is the client's from now on. Lane's loop. */
    public void respondEnd(@Nullable ByteBuf trailers) {
        endAtLane().isAnswered(this, responseStatus);
        if (home.loop().inEventLoop()) {
            sink().onEnd(this, trailers);
        } else {
            tell(() -> sink().onEnd(this, trailers));
        }
    }

    private void tell(Runnable task) {
        hasSentTasks = true;
        home.loop().execute(task);
    }

    /**
     * There is no response, or no more of it. The exchange is the client's from now on, unless it may be repeated. Lane's loop.
     *
     * @param mayRepeat whether it may be sent again: nothing was written, or it is safe to repeat, or the upstream said that it has
     *     done nothing
     */
    public void fail(FailureKind kind, String detail, boolean mayRepeat) {
        failure = kind;
        failureDetail = detail;
        HttpLane l = endAtLane();
        // A body that was sent in pieces is not here any more; one that was not sent yet is, as far as it has come.
        boolean isComplete = request != null && (isWhole || !isWritten);
        mayBeRepeated = mayRepeat
                && isComplete
                && !isAnswering
                && !isCancelled
                && upstream().mayRepeat(this, l);
        l.isFailed(this);
        home.deliver(this);
    }

    /** Lane's loop; nothing but the lane's own fields may be touched afterwards. */
    private HttpLane endAtLane() {
        HttpLane l = lane;
        if (l == null || state == State.HANDED_BACK) {
            throw new IllegalStateException("this exchange was answered twice");
        }
        assert l.context().loop().inEventLoop();
        if (state == State.IN_FLIGHT) {
            l.isLanded();
        }
        state = State.HANDED_BACK;
        carrier = null;
        return l;
    }

    /** The connection that carried it does not any more; it waits for another. Lane's loop. */
    void isTakenBack() {
        state = State.QUEUED;
        carrier = null;
        mustBeAlone = repeats++ > 0;
    }

    /** The lane has taken it out of its ring. */
    void isQueued() {
        state = State.QUEUED;
    }
}
