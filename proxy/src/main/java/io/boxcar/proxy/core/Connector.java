package io.boxcar.proxy.core;

import io.boxcar.proxy.config.Address;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;

/** Opens upstream connections: sockets in production, in-memory channels in the simulation. */
public interface Connector {
    /** Connects on {@code loop} and puts {@code handler} into the pipeline; the future fails after {@code timeoutNs}. */
    ChannelFuture connect(EventLoop loop, Address address, ChannelHandler handler, long timeoutNs);
}
