package io.boxcar.proxy.core;

import io.boxcar.metrics.ListenerMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;

/** What a {@link Listener} gives its clients. Used by all event loops. */
public interface Service {
    /**
     * @param channel the accepted connection, to whose pipeline the client is added afterwards
     * @param number how many clients the listener had before, for spreading them
     */
    Client newClient(Listener listener, Channel channel, LoopContext context, ListenerMetrics metrics, long number);

    /** What a client is told that is one too many; the caller owns it. */
    ByteBuf refusal(ByteBufAllocator allocator);

    /** Where requests go, for people: {@code 127.0.0.1:6379}, or several, with commas. */
    String addresses();
}
