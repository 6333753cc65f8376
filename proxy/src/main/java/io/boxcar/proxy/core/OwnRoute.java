package io.boxcar.proxy.core;

import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.core.ReadGate.Reason;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A client's way over an upstream connection of its own, for one request or for the rest of its session, and back. Owned by
 * the client's event loop.
 *
 * <pre>
 *   shared --want--> waiting for earlier responses --open--> handshake --isReady--> used --isDone--> shared
 *                                                                '---failed---> shared   (once only)
 * </pre>
 * The gate is closed by {@link Reason#OWN} from {@code want} to {@code isReady}, and while one response is awaited.
 */
final class OwnRoute {
    /** What the connection is used for, or wanted for. */
    enum Use {
        NONE,
        ONCE,
        SESSION
    }

    private final ClientConnection client;
    private final Listener listener;
    private final ListenerMetrics metrics;
    private final RequestDecoder decoder;
    private final ReadGate gate;

    private @Nullable OwnConnection connection;
    private Use use = Use.NONE;
    private Use wanted = Use.NONE;
    private boolean midRequest;

    OwnRoute(ClientConnection client, RequestDecoder decoder, ReadGate gate) {
        this.client = client;
        this.listener = client.listener();
        this.metrics = client.metrics();
        this.decoder = decoder;
        this.gate = gate;
    }

    LoopContext context() {
        return client.context();
    }

    boolean isUsed() {
        return use != Use.NONE;
    }

    boolean isWanted() {
        return wanted != Use.NONE;
    }

    /** Whether nothing is awaited here. */
    boolean isIdle() {
        OwnConnection c = connection;
        return !isWanted() && (c == null || !isUsed() || c.isIdle());
    }

    /** Whether a request has been sent in part and the client owes the rest. */
    boolean isMidRequest() {
        return midRequest && gate.isOpen();
    }

    // ---- there ----

    /** The request at the head needs this route; what the client sent before is answered first, then {@link #open}. */
    void want(Use wantedUse) {
        wanted = wantedUse;
        gate.close(Reason.OWN);
    }

    /** Opens what is wanted. A connection that is still there is used again, if need be after another handshake. */
    void open() {
        if (client.isBehindLoss()) {
            refuse(FailureKind.SKIPPED, "not sent: the outcome of an earlier request of this connection is unknown");
            return;
        }
        OwnConnection c = connection;
        if (c == null) {
            if (!listener.tryAddOwn()) {
                refuse(FailureKind.OVERLOADED, "the limit of connections of clients' own is reached");
                return;
            }
            metrics.ownConnectionsOpened.increment();
            c = new OwnConnection(this, listener.upstream());
            connection = c;
            c.open(decoder);
        } else if (c.isOpen() && (wanted == Use.SESSION || decoder.isOwnHandshakeStale())) {
            c.handshake(decoder);
        } else if (c.isOpen()) {
            isReady();
        }
    }

    /** The connection stands where the client believes it to be: on with the request that wanted it. */
    void isReady() {
        use = wanted;
        wanted = Use.NONE;
        gate.open(Reason.OWN);
        client.goOn();
    }

    /** The connection could not be opened. */
    void failed(String detail) {
        forgetConnection();
        refuse(FailureKind.UNREACHABLE, detail);
    }

    /** The request that wanted the route fails, and the client stays as it was. */
    private void refuse(FailureKind failure, String detail) {
        wanted = Use.NONE;
        gate.open(Reason.OWN);
        client.refuseRequest(failure, detail);
    }

    private void forgetConnection() {
        connection = null;
        listener.removeOwn();
        metrics.ownConnectionsClosed.increment();
    }

    // ---- in use ----

    /** Sends a part of a request, whole or up to what has come; takes it. */
    void send(ByteBuf part) {
        OwnConnection c = connection;
        if (c == null) {
            part.release();
            throw new IllegalStateException("there is no connection to relay to");
        }
        if (!c.write(part)) {
            gate.close(Reason.OWN_UNWRITABLE);
        }
        midRequest = !decoder.relayEnded();
        if (midRequest) {
            return;
        }
        int expected = decoder.relayCount();
        c.expect(expected);
        metrics.requests.add(expected);
        metrics.ownRequests.add(expected);
        if (use == Use.ONCE) {
            gate.close(Reason.OWN);
            if (c.isIdle()) {
                isDone(); // the response came before the request had ended
            }
        }
    }

    void isWritable() {
        if (gate.isClosedBy(Reason.OWN_UNWRITABLE)) {
            gate.open(Reason.OWN_UNWRITABLE);
            client.goOn();
        }
    }

    boolean isClientWritable() {
        return client.isWritable();
    }

    void setReading(boolean reading) {
        OwnConnection c = connection;
        if (c != null) {
            c.setReading(reading);
        }
    }

    /** Bytes from upstream, {@code count} responses ending in them; takes the bytes. */
    void received(ByteBuf bytes, int count) {
        metrics.responses.add(count);
        client.write(bytes);
        client.closeIfDone();
    }

    /** Nothing is awaited any more; if it was for one request, the client shares again. */
    void isDone() {
        if (use == Use.ONCE && gate.isClosedBy(Reason.OWN)) {
            use = Use.NONE;
            gate.open(Reason.OWN);
            client.goOn();
        }
    }

    /** Where responses end is not known any more: so the end of one cannot be waited for. */
    void isBroken() {
        OwnConnection c = connection;
        if (use == Use.ONCE && c != null) {
            c.close();
        }
    }

    /** The client sends no more, and all it sent has been passed on. */
    void endInput() {
        OwnConnection c = connection;
        if (c != null) {
            c.endInput();
        }
    }

    /** Whether the client waits here for one response, which may never come. */
    boolean awaitsOneResponse() {
        return use == Use.ONCE && gate.isClosedBy(Reason.OWN);
    }

    // ---- the end ----

    /** The connection is closed: with it went the client's state, so the client is closed too. */
    void isClosed() {
        forgetConnection();
        if (isUsed()) {
            client.closeBehindOutput();
        }
    }

    /** Ends the connection, and with it whatever the client waits for upstream. */
    void close() {
        OwnConnection c = connection;
        if (c != null) {
            c.close();
        }
    }
}
