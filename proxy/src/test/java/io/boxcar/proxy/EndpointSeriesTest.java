package io.boxcar.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.ConfigLoader;
import io.boxcar.proxy.config.TransportChoice;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.http.HttpConnection;
import io.boxcar.proxy.http.HttpConnections;
import io.boxcar.proxy.http.HttpLane;
import io.boxcar.proxy.http.HttpLoop;
import io.boxcar.proxy.http.HttpUpstream;
import io.boxcar.proxy.http1.Http1Connection;
import io.boxcar.proxy.transport.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The series of endpoints that a name has meant end when it means others. */
@Timeout(30)
class EndpointSeriesTest {
    private static final Pattern ENDPOINT = Pattern.compile("endpoint=\"([^\"]*)\"");
    private static final int NOBODY_LISTENS = 1;

    private static final HttpConnections HTTP1 = new HttpConnections() {
        @Override
        public HttpConnection http1(HttpLane lane) {
            return new Http1Connection(lane);
        }

        @Override
        public HttpConnection http2(HttpLane lane, boolean isProbe) {
            return new Http1Connection(lane);
        }
    };

    @Test
    void addressesThatHaveGoneFromDnsAreShownNoMore() throws Exception {
        Transport transport = Transport.choose(TransportChoice.NIO);
        BoxcarConfig config = new ConfigLoader(Set.of("http"))
                .listener("http", "127.0.0.1:0=origin.test:" + NOBODY_LISTENS)
                .load();
        List<Consumer<List<InetAddress>>> watchers = new ArrayList<>();
        BoxcarMetrics metrics = new BoxcarMetrics("1.2.3");
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, transport.ioHandlerFactory());
        try {
            EventLoop loop = group.next();
            LoopContext context = new LoopContext(loop, 16, 1 << 20);
            HttpLoop httpLoop = new HttpLoop(context, 16, new SplittableRandom(1));
            HttpUpstream upstream = new HttpUpstream(
                    config.upstreamOf(config.listeners().getFirst()), transport, HTTP1, new SplittableRandom(2));
            upstream.open(
                    new LinkedHashMap<>(Map.of(context, httpLoop)), metrics, (on, host, minNs, maxNs, changed) -> {
                        watchers.add(changed);
                        return () -> {};
                    });
            means(loop, watchers, "127.0.0.2", "127.0.0.3");
            awaitEndpoints(loop, metrics, "127.0.0.2:1", "127.0.0.3:1");
            means(loop, watchers, "127.0.0.3", "127.0.0.4");
            awaitEndpoints(loop, metrics, "127.0.0.3:1", "127.0.0.4:1");
            for (int i = 5; i < 50; i++) {
                means(loop, watchers, "127.0.0." + i);
            }
            awaitEndpoints(loop, metrics, "127.0.0.49:1");
            assertEquals(1, ((List<?>) metrics.stats().getOrDefault("upstreams", List.of())).size());
            upstream.close().syncUninterruptibly();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
            metrics.close();
        }
    }

    private static void means(EventLoop loop, List<Consumer<List<InetAddress>>> watchers, String... addresses)
            throws Exception {
        List<InetAddress> hosts = new ArrayList<>();
        for (String address : addresses) {
            hosts.add(InetAddress.getByName(address));
        }
        loop.submit(() -> watchers.getFirst().accept(hosts)).get();
    }

    /** Each look follows another turn of the event loop. */
    private static void awaitEndpoints(EventLoop loop, BoxcarMetrics metrics, String... expected) throws Exception {
        while (!shown(metrics).equals(Set.of(expected))) {
            loop.submit(() -> {}).get();
        }
    }

    private static Set<String> shown(BoxcarMetrics metrics) {
        Set<String> endpoints = new TreeSet<>();
        ENDPOINT.matcher(metrics.scrape()).results().forEach(found -> endpoints.add(found.group(1)));
        return endpoints;
    }
}
