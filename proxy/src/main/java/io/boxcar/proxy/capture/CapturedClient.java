package io.boxcar.proxy.capture;

import io.boxcar.metrics.CaptureResult;
import io.boxcar.proxy.config.CaptureConfig.Protocol;
import io.boxcar.proxy.core.Client;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.ReceivedBytes;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A captured client of which something is not known yet; then it makes way for the one that serves it. Owned by its event loop.
 *
 * <pre>
 *   HELD: connections of Boxcar to the same place are under way, and it may be the other end of one of them
 *   LOOKING: its first bytes tell what it speaks; where the port says it already, only whether it is TLS
 *   SUCCEEDED: another client is in the pipeline in its place
 * </pre>
 */
final class CapturedClient extends ChannelInboundHandlerAdapter implements Client {
    /** Connections of Boxcar that take longer are not to itself, or its loops do not turn and nothing else happens either. */
    private static final long MAX_HELD_NS = 100_000_000;

    private enum Phase {
        HELD,
        LOOKING,
        SUCCEEDED,
        CLOSED
    }

    private final CaptureService service;
    private final Arrival arrival;
    private final CaptureRoute route;
    private final LoopContext context;
    private final ReceivedBytes in = new ReceivedBytes();

    private Phase phase = Phase.HELD;
    private List<ChannelFuture> connecting;
    private @Nullable ChannelHandlerContext channelContext;
    private @Nullable Client successor;
    private @Nullable ScheduledFuture<?> timer;
    private boolean inputEnded;
    private long sinceNs;

    CapturedClient(CaptureService service, Arrival arrival, CaptureRoute route, List<ChannelFuture> connecting) {
        this.service = service;
        this.arrival = arrival;
        this.route = route;
        this.context = arrival.context();
        this.connecting = connecting;
    }

    private ChannelHandlerContext channelContext() {
        ChannelHandlerContext c = channelContext;
        if (c == null) {
            throw new IllegalStateException("not yet in a pipeline");
        }
        return c;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        assert context.loop().inEventLoop();
        channelContext = ctx;
        sinceNs = context.nowNs();
        if (connecting.isEmpty()) {
            look();
            return;
        }
        ctx.channel().config().setAutoRead(false);
        timer = context.loop().schedule(this::release, MAX_HELD_NS, TimeUnit.NANOSECONDS);
        // They end on their own loops.
        connecting.forEach(each -> each.addListener(done -> context.loop().execute(this::releaseIfAllEnded)));
    }

    private void releaseIfAllEnded() {
        if (connecting.stream().allMatch(ChannelFuture::isDone)) {
            release();
        }
    }

    private void release() {
        assert context.loop().inEventLoop();
        if (phase != Phase.HELD) {
            return;
        }
        cancelTimer();
        connecting = List.of();
        if (service.isOwn(arrival)) {
            makeWay(service.refusedAsOwn(arrival));
            return;
        }
        arrival.channel().config().setAutoRead(true);
        if (service.isDecided(route)) {
            makeWay(service.client(arrival, route, route.config().protocol()));
        } else {
            look();
        }
    }

    private void look() {
        phase = Phase.LOOKING;
        if (!service.isGuess(route)) {
            timer = context.loop().schedule(this::isLate, service.config().detectTimeoutNs(), TimeUnit.NANOSECONDS);
        }
        decide();
    }

    private void isLate() {
        if (phase == Phase.LOOKING) {
            makeWay(service.relay(arrival, route, CaptureResult.DETECT_TIMEOUT));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        in.add((ByteBuf) message);
        decide();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
            decide();
        }
    }

    private void decide() {
        if (phase != Phase.LOOKING) {
            return;
        }
        ByteBuf bytes = in.bytes();
        Protocol protocol = bytes == null ? Protocol.DETECT : protocol(bytes);
        if (protocol != Protocol.DETECT) {
            makeWay(service.client(arrival, route, protocol));
        } else if (inputEnded) {
            makeWay(service.relay(arrival, route, CaptureResult.PASSTHROUGH));
        }
    }

    /** {@code DETECT} if it cannot be told yet. */
    private Protocol protocol(ByteBuf view) {
        if (service.isGuess(route)) {
            return Detection.isTls(view) ? Protocol.TCP : route.config().protocol();
        }
        return switch (Detection.of(view)) {
            case REDIS -> Protocol.REDIS;
            case HTTP -> Protocol.HTTP;
            case OTHER -> Protocol.TCP;
            case TOO_FEW_BYTES -> Protocol.DETECT;
        };
    }

    private void makeWay(Client next) {
        cancelTimer();
        phase = Phase.SUCCEEDED;
        successor = next;
        ChannelHandlerContext ctx = channelContext();
        ctx.pipeline().addAfter(ctx.name(), null, next);
        if (in.length() > 0) {
            ctx.fireChannelRead(in.take(in.length()));
            ctx.fireChannelReadComplete();
        }
        if (inputEnded) {
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
        ctx.pipeline().remove(this);
    }

    private void cancelTimer() {
        ScheduledFuture<?> t = timer;
        if (t != null) {
            t.cancel(false);
            timer = null;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        cancelTimer();
        in.release();
        phase = Phase.CLOSED;
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LoopContext.reportMistake(cause);
        ctx.close();
    }

    @Override
    public void drain() {
        Client s = successor;
        if (s != null) {
            s.drain();
        } else if (in.length() == 0) {
            close();
        } else if (phase == Phase.LOOKING) {
            makeWay(service.relay(arrival, route, CaptureResult.PASSTHROUGH));
        }
    }

    @Override
    public void close() {
        Client s = successor;
        if (s != null) {
            s.close();
        } else {
            channelContext().close();
        }
    }

    @Override
    public void checkTimeouts(long nowNs) {
        Client s = successor;
        long idleNs = arrival.listener().config().limits().idleTimeoutNs();
        if (s != null) {
            s.checkTimeouts(nowNs);
        } else if (idleNs > 0 && nowNs - sinceNs > idleNs) {
            arrival.metrics().idleClientsClosed.increment();
            close();
        }
    }
}
