package io.boxcar.proxy.core;

import io.boxcar.proxy.config.Address;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;

/** Opens upstream connections: sockets in production, plain or with TLS; in-memory channels in the simulation. */
public interface Connector {
    /** Connects on {@code loop} and puts {@code handler} into the pipeline; the future fails after {@code timeoutNs}. */
    ChannelFuture connect(EventLoop loop, Address address, ChannelHandler handler, long timeoutNs);

    /** As above, for the caller who knows more of the peer than its address. */
    default ChannelFuture connect(EventLoop loop, Address address, Peer peer, ChannelHandler handler, long timeoutNs) {
        return connect(loop, address, handler, timeoutNs);
    }

    /** Whether connections are encrypted. */
    default boolean isSecure() {
        return false;
    }
}
