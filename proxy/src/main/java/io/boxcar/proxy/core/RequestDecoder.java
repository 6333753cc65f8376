package io.boxcar.proxy.core;

import io.boxcar.proxy.accesslog.AccessEntry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Finds the ends of one client's requests and says how each travels. Owned by the client's event loop; it also holds what
 * the protocol must remember of that client (its identity, a connection name, for example).
 *
 * <p>{@link #next} looks for whole requests. {@link #relay} follows a request on a pinned connection that is too long to be
 * collected; the two are never mixed inside one request.
 */
public interface RequestDecoder {
    /** For {@link #place}: any endpoint will do. */
    int ANYWHERE = -1;

    /** For {@link #place} and {@link Scatter#place}: places from here on are indexes of endpoints, whatever lower ones are. */
    int FIRST_ENDPOINT = 1 << 16;

    /**
     * Looks at the bytes from {@code inView.readerIndex()} on; what needs no answer at all it skips. Bytes that an earlier call has seen are not looked at again,
     * so between two calls that both say {@link Routing#INCOMPLETE} the caller may only append. After any other answer
     * the caller skips {@link #length()} bytes, or, if that is -1, goes on with {@link #relay}. What was found and not taken
     * from the buffer is found again.
     *
     * @param pinned whether the client has a pinned connection now: then every request is {@link Routing#PINNED}
     */
    Routing next(ByteBuf inView, boolean pinned);

    /** Bytes of the request or run that {@link #next} found, or -1 if its end has not come yet. */
    int length();

    /** Responses that the request or run will have; at least 1. */
    int count();

    /** Whether all of it may be sent a second time after its outcome became unknown. */
    boolean isRepeatable();

    /**
     * Whether it is a transaction, whose end must be checked with {@link ResponseDecoder#leftOpen}.
     */
    boolean isTransaction();

    /**
     * Whether what the client sends behind it means something else if it fails: then it must not be executed after such a
     * failure.
     */
    boolean changesState();

    /** Whether it may travel otherwise when a little more has come: the rest of a transaction that was sent in one piece. */
    boolean mayBePart();

    /** Whether it may take so long, or have such a long response, that others should not wait behind it. */
    boolean isSlow();

    /** A small number for the kind of the request, for {@link Protocol#learnSize}; meaningful if {@link #count} is 1. */
    int kind();

    /** Names the commands of what {@link #next} found, and nothing of their arguments. The buffer is as it was then. */
    void describe(ByteBuf inView, AccessEntry to);

    /** The cluster slot, or the index of the endpoint, that it must go to, or {@link #ANYWHERE}. */
    int place();

    /** For {@link Routing#SCATTERED}. */
    Scatter scatter();

    /** The response for {@link Routing#ANSWERED} and {@link Routing#ANSWERED_THEN_CLOSE}; the caller owns it. */
    ByteBuf reply(ByteBufAllocator allocator);

    /** On whose behalf shared requests travel. Changes only while the client uses a pinned connection. */
    Identity identity();

    /** What is known about the client while it uses a pinned connection. */
    PinnedSession session();

    /**
     * Follows a long request on a pinned connection.
     *
     * @return how many bytes from {@code inView.readerIndex()} on belong to it; {@link #relayEnded()} says whether it ended
     */
    int relay(ByteBuf inView);

    /** Whether the last {@link #relay} saw the end of the request, so that {@link #next} comes next. */
    boolean relayEnded();

    /** The client is gone. */
    void close();
}
