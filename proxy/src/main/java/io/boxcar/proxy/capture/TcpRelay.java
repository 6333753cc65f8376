package io.boxcar.proxy.capture;

import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.core.Client;
import io.boxcar.proxy.core.Connector;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.Service;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A client whose bytes are passed on as they come, and the bytes of its destination likewise: each side is read only while the other
 * takes what was read, the end of either direction is passed on by itself, and so is a reset. Owned by the client's event loop, on
 * which the connection to the destination lives too.
 *
 * <p>What is outstanding on it nobody can tell. So a drain leaves it alone until either side ends it, or the time for draining is over.
 */
final class TcpRelay extends ChannelInboundHandlerAdapter implements Client {
    private final Connector connector;
    private final Address destination;
    private final long connectTimeoutNs;
    private final LoopContext context;
    private final ListenerMetrics metrics;

    /** What the client has sent before the destination was connected. */
    private final ArrayDeque<ByteBuf> early = new ArrayDeque<>();

    private @Nullable Channel near;
    private @Nullable Channel far;
    private boolean isConnected;
    private boolean nearHasEnded;
    private boolean farHasEnded;
    private int directionsOver;

    TcpRelay(
            Connector connector,
            Address destination,
            long connectTimeoutNs,
            LoopContext context,
            ListenerMetrics metrics) {
        this.connector = connector;
        this.destination = destination;
        this.connectTimeoutNs = connectTimeoutNs;
        this.context = context;
        this.metrics = metrics;
    }

    private Channel near() {
        Channel n = near;
        if (n == null) {
            throw new IllegalStateException("not yet in a pipeline");
        }
        return n;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        assert context.loop().inEventLoop();
        near = ctx.channel();
        near.config().setAutoRead(false);
        ChannelFuture connecting = connector.connect(context.loop(), destination, new Far(), connectTimeoutNs);
        far = connecting.channel();
        connecting.addListener(done -> connected(connecting));
    }

    private void connected(ChannelFuture done) {
        assert context.loop().inEventLoop();
        Channel n = near();
        if (!done.isSuccess()) {
            abort(n); // as the destination itself would refuse it
            return;
        }
        if (!n.isActive() && !n.isOpen()) {
            abort(done.channel());
            return;
        }
        isConnected = true;
        boolean hasEarly = !early.isEmpty();
        ByteBuf bytes;
        while ((bytes = early.poll()) != null) {
            done.channel().write(bytes);
        }
        if (hasEarly) {
            done.channel().flush();
        }
        if (nearHasEnded) {
            endOutput(done.channel());
        }
        n.config().setAutoRead(done.channel().isWritable());
    }

    // ---- from the client ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        metrics.bytesIn.add(bytes.readableBytes());
        Channel f = far;
        if (isConnected && f != null) {
            f.write(bytes);
        } else {
            early.add(bytes);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        Channel f = far;
        if (isConnected && f != null) {
            f.flush();
            if (!f.isWritable()) {
                metrics.readsPaused.increment();
                ctx.channel().config().setAutoRead(false);
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        Channel f = far;
        if (f != null && ctx.channel().isWritable()) {
            f.config().setAutoRead(true);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent && !nearHasEnded) {
            nearHasEnded = true;
            Channel f = far;
            if (isConnected && f != null) {
                endOutput(f);
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ByteBuf bytes;
        while ((bytes = early.poll()) != null) {
            bytes.release();
        }
        Channel f = far;
        if (f != null) {
            follow(f, nearHasEnded);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LoopContext.reportMistake(cause);
        abort(ctx.channel());
    }

    // ---- from the destination ----

    private final class Far extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            ctx.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            metrics.bytesOut.add(bytes.readableBytes());
            near().write(bytes);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            near().flush();
            if (!near().isWritable()) {
                ctx.channel().config().setAutoRead(false);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable()) {
                near().config().setAutoRead(true);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ChannelInputShutdownEvent && !farHasEnded) {
                farHasEnded = true;
                endOutput(near());
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            follow(near(), farHasEnded);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            LoopContext.reportMistake(cause);
            abort(ctx.channel());
        }
    }

    // ---- ends ----

    /** The other side sends no more: nor does this one, behind what is written. */
    private void endOutput(Channel channel) {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (channel instanceof DuplexChannel duplex && duplex.isActive()) {
                duplex.shutdownOutput().addListener(done -> directionIsOver());
            }
        });
    }

    private void directionIsOver() {
        if (++directionsOver == 2) {
            near().close();
            Channel f = far;
            if (f != null) {
                f.close();
            }
        }
    }

    /** The other side is closed: so is this one, behind what is written if the other one had ended in good order. */
    private static void follow(Channel channel, boolean inGoodOrder) {
        if (!channel.isOpen()) {
            return;
        }
        if (inGoodOrder) {
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        } else {
            abort(channel);
        }
    }

    /** Closes with a reset. */
    static void abort(Channel channel) {
        if (channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            channel.close();
        }
    }

    /** Its destination is the one that it was meant for, whatever the configuration. */
    @Override
    public void moveTo(Service next) {}

    @Override
    public void announceEnd() {}

    @Override
    public void drain() {}

    @Override
    public void close() {
        near().close();
    }

    @Override
    public void checkTimeouts(long nowNs) {}
}
