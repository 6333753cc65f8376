package io.boxcar.proxy;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.core.Backend;
import io.boxcar.proxy.core.InOrderService;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.Service;
import io.boxcar.proxy.core.Upstream;
import io.boxcar.proxy.redis.RedisProtocol;
import io.boxcar.proxy.transport.Transport;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * The protocols of this build, and the upstreams that speak them; the only type that names them all. Owned by the thread that
 * starts Boxcar.
 */
final class Protocols {
    static final Set<String> NAMES = Set.of("redis");

    private final BoxcarConfig config;
    private final Transport transport;
    private final List<LoopContext> loops;
    private final BoxcarMetrics metrics;
    private final Map<String, Backend> backends = new TreeMap<>();

    Protocols(BoxcarConfig config, Transport transport, List<LoopContext> loops, BoxcarMetrics metrics) {
        this.config = config;
        this.transport = transport;
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
            default -> throw new IllegalArgumentException("no protocol " + listener.protocol());
        };
    }

    private Upstream redis(UpstreamConfig upstream) {
        return (Upstream) backends.computeIfAbsent(upstream.name(), name -> {
            Upstream opened = new Upstream(upstream, new RedisProtocol(upstream), transport);
            opened.open(loops, new Random(), metrics::add);
            return opened;
        });
    }
}
