package io.boxcar.proxy.core;

import io.netty.buffer.ByteBuf;

/**
 * Finds the ends of responses in what one upstream connection sends. Owned by that connection's event loop. Each byte is
 * looked at once: the state is carried from one buffer to the next.
 */
public interface ResponseDecoder {
    /** Returned by {@link #scan} when the bytes are not what the protocol allows, so that pairing is in doubt. */
    int ERROR = -1;

    /**
     * Looks at {@code inView[from, to)} and stops behind the {@code maxCount}-th response that ends in it.
     *
     * @return the index behind the last byte looked at, which is {@code to} unless {@code maxCount} responses ended; or
     *     {@link #ERROR}
     */
    int scan(ByteBuf inView, int from, int to, int maxCount);

    /** Responses that ended in the last {@link #scan}. */
    int completed();

    /** The index behind the last response that ended in the last {@link #scan}, if one did. */
    int boundary();

    /** Whether the last response that ended says that the request failed. */
    boolean lastWasError();

    /**
     * Asked behind the last response of a transaction: whether the connection may be left inside it, so that what follows would
     * become a part of it.
     */
    boolean leftOpen();

    /** Whether the next byte starts a new response. */
    boolean isAtBoundary();

    /** What was wrong when {@link #scan} returned {@link #ERROR}. */
    String errorText();
}
