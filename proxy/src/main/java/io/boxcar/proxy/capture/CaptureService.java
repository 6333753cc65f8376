package io.boxcar.proxy.capture;

import io.boxcar.metrics.CaptureResult;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.config.CaptureConfig;
import io.boxcar.proxy.config.CaptureConfig.Protocol;
import io.boxcar.proxy.config.PortRanges;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.core.Client;
import io.boxcar.proxy.core.Listener;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.Service;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What a listener makes of captured connections. Used by all event loops.
 *
 * <p>A connection that comes from Boxcar itself, or that is meant for it, would go round in a circle for ever; it is refused, whatever
 * the rules of the kernel are.
 */
public final class CaptureService implements Service {
    private static final System.Logger LOG = System.getLogger(CaptureService.class.getName());
    private static final long LOG_INTERVAL_NS = 10_000_000_000L;

    private final CaptureConfig config;
    private final List<CaptureRoute> routes;
    private final CaptureRoute toRedis;
    private final CaptureRoute toHttp;
    private final CaptureRoute toUnknown;
    private final Destinations destinations;
    private final Object variant;
    private final DestinationOpener opener;
    private final OwnConnections connections;
    private final OwnListeners listeners;
    private final CaptureCounters counters;

    /** When the last refusal was logged, in nanoseconds of the loops' clock; they would fill the log. */
    private final AtomicLong loggedNs = new AtomicLong(Long.MIN_VALUE);

    /**
     * @param routes in the order of the configuration
     * @param original for what no route matches
     * @param variant equal to that of another service if both open the same lanes
     */
    public CaptureService(
            CaptureConfig config,
            List<CaptureRoute> routes,
            UpstreamConfig original,
            Destinations destinations,
            Object variant,
            DestinationOpener opener,
            OwnConnections connections,
            OwnListeners listeners,
            CaptureCounters counters) {
        this.config = config;
        this.routes = List.copyOf(routes);
        this.toRedis = unrouted(Protocol.REDIS, original);
        this.toHttp = unrouted(Protocol.HTTP, original);
        this.toUnknown = unrouted(Protocol.DETECT, original);
        this.destinations = destinations;
        this.variant = variant;
        this.opener = opener;
        this.connections = connections;
        this.listeners = listeners;
        this.counters = counters;
    }

    private static CaptureRoute unrouted(Protocol protocol, UpstreamConfig original) {
        return new CaptureRoute(
                new CaptureConfig.Route(null, PortRanges.NONE, protocol, original.name()), original, null);
    }

    CaptureConfig config() {
        return config;
    }

    @Override
    public Client newClient(
            Listener listener, Channel channel, LoopContext context, ListenerMetrics listenerMetrics, long number) {
        InetSocketAddress destination = OriginalDestination.of(channel, config.mode());
        InetSocketAddress peer = OriginalDestination.unmapped(channel.remoteAddress());
        boolean isDirect = config.mode() == CaptureConfig.Mode.REDIRECT
                && destination != null
                && destination.equals(OriginalDestination.unmapped(channel.localAddress()));
        if (destination == null || isDirect) {
            return refused(
                    context,
                    CaptureResult.NOT_CAPTURED,
                    "from " + peer
                            + " was made to the listener itself; it takes only what rules of the kernel lead to it"
                            + " (boxcar capture apply)");
        }
        Arrival arrival = new Arrival(listener, channel, context, listenerMetrics, peer, destination, number);
        if (listeners.contains(destination)) {
            return refused(
                    context,
                    CaptureResult.LOOP,
                    "from " + peer + " was meant for " + destination
                            + ", where Boxcar itself listens; exclude this port"
                            + " from the rules (boxcar capture apply --exclude-ports)");
        }
        List<ChannelFuture> connecting = connections.connectingTo(destination);
        if (isOwn(arrival)) {
            return refusedAsOwn(arrival);
        }
        return new CapturedClient(this, arrival, connecting);
    }

    boolean isOwn(Arrival arrival) {
        return connections.isOwn(arrival.peer());
    }

    Client refusedAsOwn(Arrival arrival) {
        return refused(
                arrival.context(),
                CaptureResult.LOOP,
                "to " + arrival.destination() + " came from Boxcar itself (" + arrival.peer()
                        + "); exclude the user that Boxcar"
                        + " runs as from the rules (boxcar capture apply --exclude-uid)");
    }

    private Client refused(LoopContext context, CaptureResult result, String why) {
        counters.count(context, Protocol.TCP, result);
        long nowNs = context.nowNs();
        long beforeNs = loggedNs.get();
        if ((beforeNs == Long.MIN_VALUE || nowNs - beforeNs > LOG_INTERVAL_NS)
                && loggedNs.compareAndSet(beforeNs, nowNs)) {
            LOG.log(Level.WARNING, "refused: a connection {0}. Others like it are counted, not logged", why);
        }
        return new RefusedClient();
    }

    CaptureRoute route(InetSocketAddress destination) {
        for (int i = 0; i < routes.size(); i++) {
            if (routes.get(i).config().matches(destination.getAddress(), destination.getPort())) {
                return routes.get(i);
            }
        }
        if (config.redisPorts().contains(destination.getPort())) {
            return toRedis;
        }
        return config.httpPorts().contains(destination.getPort()) ? toHttp : toUnknown;
    }

    /** Whether the first bytes need not be seen. */
    boolean isDecided(CaptureRoute route) {
        return route.config().protocol() != Protocol.DETECT && !isGuess(route);
    }

    /** Whether the protocol is taken from the port, so that TLS may be spoken all the same. */
    boolean isGuess(CaptureRoute route) {
        return route == toRedis || route == toHttp;
    }

    /** The lanes to its original destination; null if there are as many destinations as allowed. */
    Destinations.@Nullable Use use(Arrival arrival, CaptureRoute route, Protocol protocol) {
        return destinations.use(config, opener, variant, protocol, route.upstream(), arrival.destination());
    }

    /** A client whose bytes are passed on. Its event loop. */
    Client relay(Arrival arrival, CaptureRoute route) {
        return new TcpRelay(
                connections,
                Destinations.address(arrival.destination()),
                route.upstream().timeout().connectNs(),
                arrival.context(),
                arrival.metrics());
    }

    void count(Arrival arrival, Protocol protocol, CaptureResult result) {
        counters.count(arrival.context(), protocol, result);
    }

    /** Nothing: the protocol is not known yet. */
    @Override
    public ByteBuf refusal(ByteBufAllocator allocator) {
        return Unpooled.EMPTY_BUFFER;
    }

    @Override
    public String addresses() {
        return "original destinations";
    }
}
