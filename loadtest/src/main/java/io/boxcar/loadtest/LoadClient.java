package io.boxcar.loadtest;

import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;

/** One connection of a load: the last handler of its channel. Owned by the load's event loop. */
abstract sealed class LoadClient extends ChannelInboundHandlerAdapter
        permits LoadConnection, HttpLoadConnection, Http2LoadConnection {
    /** For {@link Dispatch} alone: whether it takes part, and whether it waits for requests. */
    boolean admitted;

    boolean parked;
    boolean queued;
    boolean unflushed;

    /** Adds this handler, and those that it needs before it. */
    void addTo(ChannelPipeline pipeline) {
        pipeline.addLast(this);
    }

    /** Whether no request waits for its response. */
    abstract boolean isIdle();

    /** How many more requests it can take; 0 without a connection. */
    abstract int room();

    /** Adds the next request, which has been due since {@code dueNs}, to what is sent next; false if there is none left. */
    abstract boolean send(long dueNs);

    /** Sends what has been added. */
    abstract void flush();

    /** Gives up the requests in flight if the oldest has waited too long. */
    abstract void checkAge(long nowNs);

    abstract void close();
}
