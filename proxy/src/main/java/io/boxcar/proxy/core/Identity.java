package io.boxcar.proxy.core;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * On whose behalf, and in which mode, requests on a shared upstream connection are executed (user, database, protocol version).
 * Each lane has one; clients of equal identity share it. Immutable, with {@code equals} and {@code hashCode}; {@code toString}
 * shows no secret.
 */
public interface Identity {
    /** Writes what a shared connection sends first, and returns how many responses that has, at least 1. */
    int writeHandshake(ByteBuf out);

    /**
     * Looks at the responses to the handshake.
     *
     * @return null if the connection may serve, else the error text (without line end) that the upstream refused with
     */
    @Nullable
    String refusal(ByteBuf responsesView);

    /** Whether this {@link #refusal} speaks of the upstream as a whole, so that any request would get the same answer now. */
    boolean isSaidToAll(String refusal);
}
