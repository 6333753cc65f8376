package io.boxcar.proxy.core;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Finds the ends of one client's requests and says how each travels. Owned by the client's event loop; it also holds what
 * the protocol must remember of that client (a connection name, for example).
 *
 * <p>Two ways to use it, never mixed inside one request: {@link #next} looks for whole requests, {@link #relay} follows
 * requests whose bytes are passed on as they come.
 */
public interface RequestDecoder {
    /**
     * Looks at the bytes from {@code inView.readerIndex()} on; what needs no answer at all it skips. Bytes that an earlier call has seen are not looked at again,
     * so between two calls that both say {@link Routing#INCOMPLETE} the caller may only append. After any other answer
     * the caller skips {@link #length()} bytes, or, for a request on a connection of its own, goes on with {@link #relay}.
     */
    Routing next(ByteBuf inView);

    /** Bytes of the request or run that {@link #next} found, or -1 if its end has not come yet. */
    int length();

    /** Responses that the request or run will have; at least 1. */
    int count();

    /** Whether all of it may be sent a second time after its outcome became unknown. */
    boolean isRepeatable();

    /** The response for {@link Routing#ANSWERED} and {@link Routing#ANSWERED_THEN_CLOSE}; the caller owns it. */
    ByteBuf reply(ByteBufAllocator allocator);

    /**
     * Follows one request on a connection of its own.
     *
     * @return how many bytes from {@code inView.readerIndex()} on belong to it; {@link #relayEnded()} says whether it ended
     */
    int relay(ByteBuf inView);

    /** Whether the last {@link #relay} saw the end of a request, so that the next call starts on another one. */
    boolean relayEnded();

    /** Responses that the request which {@link #relay} saw the end of will have: 0 or 1. */
    int relayCount();

    /** What to send first on a connection of the client's own, so that it stands where the client believes it to be. */
    ByteBuf ownHandshake(ByteBufAllocator allocator);

    /** Whether {@link #ownHandshake} would say something else than when it was last asked. */
    boolean isOwnHandshakeStale();

    /** Responses to the next {@link #ownHandshake}; they are not passed on. */
    int ownHandshakeCount();
}
