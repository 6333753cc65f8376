package io.boxcar.proxy;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.capture.CaptureCounters;
import io.boxcar.proxy.capture.CaptureRoute;
import io.boxcar.proxy.capture.CaptureService;
import io.boxcar.proxy.capture.Destination;
import io.boxcar.proxy.capture.Destinations;
import io.boxcar.proxy.capture.OwnConnections;
import io.boxcar.proxy.capture.OwnListeners;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.CaptureConfig;
import io.boxcar.proxy.config.HttpListenerConfig;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.core.Backend;
import io.boxcar.proxy.core.Client;
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
import io.boxcar.proxy.tls.Tls;
import io.boxcar.proxy.transport.AddressListener;
import io.boxcar.proxy.transport.Transport;
import io.netty.channel.EventLoop;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The protocols of this build, and the upstreams that speak them; the only type that names them all. Used by one thread at a time:
 * the one that starts Boxcar or applies another configuration.
 *
 * <p>An upstream is what its configuration says, as long as it lives. Another configuration is another upstream of the same name: it
 * is opened beside the first, takes over the clients, and then the first is retired.
 */
final class Protocols {
    private static final String REDIS = "redis";
    private static final String HTTP = "http";

    static final Set<String> NAMES = Set.of(REDIS, HTTP);

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

    private final Transport transport;
    private final Tls tls;
    private final List<LoopContext> loops;
    private final BoxcarMetrics metrics;
    /** What an upstream is. */
    private record Spoken(String protocol, UpstreamConfig upstream) {}

    private final Map<Spoken, Backend> backends = new LinkedHashMap<>();

    /** Those that still have clients from before. Guarded by itself. */
    private final Set<Backend> retired = new LinkedHashSet<>();

    /** By the name of the upstream: its clients keep their numbers. */
    private final Map<String, RedisProtocol> redisProtocols = new HashMap<>();

    private final Map<LoopContext, HttpLoop> httpLoops = new LinkedHashMap<>();
    private volatile List<Backend> serving = List.of();

    /** Knows all upstream connections, so that those that rules of the kernel lead back here are recognised. */
    private final OwnConnections connections;

    private final OwnListeners ownListeners = new OwnListeners();

    /** By the name of the listener. */
    private final Map<String, CaptureCounters> captureCounters = new HashMap<>();

    /** Null until a listener takes captured connections. */
    private volatile @Nullable Destinations destinations;

    Protocols(
            Transport transport, OwnConnections connections, Tls tls, List<LoopContext> loops, BoxcarMetrics metrics) {
        this.transport = transport;
        this.tls = tls;
        this.loops = loops;
        this.metrics = metrics;
        this.connections = connections;
    }

    /** The upstreams that are open, with those that are being retired. Any thread. */
    List<Backend> backends() {
        synchronized (retired) {
            List<Backend> all = new ArrayList<>(serving);
            Destinations captured = destinations;
            if (captured != null) {
                all.add(captured);
            }
            all.addAll(retired);
            return all;
        }
    }

    /** The upstreams that new clients meet. Any thread. */
    List<Backend> serving() {
        return serving;
    }

    /** Those that no service of this configuration uses are retired: when their last clients have gone, they close. */
    void retireAllBut(BoxcarConfig config) {
        Set<Spoken> used = new HashSet<>();
        for (ListenerConfig listener : config.listeners()) {
            String protocol = listener.capture().isOn() ? HTTP : listener.protocol();
            if (listener.capture().isOn()) {
                listener.capture().routes().forEach(route -> used.add(spoken(config, route)));
            } else {
                used.add(new Spoken(protocol, config.upstreamOf(listener)));
            }
            listener.http()
                    .routes()
                    .forEach(route -> used.add(new Spoken(protocol, config.upstream(route.upstream()))));
        }
        Set<String> capturing = config.listeners().stream()
                .filter(listener -> listener.capture().isOn())
                .map(ListenerConfig::name)
                .collect(Collectors.toSet());
        captureCounters.forEach((name, counters) -> {
            if (!capturing.contains(name)) {
                counters.end(metrics::remove);
            }
        });
        captureCounters.keySet().retainAll(capturing);
        for (Map.Entry<Spoken, Backend> entry : List.copyOf(backends.entrySet())) {
            if (used.contains(entry.getKey())) {
                continue;
            }
            Backend backend = entry.getValue();
            synchronized (retired) {
                retired.add(backend);
                backends.remove(entry.getKey());
                serving = List.copyOf(backends.values());
            }
            var unused = backend.retire().whenComplete((done, failure) -> {
                synchronized (retired) {
                    retired.remove(backend);
                }
            });
        }
    }

    /**
     * What a listener serves; its upstreams are opened if they are not yet.
     *
     * @throws IllegalArgumentException if there is no such protocol, which the configuration has ruled out
     */
    Service service(BoxcarConfig config, ListenerConfig listener) {
        if (listener.capture().isOn()) {
            return captured(config, listener);
        }
        return switch (listener.protocol()) {
            case REDIS -> new InOrderService(redis(config.upstreamOf(listener)));
            case HTTP -> http(config, listener);
            default -> throw new IllegalArgumentException("no protocol " + listener.protocol());
        };
    }

