package io.boxcar.proxy;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.metrics.LaneMetrics;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.capture.CaptureRoute;
import io.boxcar.proxy.capture.CaptureService;
import io.boxcar.proxy.capture.Destination;
import io.boxcar.proxy.capture.OwnConnections;
import io.boxcar.proxy.capture.OwnListeners;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.CaptureConfig;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.core.Backend;
import io.boxcar.proxy.core.Client;
import io.boxcar.proxy.core.Connector;
import io.boxcar.proxy.core.InOrderService;
import io.boxcar.proxy.core.Listener;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.Service;
import io.boxcar.proxy.core.Upstream;
import io.boxcar.proxy.http.HttpClients;
import io.boxcar.proxy.http.HttpConnection;
import io.boxcar.proxy.http.HttpConnections;
import io.boxcar.proxy.http.HttpLane;
import io.boxcar.proxy.http.HttpLoop;
import io.boxcar.proxy.http.HttpService;
import io.boxcar.proxy.http.HttpUpstream;
import io.boxcar.proxy.http1.Http1Client;
import io.boxcar.proxy.http1.Http1Connection;
import io.boxcar.proxy.http2.Http2Client;
import io.boxcar.proxy.http2.Http2UpstreamConnection;
import io.boxcar.proxy.redis.RedisProtocol;
import io.boxcar.proxy.transport.AddressListener;
import io.boxcar.proxy.transport.Transport;
import io.netty.channel.EventLoop;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The protocols of this build, and the upstreams that speak them; the only type that names them all. Owned by the thread that
 * starts Boxcar.
 */
final class Protocols {
    static final Set<String> NAMES = Set.of("redis", "http");

    private static final System.Logger LOG = System.getLogger(Protocols.class.getName());
    private static final int MAX_HTTP_EXCHANGES_PER_LOOP = 16 * 1024;

    private static final HttpConnections HTTP_CONNECTIONS = new HttpConnections() {
        @Override
        public HttpConnection http1(HttpLane lane) {
            return new Http1Connection(lane);
        }

        @Override
        public HttpConnection http2(HttpLane lane, boolean isProbe) {
            return new Http2UpstreamConnection(lane, isProbe);
        }
    };

    private static final HttpClients HTTP_CLIENTS = new HttpClients() {
        @Override
        public Client http1(HttpService service, Listener listener, HttpLoop loop, ListenerMetrics metrics) {
            return new Http1Client(service, listener, loop, metrics);
        }

        @Override
        public Client http2(HttpService service, Listener listener, HttpLoop loop, ListenerMetrics metrics) {
            return new Http2Client(service, listener, loop, metrics);
        }
    };

    private final BoxcarConfig config;
    private final Transport transport;
    private final List<LoopContext> loops;
    private final BoxcarMetrics metrics;
    private final Map<String, Backend> backends = new TreeMap<>();
    private final Map<LoopContext, HttpLoop> httpLoops = new LinkedHashMap<>();
    private final OwnListeners ownListeners = new OwnListeners();

    /** Null without captured connections, among which Boxcar's own would have to be recognised. */
    private final @Nullable OwnConnections ownConnections;

    private final Connector connector;

    Protocols(BoxcarConfig config, Transport transport, List<LoopContext> loops, BoxcarMetrics metrics) {
        this.config = config;
        this.transport = transport;
        this.loops = loops;
        this.metrics = metrics;
        boolean captures = config.listeners().stream()
                .anyMatch(listener -> listener.capture().isOn());
        this.ownConnections = captures ? new OwnConnections(transport) : null;
        this.connector = ownConnections == null ? transport : ownConnections;
        isListening(config.admin());
    }

    /** Boxcar accepts connections here, to which nothing captured may go. */
    void isListening(@Nullable Address address) {
        if (address != null) {
            ownListeners.add(address);
        }
    }

    /** The upstreams of all services made so far. */
    Collection<Backend> backends() {
        return backends.values();
    }

    /**
     * What a listener serves; its upstreams are opened if they are not yet.
     *
     * @throws IllegalArgumentException if there is no such protocol, which the configuration has ruled out
     */
    Service service(ListenerConfig listener) {
        if (listener.capture().isOn()) {
            return captured(listener);
        }
        return switch (listener.protocol()) {
            case "redis" -> new InOrderService(redis(config.upstreamOf(listener)));
            case "http" -> http(listener);
            default -> throw new IllegalArgumentException("no protocol " + listener.protocol());
        };
    }

