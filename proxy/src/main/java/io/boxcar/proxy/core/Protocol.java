package io.boxcar.proxy.core;

import io.boxcar.metrics.FailureKind;
import io.boxcar.proxy.config.ListenerLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** What the data path needs to know of a protocol whose responses come in the order of the requests. Stateless. */
public interface Protocol {
    /** The name used in the configuration, such as {@code redis}. */
    String name();

    RequestDecoder newRequestDecoder(ListenerLimits limits);

    /** A decoder for a connection that carries requests of many clients: anything unsolicited is an error. */
    ResponseDecoder newSharedResponseDecoder();

    /** A decoder for a connection that one client owns: messages that answer no request are let through, uncounted. */
    ResponseDecoder newOwnResponseDecoder();

    /** What to send first on a shared upstream connection; the caller owns it. */
    ByteBuf sharedHandshake(ByteBufAllocator allocator);

    /** Responses to {@link #sharedHandshake}, at least 1; when they have come, the connection is ready. */
    int sharedHandshakeCount();

    /** Whether the upstream serves clients although it answered the handshake with this error. */
    boolean servesDespite(String handshakeError);

    /** {@code count} times the error response that tells a client what happened; the caller owns it. */
    ByteBuf failure(ByteBufAllocator allocator, FailureKind kind, String detail, int count);
}
