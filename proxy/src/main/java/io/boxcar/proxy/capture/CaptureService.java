package io.boxcar.proxy.capture;

import io.boxcar.metrics.CaptureMetrics;
import io.boxcar.metrics.CaptureResult;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.config.CaptureConfig;
import io.boxcar.proxy.config.CaptureConfig.Protocol;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.config.PortRanges;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.core.Backend;
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
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
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
    private final OwnConnections connections;
    private final OwnListeners listeners;
    private final Map<LoopContext, Map<Protocol, CaptureMetrics>> metrics = new HashMap<>();

    /** When the last refusal was logged, in nanoseconds of the loops' clock; they would fill the log. */
    private final AtomicLong loggedNs = new AtomicLong(Long.MIN_VALUE);

    /**
     * @param routes in the order of the configuration
     * @param original for what no route matches
     * @param onMetrics is told what is counted
     */
    public CaptureService(
            ListenerConfig listener,
            List<CaptureRoute> routes,
            UpstreamConfig original,
            List<LoopContext> loops,
            DestinationOpener opener,
            OwnConnections connections,
            OwnListeners listeners,
            Consumer<CaptureMetrics> onMetrics) {
        this.config = listener.capture();
        this.routes = List.copyOf(routes);
        this.toRedis = unrouted(Protocol.REDIS, original);
        this.toHttp = unrouted(Protocol.HTTP, original);
        this.toUnknown = unrouted(Protocol.DETECT, original);
        this.destinations = new Destinations(config, opener, loops.getFirst());
        this.connections = connections;
        this.listeners = listeners;
        for (LoopContext loop : loops) {
            Map<Protocol, CaptureMetrics> each = new EnumMap<>(Protocol.class);
            for (Protocol protocol : List.of(Protocol.REDIS, Protocol.HTTP, Protocol.TCP)) {
                CaptureMetrics counted =
                        new CaptureMetrics(listener.name(), protocol.name().toLowerCase(Locale.ROOT));
                each.put(protocol, counted);
                onMetrics.accept(counted);
            }
            metrics.put(loop, each);
        }
    }

    private static CaptureRoute unrouted(Protocol protocol, UpstreamConfig original) {
        return new CaptureRoute(
                new CaptureConfig.Route(null, PortRanges.NONE, protocol, original.name()), original, null);
    }

    /** Starts to look for destinations that nobody uses. To be called once. */
    public void start() {
        destinations.start();
    }

    /** All destinations together. */
    public Backend backend() {
        return destinations;
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
        CaptureRoute route = route(destination);
        if (connecting.isEmpty() && isDecided(route)) {
            return client(arrival, route, route.config().protocol());
        }
        return new CapturedClient(this, arrival, route, connecting);
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
        count(context, Protocol.TCP, result);
        long nowNs = context.nowNs();
        long beforeNs = loggedNs.get();
        if ((beforeNs == Long.MIN_VALUE || nowNs - beforeNs > LOG_INTERVAL_NS)
                && loggedNs.compareAndSet(beforeNs, nowNs)) {
            LOG.log(Level.WARNING, "refused: a connection {0}. Others like it are counted, not logged", why);
        }
        return new RefusedClient();
    }

    private CaptureRoute route(InetSocketAddress destination) {
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

    /** The client for this protocol, which may not be {@code DETECT}. Its event loop. */
    Client client(Arrival arrival, CaptureRoute route, Protocol protocol) {
        if (protocol == Protocol.TCP) {
            return relay(arrival, route, CaptureResult.PASSTHROUGH);
        }
        Service all = route.service();
        if (all != null) {
            count(arrival.context(), protocol, CaptureResult.UPSTREAM);
            return newClient(all, arrival);
        }
        Destinations.Use use = destinations.use(protocol, route.upstream(), arrival.destination());
        if (use == null) {
            return relay(arrival, route, CaptureResult.TOO_MANY_DESTINATIONS);
        }
        arrival.channel()
                .closeFuture()
                .addListener(closed -> use.end(arrival.context().nowNs()));
        count(arrival.context(), protocol, CaptureResult.ORIGINAL);
        return newClient(use.destination().service(), arrival);
    }

    private static Client newClient(Service service, Arrival arrival) {
        return service.newClient(
                arrival.listener(), arrival.channel(), arrival.context(), arrival.metrics(), arrival.number());
    }

    /** A client whose bytes are passed on. Its event loop. */
    Client relay(Arrival arrival, CaptureRoute route, CaptureResult why) {
        count(arrival.context(), Protocol.TCP, why);
        return new TcpRelay(
                connections,
                Destinations.address(arrival.destination()),
                route.upstream().timeout().connectNs(),
                arrival.context(),
                arrival.metrics());
    }

    private void count(LoopContext context, Protocol protocol, CaptureResult result) {
        assert context.loop().inEventLoop();
        counted(context, protocol).connections(result).increment();
    }

    private CaptureMetrics counted(LoopContext context, Protocol protocol) {
        Map<Protocol, CaptureMetrics> each = metrics.get(context);
        @Nullable CaptureMetrics found = each == null ? null : each.get(protocol);
        if (found == null) {
            throw new IllegalArgumentException("a loop or protocol that is not served");
        }
        return found;
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
