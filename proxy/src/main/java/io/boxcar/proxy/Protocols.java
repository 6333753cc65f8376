package io.boxcar.proxy;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.config.BoxcarConfig;
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
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;

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
    private final Tls tls;
    private final List<LoopContext> loops;
    private final BoxcarMetrics metrics;
    private final Map<String, Backend> backends = new TreeMap<>();
    private final Map<LoopContext, HttpLoop> httpLoops = new LinkedHashMap<>();

    Protocols(BoxcarConfig config, Transport transport, Tls tls, List<LoopContext> loops, BoxcarMetrics metrics) {
        this.config = config;
        this.transport = transport;
        this.tls = tls;
        this.loops = loops;
        this.metrics = metrics;
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
        return switch (listener.protocol()) {
            case "redis" -> new InOrderService(redis(config.upstreamOf(listener)));
            case "http" -> http(listener);
            default -> throw new IllegalArgumentException("no protocol " + listener.protocol());
        };
    }

    private Upstream redis(UpstreamConfig upstream) {
        return (Upstream) backends.computeIfAbsent(upstream.name(), name -> {
            Upstream opened = new Upstream(upstream, new RedisProtocol(upstream), tls.connector(upstream));
            opened.open(loops, new Random(), metrics::add);
            return opened;
        });
    }

    private HttpService http(ListenerConfig listener) {
        if (httpLoops.isEmpty()) {
            loops.forEach(context ->
                    httpLoops.put(context, new HttpLoop(context, MAX_HTTP_EXCHANGES_PER_LOOP, new SplittableRandom())));
        }
        return new HttpService(
                listener.http(),
                HTTP_CLIENTS,
                httpLoops,
                http(config.upstreamOf(listener)),
                listener.http().routes().stream()
                        .map(route -> http(config.upstream(route.upstream())))
                        .toList());
    }

    private HttpUpstream http(UpstreamConfig upstream) {
        return (HttpUpstream) backends.computeIfAbsent(upstream.name(), name -> {
            HttpUpstream opened = new HttpUpstream(upstream, tls.connector(upstream), HTTP_CONNECTIONS, new Random());
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
