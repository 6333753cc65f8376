package io.boxcar.proxy.http;

import io.netty.channel.ChannelHandler;

/** One upstream connection of a lane, as the lane sees it. Owned by the lane's event loop. */
public interface HttpConnection extends RequestSink {
    /** What is put into the pipeline of the channel. */
    ChannelHandler handler();

    /** Whether it speaks HTTP/1.1, so that it can carry a request alone, and become a tunnel. */
    boolean isHttp1();

    /** How many more requests may be sent now besides those in flight; 0 if it is not connected, or carries one that must be alone. */
    int room();

    /** Whether one request has it for itself, for as long as that takes; a multiplexed one is never held. */
    default boolean isHeld() {
        return false;
    }

    /** Whether it is connected, carries nothing and may be used. */
    boolean isIdle();

    /**
     * Writes the request, and the body if all of it is there; nothing leaves before {@link #flush}.
     *
     * @param alone whether no other may share the connection before it is answered; then {@link #isIdle} holds
     */
    void send(HttpExchange exchange, boolean alone, long nowNs);

    /** What was written leaves. */
    void flush(long nowNs);

    /** Called about ten times a second: time limits. */
    void sweep(long nowNs);

    /** Closes at once; what is in flight fails. */
    void close(String reason);
}
