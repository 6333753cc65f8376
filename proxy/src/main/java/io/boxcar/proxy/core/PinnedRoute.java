package io.boxcar.proxy.core;

import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.core.ReadGate.Reason;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A client's way over a pinned connection, and back. Owned by the client's event loop.
 *
 * <pre>
 *   SHARED --want--> WANTED --open--> OPENING --isReady--> IN_USE --nothing outstanding, no state--> SHARED
 *                  (earlier responses)  (pool, greeting)
 *                                        '--failed--> SHARED
 * </pre>
 * A client that has become somebody else goes on here until there are lanes for what it is. The gate is closed by
 * {@link Reason#PINNED} from {@code want} to {@code isReady}, and while responses are awaited before the client's next request
 * may be looked at.
 */
final class PinnedRoute {

    private enum State {
        SHARED,
        WANTED,
        OPENING,
        IN_USE
    }

    private final ClientConnection client;
    private final ListenerMetrics metrics;
    private final RequestDecoder decoder;
    private final PinnedSession session;
    private final ReadGate gate;

    private State state = State.SHARED;
    private @Nullable PinnedPool pool;

    /** Where the client waits for lanes of its identity. */
    private @Nullable PinnedPool refusing;

    private @Nullable PinnedConnection connection;
    private boolean control;
    private boolean midRequest;

    // Of a cluster: the first request on a connection, in case it is redirected, and where to.
    private @Nullable ByteBuf first;
    private boolean isFirst;
    private @Nullable Endpoint redirectedTo;
    private boolean announced;
    private int redirections;

    PinnedRoute(ClientConnection client, RequestDecoder decoder, ReadGate gate) {
        this.client = client;
        this.metrics = client.metrics();
        this.decoder = decoder;
        this.session = decoder.session();
        this.gate = gate;
    }

    PinnedSession session() {
        return session;
    }

    boolean isUsed() {
        return state == State.IN_USE;
    }

    boolean isWanted() {
        return state == State.WANTED;
    }

    /** Whether the client neither has a pinned connection nor waits for one. */
    boolean isShared() {
        return state == State.SHARED;
    }

    /** Whether the request at the head has been here, and is to go elsewhere at the same upstream. */
    boolean isRedirecting() {
        return redirections > 0;
    }

    /** Whether nothing is awaited here. */
    boolean isIdle() {
        PinnedConnection c = connection;
        return switch (state) {
            case SHARED -> true;
            case WANTED, OPENING -> false;
            case IN_USE -> session.outstanding() == 0 && (c == null || c.isAtBoundary());
        };
    }

    /** Whether a request has been sent in part and the client owes the rest. */
    boolean isMidRequest() {
        return midRequest && gate.isOpen();
    }

    // ---- there ----

    /** The request at the head needs this route; what the client sent before is answered first, then {@link #open}. */
    void want(boolean forControl) {
        state = State.WANTED;
        control = forControl;
        gate.close(Reason.PINNED);
    }

    /** Asks the pool of the endpoint for what is wanted. */
    void open(Endpoint endpoint) {
        if (client.isBehindLoss()) {
            refuse(FailureKind.SKIPPED, Losses.NOT_SENT);
            return;
        }
        state = State.OPENING;
        Endpoint elsewhere = redirectedTo;
        redirectedTo = null;
        PinnedPool from = (elsewhere == null ? endpoint : elsewhere).pool(client.context());
        pool = from;
        from.lend(this, control);
    }

    /** The pool has a connection for this client. */
    void lent(PinnedConnection lent) {
        pool = null;
        connection = lent;
        metrics.pinnedLent.increment();
        lent.lendTo(this);
    }

    /** The connection that was lent is of no use, and there will be another. */
    void takenBack() {
        connection = null;
        metrics.pinnedReturned.increment();
    }

    /** The connection stands where the client believes it to be: on with the request that wanted it. */
    void isReady() {
        state = State.IN_USE;
        announced = false;
        isFirst = client.upstream().isCluster();
        if (!session.isNeeded()) {
            settle();
        }
        gate.open(Reason.PINNED);
        client.goOn();
    }

    /** The connection could not be opened. */
    void failed(String detail) {
        forgetConnection();
        refuse(FailureKind.UNREACHABLE, detail);
    }

    void noneIsFree(String detail) {
        pool = null;
        refuse(FailureKind.OVERLOADED, detail);
    }

    /** The upstream did not let the connection stand where it should: its answer is the answer to the client. */
    void isRefused(ByteBuf answer) {
        forgetConnection();
        state = State.SHARED;
        gate.open(Reason.PINNED);
        client.answerRequest(answer, endRedirection());
    }

    /** The request that wanted the route fails, and the client stays as it was. */
    private void refuse(FailureKind failure, String detail) {
        state = State.SHARED;
        gate.open(Reason.PINNED);
        client.refuseRequest(failure, detail, endRedirection());
    }

    /** Whether the request had been redirected, which is forgotten now. */
    private boolean endRedirection() {
        boolean wasRedirected = redirections > 0;
        redirections = 0;
        redirectedTo = null;
        announced = false;
        return wasRedirected;
    }

    private void forgetConnection() {
        releaseFirst();
        connection = null;
        metrics.pinnedReturned.increment();
        session.ended();
    }

    private void releaseFirst() {
        ByteBuf request = first;
        if (request != null) {
            first = null;
            request.release();
        }
    }

    // ---- in use ----

    private PinnedConnection connection() {
        PinnedConnection c = connection;
        if (c == null) {
            throw new IllegalStateException("there is no pinned connection to send on");
        }
        return c;
    }

    /** Takes the request at the head, whole or as much of it as has come. */
    void send(ReceivedBytes in, ByteBuf bytesView) {
        if (!midRequest && redirections == 0) {
            client.logPinned(bytesView, connection().pool().endpoint());
        }
        if (midRequest || decoder.length() < 0) {
            write(in.take(decoder.relay(bytesView)));
            midRequest = !decoder.relayEnded();
            if (midRequest) {
                return;
            }
            session.sent();
        } else {
            ByteBuf part = in.take(decoder.length());
            if (isFirst) {
                first = part.retainedDuplicate();
            }
            ByteBuf replacement = session.sent();
            if (replacement != null) {
                part.release();
            }
            write(replacement == null ? part : replacement);
        }
        if (redirections == 0) {
            metrics.requests.increment();
            metrics.pinnedRequests.increment();
        }
        if (session.awaitsResponses()
                || isFirst
                || session.outstanding() >= client.listener().limits().maxPipeline()) {
            gate.close(Reason.PINNED);
            settle(); // perhaps there is nothing to await
        }
        isFirst = false;
    }

    /** Whether the next message may send the client's request elsewhere, and must be looked at. */
    boolean mayBeRedirected() {
        return first != null;
    }

    /** Whether this message, which is only looked at, sends the client's request elsewhere. */
    boolean isRedirected(ByteBuf messageView) {
        ByteBuf request = first;
        PinnedPool from = connection().pool();
        if (request == null) {
            return false;
        }
        first = null;
        Upstream upstream = client.upstream();
        Redirection to = redirections < Redirections.MAX
                ? upstream.protocol()
                        .redirection(messageView, false, from.endpoint().address())
                : null;
        if (to == null || to.kind() == Redirection.Kind.AGAIN || !session.rewind()) {
            request.release();
            endRedirection();
            return false;
        }
        redirections++;
        metrics.redirected.increment();
        redirectedTo = upstream.redirected(to);
        announced = to.kind() == Redirection.Kind.ASK;
        client.takeBack(request);
        return true;
    }

    /** Whether the endpoint that the request goes to does not serve it yet. */
    boolean isAnnounced() {
        return announced;
    }

    /** The client's next request waits until nothing is outstanding here. */
    void awaitIdle() {
        gate.close(Reason.PINNED);
    }

    private void write(ByteBuf part) {
        if (!connection().write(part)) {
            gate.close(Reason.PINNED_UNWRITABLE);
        }
    }

    /** At the end of what the client sent together. */
    void flush() {
        PinnedConnection c = connection;
        if (c != null) {
            c.flush();
        }
    }

    boolean isMidway() {
        return midRequest;
    }

    void isWritable() {
        if (gate.isClosedBy(Reason.PINNED_UNWRITABLE)) {
            gate.open(Reason.PINNED_UNWRITABLE);
            client.goOn();
        }
    }

    boolean isClientWritable() {
        return client.isWritable();
    }

    void setReading(boolean reading) {
        PinnedConnection c = connection;
        if (c != null) {
            c.setReading(reading);
        }
    }

    /** Bytes from upstream for the client; takes them. */
    void received(ByteBuf bytes) {
        client.write(bytes);
    }

    /** All that came has been passed on, and {@code count} requests are answered by it. */
    void answered(int count) {
        metrics.responses.add(count);
        if (settle()) {
            client.goOn();
        }
        client.closeIfDone();
    }

    /**
     * With nothing outstanding the client shares again, if it has no state.
     *
     * @return whether its next request may be looked at
     */
    private boolean settle() {
        PinnedConnection c = connection;
        if (c == null || state != State.IN_USE || midRequest || !isIdle()) {
            return false;
        }
        if (session.mayShare() && isAdmitted()) {
            connection = null;
            state = State.SHARED;
            metrics.pinnedReturned.increment();
            c.giveBack(session);
            client.takeLanes(decoder.identity());
            gate.open(Reason.PINNED_UNWRITABLE);
        } else if (!gate.isClosedBy(Reason.PINNED)) {
            return false;
        }
        gate.open(Reason.PINNED);
        return true;
    }

    /** Whether there are lanes for what the client has become; if not yet, the route hears {@link #lanesStand}. */
    private boolean isAdmitted() {
        Endpoint endpoint = client.firstRefusing(decoder.identity());
        PinnedPool before = refusing;
        PinnedPool now = endpoint == null ? null : endpoint.pool(client.context());
        refusing = now;
        if (before != null) {
            before.awaitsLanesNoMore(this);
        }
        if (now != null) {
            now.awaitsLanes(this);
        }
        return now == null;
    }

    /** There are more lanes than there were. */
    void lanesStand() {
        if (settle()) {
            client.goOn();
            client.closeIfDone();
        }
    }

    /** The client sends no more, and all it sent has been passed on. */
    void endInput() {
        PinnedConnection c = connection;
        if (c != null) {
            c.endInput();
        }
    }

    /** Whether what is awaited here may never come. */
    boolean mayBlock() {
        return session.mayBlock();
    }

    /** Whether the client waits for a response behind which it needs the connection no more. */
    boolean awaitsLastResponse() {
        return state == State.IN_USE && gate.isClosedBy(Reason.PINNED) && session.mayShare();
    }

    /** About once a second: an upstream that does not answer what it should answer at once is taken for dead. */
    void checkSilence(long nowNs) {
        PinnedConnection c = connection;
        if (c != null
                && state == State.IN_USE
                && session.outstanding() > 0
                && !session.mayBlock()
                && c.isSilent(nowNs)) {
            metrics.pinnedSilent.increment();
            c.close();
        }
    }

    // ---- the end ----

    /** The connection is closed: with it went the client's state, so the client is closed too. */
    void isClosed() {
        forgetConnection();
        state = State.SHARED;
        midRequest = false;
        client.closeBehindOutput();
    }

    /** The client is gone: the connection is given back if it can be, else what the client waits for ends with it. */
    void close() {
        PinnedPool waitingAt = pool;
        if (waitingAt != null) {
            pool = null;
            waitingAt.forget(this);
        }
        PinnedPool refusedAt = refusing;
        if (refusedAt != null) {
            refusing = null;
            refusedAt.awaitsLanesNoMore(this);
        }
        PinnedConnection c = connection;
        if (c == null) {
            return;
        }
        releaseFirst();
        boolean clean = isIdle() && !midRequest && state == State.IN_USE;
        connection = null;
        state = State.SHARED;
        metrics.pinnedReturned.increment();
        if (clean) {
            c.giveBack(session);
        } else {
            c.abandon();
            session.ended();
        }
    }
}
