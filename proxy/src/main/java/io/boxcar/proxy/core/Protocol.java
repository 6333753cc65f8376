package io.boxcar.proxy.core;

import io.boxcar.metrics.FailureKind;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.ListenerConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * What the data path needs to know of a protocol whose responses come in the order of the requests. One for each upstream;
 * used by all event loops.
 */
public interface Protocol {
    /** The name used in the configuration, such as {@code redis}. */
    String name();

    /** @param client the connection that it is for */
    RequestDecoder newRequestDecoder(ListenerConfig listener, ClientHandle client);

    /**
     * Goes on for a client that had another decoder of this protocol, at another upstream, and has found no part of a request since:
     * what the client is, it remains. Null while the client is bound to that upstream.
     */
    @Nullable
    RequestDecoder newRequestDecoder(ListenerConfig listener, ClientHandle client, RequestDecoder before);

    /** The identity of clients that have not said who they are. */
    Identity initialIdentity();

    /** A decoder for a connection that carries requests of many clients: anything unsolicited is an error. */
    ResponseDecoder newSharedResponseDecoder();

    /** A request of this {@link RequestDecoder#kind} had a response of this many bytes. Any thread. */
    void learnSize(int kind, int bytes);

    /**
     * What a response says about where its request should have gone; null for an ordinary response.
     *
     * @param transaction whether these are the responses to a transaction; only one that was not executed is redirected
     * @param asked the endpoint that gave it
     */
    @Nullable
    Redirection redirection(ByteBuf responseView, boolean transaction, Address asked);

    /** What announces a request at an endpoint that {@link Redirection.Kind#ASK} named; it has one response. */
    ByteBuf announcement(ByteBufAllocator allocator);

    /** Moves the reader index behind the first response. */
    void skipFirst(ByteBuf responses);

    /** Writes what asks a node of a cluster who serves what, and returns how many responses that has. */
    int writeLayoutQuestion(ByteBuf out);

    /**
     * The answer to that question, or null if the node does not know.
     *
     * @param asked the node's address, for answers that mean "I do"
     */
    @Nullable
    ClusterLayout layout(ByteBuf responsesView, Address asked);

    /** {@code count} times the error response that tells a client what happened; the caller owns it. */
    ByteBuf failure(ByteBufAllocator allocator, FailureKind kind, String detail, int count);
}
