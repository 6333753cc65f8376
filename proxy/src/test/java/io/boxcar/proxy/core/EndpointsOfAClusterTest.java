package io.boxcar.proxy.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.ConfigLoader;
import io.boxcar.proxy.config.TransportChoice;
import io.boxcar.proxy.redis.RedisProtocol;
import io.boxcar.proxy.transport.Transport;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Lanes and series of endpoints come and go with the nodes of a cluster. Nobody listens there. */
@Timeout(30)
class EndpointsOfAClusterTest {
    private static final Pattern ENDPOINT = Pattern.compile("endpoint=\"127.0.0.1:(\\d+)\"");
    private static final String CONFIGURED = "1";
    private static final long MINUTE_NS = TimeUnit.MINUTES.toNanos(1);

    private final BoxcarMetrics metrics = new BoxcarMetrics("1.2.3");
    private MultiThreadIoEventLoopGroup group;
    private LoopContext context;
    private Upstream upstream;
    private long nowNs;

    @BeforeEach
    void open() throws Exception {
        Transport transport = Transport.choose(TransportChoice.NIO);
        group = new MultiThreadIoEventLoopGroup(1, transport.ioHandlerFactory());
        context = new LoopContext(group.next(), 16, 1 << 20);
        BoxcarConfig config = new ConfigLoader(Set.of("redis"))
                .listener("redis", "127.0.0.1:0=127.0.0.1:" + CONFIGURED)
                .set("upstreams.redis.cluster=true")
                .load();
        var upstreamConfig = config.upstreamOf(config.listeners().getFirst());
        upstream = new Upstream(upstreamConfig, new RedisProtocol(upstreamConfig, null), transport);
        upstream.open(List.of(context), new SplittableRandom(1), metrics::add, metrics::remove);
        nowNs = context.nowNs() + MINUTE_NS;
    }

    @AfterEach
    void close() {
        upstream.close().syncUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        metrics.close();
    }

    private void clusterIs(Integer... ports) {
        List<Address> primaries = List.of(ports).stream()
                .map(port -> Address.parse("127.0.0.1:" + port))
                .toList();
        upstream.take(new ClusterLayout(primaries, List.of(), new short[RequestDecoder.FIRST_ENDPOINT]));
    }

    /** The cleaning, and the closing that it asks for. */
    private void passes(long ns) throws Exception {
        nowNs += ns;
        for (int i = 0; i < 2; i++) {
            upstream.cleanUp(nowNs);
            for (int turns = 0; turns < 3; turns++) {
                context.loop().submit(() -> {}).get();
            }
        }
    }

    private Set<String> shown() {
        Set<String> ports = new TreeSet<>();
        ENDPOINT.matcher(metrics.scrape()).results().forEach(found -> ports.add(found.group(1)));
        return ports;
    }

    private long lanes() {
        return upstream.lanes().size();
    }

    @Test
    void aNodeThatHasLeftTheClusterForAMinuteHasNoLanesAndNoSeries() throws Exception {
        clusterIs(2, 3);
        assertEquals(Set.of(CONFIGURED, "2", "3"), shown());
        passes(0);
        clusterIs(3, 4);
        passes(MINUTE_NS - 1);
        assertEquals(Set.of(CONFIGURED, "2", "3", "4"), shown());
        passes(1);
        assertEquals(Set.of(CONFIGURED, "3", "4"), shown());
        assertEquals(3, lanes());
        clusterIs(2, 3);
        passes(0);
        passes(2 * MINUTE_NS);
        assertEquals(Set.of(CONFIGURED, "2", "3"), shown());
        assertEquals(3, lanes());
    }

    @Test
    void aNodeStaysAsLongAsAClientHasNotLeftIt() throws Exception {
        clusterIs(2, 3);
        Identity nobody = upstream.protocol().initialIdentity();
        Lane lane = upstream.serving().getFirst().board(nobody, 0, false);
        passes(0);
        clusterIs(3);
        passes(5 * MINUTE_NS);
        assertEquals(Set.of(CONFIGURED, "2", "3"), shown());
        lane.endpoint().leave(lane, nowNs);
        passes(MINUTE_NS);
        assertEquals(Set.of(CONFIGURED, "3"), shown());
    }
}
