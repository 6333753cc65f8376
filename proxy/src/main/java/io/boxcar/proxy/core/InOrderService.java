package io.boxcar.proxy.core;

import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.ListenerMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;

/** Clients of a {@link Protocol} whose responses come in the order of the requests. */
public record InOrderService(Upstream upstream) implements Service {
    @Override
    public Client newClient(
            Listener listener, Channel channel, LoopContext context, ListenerMetrics metrics, long number) {
        return new ClientConnection(listener, upstream, context, metrics, number);
    }

    @Override
    public ByteBuf refusal(ByteBufAllocator allocator) {
        return upstream.protocol().failure(allocator, FailureKind.OVERLOADED, "max number of clients reached", 1);
    }

    @Override
    public String addresses() {
        return upstream.addresses();
    }
}