    private Upstream redis(UpstreamConfig upstream) {
        return (Upstream) backend(REDIS, upstream, () -> {
            RedisProtocol protocol = new RedisProtocol(upstream, redisProtocols.get(upstream.name()));
            redisProtocols.put(upstream.name(), protocol);
            return open(upstream, protocol);
        });
    }

    private Upstream open(UpstreamConfig upstream, RedisProtocol protocol) {
        Upstream opened = new Upstream(upstream, protocol, tls.connector(upstream));
        opened.open(loops, new Random(), metrics::add, metrics::remove);
        return opened;
    }

    private Backend backend(String protocol, UpstreamConfig upstream, Supplier<Backend> opener) {
        Spoken spoken = new Spoken(protocol, upstream);
        Backend backend = backends.get(spoken);
        if (backend == null) {
            backend = opener.get();
            backends.put(spoken, backend);
            serving = List.copyOf(backends.values());
        }
        return backend;
    }

    private HttpService http(BoxcarConfig config, ListenerConfig listener) {
        return new HttpService(
                listener.http(),
                HTTP_CLIENTS,
                httpLoops(),
                http(config.upstreamOf(listener)),
                routed(config, listener));
    }

    private Map<LoopContext, HttpLoop> httpLoops() {
        if (httpLoops.isEmpty()) {
            loops.forEach(context ->
                    httpLoops.put(context, new HttpLoop(context, MAX_HTTP_EXCHANGES_PER_LOOP, new SplittableRandom())));
        }
        return httpLoops;
    }

    private List<HttpUpstream> routed(BoxcarConfig config, ListenerConfig listener) {
        return listener.http().routes().stream()
                .map(route -> http(config.upstream(route.upstream())))
                .toList();
    }

    private HttpUpstream http(UpstreamConfig upstream) {
        return (HttpUpstream) backend(HTTP, upstream, () -> open(upstream, httpLoops()));
    }

    private HttpUpstream open(UpstreamConfig upstream, Map<LoopContext, HttpLoop> onLoops) {
        HttpUpstream opened = new HttpUpstream(upstream, tls.connector(upstream), HTTP_CONNECTIONS, new Random());
        opened.open(onLoops, metrics, this::watch);
        return opened;
    }

    // ---- captured connections ----

    /** Where Boxcar itself listens, to which nothing captured may go. */
    void areListening(List<Address> addresses) {
        ownListeners.are(addresses);
    }

    private static Spoken spoken(BoxcarConfig config, CaptureConfig.Route route) {
        return new Spoken(
                route.protocol() == CaptureConfig.Protocol.REDIS ? REDIS : HTTP, config.upstream(route.upstream()));
    }

    private Service captured(BoxcarConfig config, ListenerConfig listener) {
        Destinations known = destinations;
        if (known == null) {
            known = new Destinations(loops.getFirst());
            known.start();
            destinations = known;
        }
        CaptureCounters counters = captureCounters.computeIfAbsent(
                listener.name(), name -> new CaptureCounters(name, loops, metrics::add));
        HttpVariant variant = new HttpVariant(listener.http(), routed(config, listener), Map.copyOf(httpLoops()));
        return new CaptureService(
                listener.capture(),
                listener.capture().routes().stream()
                        .map(route -> route(config, route, variant))
                        .toList(),
                config.upstream(CaptureConfig.ORIGINAL),
                known,
                variant,
                (protocol, upstream) -> destination(variant, protocol, upstream),
                connections,
                ownListeners,
                counters);
    }

    private CaptureRoute route(BoxcarConfig config, CaptureConfig.Route route, HttpVariant variant) {
        UpstreamConfig upstream = config.upstream(route.upstream());
        if (upstream.isTemplate()) {
            return new CaptureRoute(route, upstream, null);
        }
        return new CaptureRoute(
                route,
                upstream,
                switch (route.protocol()) {
                    case REDIS -> new InOrderService(redis(upstream));
                    case HTTP -> variant.service(http(upstream));
                    case TCP, DETECT -> throw new IllegalArgumentException(route.protocol() + " has no upstream");
                });
    }

    /** Any thread. */
    private Destination destination(HttpVariant variant, CaptureConfig.Protocol protocol, UpstreamConfig upstream) {
        return switch (protocol) {
            case REDIS -> {
                Upstream opened = open(upstream, new RedisProtocol(upstream, null));
                yield new Destination(new InOrderService(opened), opened);
            }
            case HTTP -> {
                HttpUpstream opened = open(upstream, variant.loops);
                yield new Destination(variant.service(opened), opened);
            }
            case TCP, DETECT -> throw new IllegalArgumentException(protocol + " has no lanes");
        };
    }

    /** What makes HTTP services for destinations differ. */
    private record HttpVariant(HttpListenerConfig config, List<HttpUpstream> routed, Map<LoopContext, HttpLoop> loops) {
        HttpService service(HttpUpstream main) {
            return new HttpService(config, HTTP_CLIENTS, loops, main, routed);
        }
    }

    // ---- host names ----

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
