package io.boxcar.proxy.capture;

import io.boxcar.metrics.CaptureResult;
import io.boxcar.proxy.config.CaptureConfig.Protocol;
import io.boxcar.proxy.core.Client;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.ReceivedBytes;
import io.boxcar.proxy.core.Service;
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

    private final Arrival arrival;
    private final LoopContext context;
    private final ReceivedBytes in = new ReceivedBytes();

    private CaptureService service;
    private CaptureRoute route;
    private Phase phase = Phase.HELD;

    /** What the successor speaks, and by whose lanes it goes where it was meant for. */
    private Protocol protocol = Protocol.DETECT;

    private Destinations.@Nullable Use use;
    private boolean isEndAnnounced;
    private List<ChannelFuture> connecting;
    private @Nullable ChannelHandlerContext channelContext;
    private @Nullable Client successor;
    private @Nullable ScheduledFuture<?> timer;
    private boolean inputEnded;
    private long sinceNs;

    CapturedClient(CaptureService service, Arrival arrival, List<ChannelFuture> connecting) {
        this.service = service;
        this.arrival = arrival;
        this.route = service.route(arrival.destination());
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
            go();
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
        go();
    }

    private void go() {
        if (service.isDecided(route)) {
            serve(route.config().protocol());
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
            relay(CaptureResult.DETECT_TIMEOUT);
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
        Protocol spoken = bytes == null ? Protocol.DETECT : protocol(bytes);
        if (spoken != Protocol.DETECT) {
            serve(spoken);
        } else if (inputEnded) {
            relay(CaptureResult.PASSTHROUGH);
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

    // ---- the successor ----

    private void serve(Protocol spoken) {
        if (spoken == Protocol.TCP) {
            relay(CaptureResult.PASSTHROUGH);
            return;
        }
        protocol = spoken;
        Service all = route.service();
        if (all != null) {
            service.count(arrival, spoken, CaptureResult.UPSTREAM);
            makeWay(client(all));
            return;
        }
        Destinations.Use own = service.use(arrival, route, spoken);
        if (own == null) {
            relay(CaptureResult.TOO_MANY_DESTINATIONS);
            return;
        }
        service.count(arrival, spoken, CaptureResult.ORIGINAL);
        use = own;
        arrival.channel().closeFuture().addListener(closed -> endUse());
        makeWay(client(own.destination().service()));
    }

    private Client client(Service of) {
        return of.newClient(arrival.listener(), arrival.channel(), context, arrival.metrics(), arrival.number());
    }

    private void relay(CaptureResult why) {
        protocol = Protocol.TCP;
        service.count(arrival, Protocol.TCP, why);
        makeWay(service.relay(arrival, route));
    }

    private void endUse() {
        Destinations.Use u = use;
        if (u != null) {
            use = null;
            u.end(context.nowNs());
        }
    }

    /** Another configuration counts. A client that is served goes on with what it speaks, at the place where that goes now. */
    @Override
    public void moveTo(Service next) {
        if (!(next instanceof CaptureService capture) || phase == Phase.CLOSED) {
            return;
        }
        service = capture;
        CaptureRoute to = capture.route(arrival.destination());
        Client s = successor;
        if (s == null) {
            if (service.isDecided(to) || service.isGuess(to) || service.isGuess(route)) {
                cancelTimer();
                route = to;
                if (phase == Phase.LOOKING) {
                    go();
                }
            } else {
                route = to;
            }
            return;
        }
        Protocol wanted = to.config().protocol();
        if (protocol == Protocol.TCP || wanted != Protocol.DETECT && wanted != protocol) {
            return; // what it speaks, the new route does not
        }
        route = to;
        Service all = to.service();
        Destinations.Use before = use;
        if (all == null) {
            Destinations.Use own = service.use(arrival, to, protocol);
            if (own == null) {
                return;
            }
            if (before == null) {
                arrival.channel().closeFuture().addListener(closed -> endUse());
            }
            use = own;
            s.moveTo(own.destination().service());
        } else {
            use = null;
            s.moveTo(all);
        }
        if (before != null) {
            before.end(context.nowNs());
        }
    }

    @Override
    public void announceEnd() {
        isEndAnnounced = true;
        Client s = successor;
        if (s != null) {
            s.announceEnd();
        }
    }

    private void makeWay(Client next) {
        cancelTimer();
        phase = Phase.SUCCEEDED;
        successor = next;
        ChannelHandlerContext ctx = channelContext();
        ctx.pipeline().addAfter(ctx.name(), null, next);
        if (isEndAnnounced) {
            next.announceEnd();
        }
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
            relay(CaptureResult.PASSTHROUGH);
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
