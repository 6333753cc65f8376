package io.boxcar.proxy.core;

import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.config.ListenerLimits;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;

/**
 * The way out to one client. Owned by the client's event loop. What is written in a turn leaves at its end in one flush; what
 * the client does not take is counted, and past a limit, its own or the event loop's, the client is cut off.
 */
final class ClientOutput {
    /** Smaller responses to a slow client are copied, so that they do not hold the whole buffer they were read into. */
    private static final int COPY_BELOW_BYTES = 4096;

    private final ClientConnection client;
    private final ChannelHandlerContext channelContext;
    private final LoopContext context;
    private final ListenerLimits limits;
    private final ListenerMetrics metrics;

    private boolean touched;
    private boolean cutOff;

    /** What is counted of this client in {@link LoopContext#addUnsent}: its unsent bytes, while it is slow. */
    private long countedUnsentBytes;

    ClientOutput(ClientConnection client, ChannelHandlerContext channelContext) {
        this.client = client;
        this.channelContext = channelContext;
        this.context = client.context();
        this.limits = client.listener().limits();
        this.metrics = client.metrics();
    }

    /** Writes a response or a part of one; takes it. */
    void write(ByteBuf response, boolean mayCutOff) {
        Channel channel = channelContext.channel();
        metrics.bytesOut.add(response.readableBytes());
        boolean slow = !channel.isWritable();
        channelContext.write(slow ? compact(response) : response, channelContext.voidPromise());
        if (!touched) {
            touched = true;
            context.clientIsTouched(client);
        }
        if (slow || !channel.isWritable()) {
            client.isSlow();
            count(unsentBytes(channel));
            if (mayCutOff && !cutOff && (countedUnsentBytes > limits.maxOutputBytes() || context.hasTooMuchUnsent())) {
                cutOff = true;
                metrics.slowClientsClosed.increment();
                OutputEnd.cutOff(channel);
            }
        }
    }

    private static ByteBuf compact(ByteBuf response) {
        int length = response.readableBytes();
        if (length >= COPY_BELOW_BYTES) {
            return response;
        }
        ByteBuf copy = response.alloc().directBuffer(Math.max(1, length));
        copy.writeBytes(response);
        response.release();
        return copy;
    }

    private static long unsentBytes(Channel channel) {
        return channel.bytesBeforeWritable() + channel.config().getWriteBufferLowWaterMark();
    }

    private void count(long unsentBytes) {
        context.addUnsent(unsentBytes - countedUnsentBytes);
        countedUnsentBytes = unsentBytes;
    }

    /** The client takes bytes again, or is gone. */
    void forgetUnsent() {
        count(0);
    }

    boolean isEmpty() {
        Channel channel = channelContext.channel();
        // One byte over the mark makes a channel unwritable, so an empty one has room for the mark and that byte.
        return channel.bytesBeforeUnwritable() > channel.config().getWriteBufferHighWaterMark();
    }

    /** At the end of the turn: everything written since the last flush leaves. */
    void flush() {
        touched = false;
        channelContext.flush();
    }
}