    private Upstream redis(UpstreamConfig upstream) {
        return (Upstream) backends.computeIfAbsent(upstream.name(), name -> {
            Upstream opened = new Upstream(upstream, new RedisProtocol(upstream), connector);
            opened.open(loops, new Random(), metrics::add);
            return opened;
        });
    }

    private HttpService http(ListenerConfig listener) {
        return http(listener, http(config.upstreamOf(listener)));
    }

    private HttpService http(ListenerConfig listener, HttpUpstream main) {
        return new HttpService(
                listener.http(),
                HTTP_CLIENTS,
                httpLoops,
                main,
                listener.http().routes().stream()
                        .map(route -> http(config.upstream(route.upstream())))
                        .toList());
    }

    private void makeHttpLoops() {
        if (httpLoops.isEmpty()) {
            loops.forEach(context ->
                    httpLoops.put(context, new HttpLoop(context, MAX_HTTP_EXCHANGES_PER_LOOP, new SplittableRandom())));
        }
    }

    // ---- captured connections ----

    private Service captured(ListenerConfig listener) {
        OwnConnections connections = ownConnections;
        if (connections == null) {
            throw new IllegalArgumentException("no listener of this configuration captures");
        }
        makeHttpLoops();
        // For routes by host and path of captured HTTP, whose upstreams no event loop may open.
        List<HttpUpstream> routed = listener.http().routes().stream()
                .map(route -> http(config.upstream(route.upstream())))
                .toList();
        CaptureService service = new CaptureService(
                listener,
                listener.capture().routes().stream()
                        .map(route -> route(listener, route))
                        .toList(),
                config.upstream(CaptureConfig.ORIGINAL),
                loops,
                (protocol, upstream) -> destination(listener, routed, protocol, upstream),
                connections,
                ownListeners,
                metrics::add);
        service.start();
        backends.put("captured:" + listener.name(), service.backend()); // no name of an upstream has a colon
        return service;
    }

    private CaptureRoute route(ListenerConfig listener, CaptureConfig.Route route) {
        UpstreamConfig upstream = config.upstream(route.upstream());
        if (upstream.isTemplate()) {
            return new CaptureRoute(route, upstream, null);
        }
        return new CaptureRoute(
                route,
                upstream,
                switch (route.protocol()) {
                    case REDIS -> new InOrderService(redis(upstream));
                    case HTTP -> http(listener, http(upstream));
                    case TCP, DETECT -> throw new IllegalArgumentException(route.protocol() + " has no upstream");
                });
    }

    /** Any thread. */
    private Destination destination(
            ListenerConfig listener,
            List<HttpUpstream> routed,
            CaptureConfig.Protocol protocol,
            UpstreamConfig upstream) {
        return switch (protocol) {
            case REDIS -> redisDestination(upstream);
            case HTTP -> {
                HttpUpstream main = new HttpUpstream(upstream, connector, HTTP_CONNECTIONS, new Random());
                main.open(httpLoops, metrics, this::watch);
                yield new Destination(
                        new HttpService(listener.http(), HTTP_CLIENTS, httpLoops, main, routed), main, main::retire);
            }
            case TCP, DETECT -> throw new IllegalArgumentException(protocol + " has no lanes");
        };
    }

    private Destination redisDestination(UpstreamConfig upstream) {
        Upstream opened = new Upstream(upstream, new RedisProtocol(upstream), connector);
        Queue<LaneMetrics> counted = new ConcurrentLinkedQueue<>();
        opened.open(loops, new Random(), each -> {
            counted.add(each);
            metrics.add(each);
        });
        return new Destination(
                new InOrderService(opened),
                opened,
                () -> opened.drain().thenRun(() -> counted.forEach(metrics::remove)));
    }

    // ---- host names ----

    private HttpUpstream http(UpstreamConfig upstream) {
        makeHttpLoops();
        return (HttpUpstream) backends.computeIfAbsent(upstream.name(), name -> {
            HttpUpstream opened = new HttpUpstream(upstream, connector, HTTP_CONNECTIONS, new Random());
            opened.open(httpLoops, metrics, this::watch);
            return opened;
        });
    }

    private AutoCloseable watch(
            EventLoop loop, String host, long minNs, long maxNs, Consumer<List<InetAddress>> onChange) {
        return transport.endpointResolver().watch(loop, host, minNs, maxNs, new AddressListener() {
            @Override
            public void changed(List<InetAddress> addresses) {
                onChange.accept(addresses);
            }

            @Override
            public void failed(String reason) {
                LOG.log(Level.WARNING, "{0} cannot be looked up: {1}", host, reason);
            }
        });
    }
}
