package io.boxcar.proxy.core;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What the protocol knows about one client and the upstream connection that is lent to it. Owned by the client's event loop;
 * one for each client, for its whole life.
 *
 * <pre>
 *   greet -> greeted -> ( sent | receive )*  until nothing is outstanding and mayShare  -> giveBack
 * </pre>
 */
public interface PinnedSession {
    /** What becomes of a pinned connection that its client needs no more. */
    enum GiveBack {
        /** It can serve the next client as it is. */
        AS_IS,
        /** It can serve the next client after {@link #writeReset} was answered well. */
        RESET,
        /** It must be closed: nothing else clears its state. */
        CLOSE
    }

    /** The response ended in the last {@link #receive} is not understood: it is passed on, and counted no more. */
    int BROKEN = -1;

    // ---- lending ----

    /**
     * A connection is lent to this client, for the request that {@link RequestDecoder#next} found last: writes what must be sent
     * first so that the connection stands where the client believes to be.
     *
     * @param standing what {@link #standing} said when the connection was given back; null for a new connection
     * @param announced whether the request comes to an endpoint that {@link Redirection.Kind#ASK} named
     * @return responses to await before the connection may be used; 0 if nothing was written
     */
    int greet(@Nullable Object standing, boolean announced, ByteBuf out);

    /**
     * All responses to what {@link #greet} wrote.
     *
     * @return null if the connection may be used, else the error response that the client gets to the request which needed the
     *     connection (which is then closed); the caller owns it
     */
    @Nullable
    ByteBuf greeted(ByteBuf responsesView);

    /**
     * Whether the request that the connection was lent for is sent on it. If not, the connection has been asked what it was
     * needed for: it is given back, and the request is looked at again.
     */
    boolean isNeeded();

    // ---- in use ----

    /**
     * The request that {@link RequestDecoder#next} found, or {@link RequestDecoder#relay} saw the end of, is about to be sent.
     *
     * @return what to send instead of its bytes, or null to send it unchanged; the caller owns it
     */
    @Nullable
    ByteBuf sent();

    /** Whether the client's next request must wait until nothing is outstanding: this one may have cleared its state. */
    boolean awaitsResponses();

    /** Requests sent that are not answered completely. */
    int outstanding();

    /** Whether something is outstanding whose answer may take as long as it pleases. */
    boolean mayBlock();

    /** Asked between two messages: whether the next one must be collected and given to {@link #rewritten}. */
    boolean rewritesNext();

    /**
     * Looks at {@code inView[from, to)} and stops behind the first message that ends.
     *
     * @return the index behind the last byte looked at, or {@link #BROKEN}
     */
    int receive(ByteBuf inView, int from, int to);

    /** Whether a message ended in the last {@link #receive}. */
    boolean messageEnded();

    /** Requests that the last {@link #receive} completed the answer of: 0 or 1. */
    int answered();

    /** The message as the client shall see it; takes {@code whole}, the caller owns the result. */
    ByteBuf rewritten(ByteBuf whole);

    /** Whether, with nothing outstanding, the client has no state that a shared connection must not see. */
    boolean mayShare();

    /**
     * The only request sent so far was redirected: forgets what led to it.
     *
     * @return whether it can be sent somewhere else, as if nothing had been
     */
    boolean rewind();

    // ---- giving back ----

    /** Nothing is outstanding: what becomes of the connection. From here on it is not this client's. */
    GiveBack giveBack();

    /** For {@link #greet} of the next client that borrows the connection: where it stands after AS_IS. */
    Object standing();

    /** Where any connection stands after the reset. */
    Object standingAfterReset();

    /** Writes the request that clears a connection's state; it has one response. */
    void writeReset(ByteBuf out);

    /** Whether this response to the reset says that it worked. */
    boolean isReset(ByteBuf responseView);

    /** The connection was closed under the client, or was given back: nothing is outstanding any more. */
    void ended();
}
