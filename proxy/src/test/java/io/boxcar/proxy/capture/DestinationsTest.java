package io.boxcar.proxy.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.CaptureConfig;
import io.boxcar.proxy.config.CaptureConfig.Protocol;
import io.boxcar.proxy.config.ConfigLoader;
import io.boxcar.proxy.config.PortRanges;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.core.Backend;
import io.boxcar.proxy.core.Client;
import io.boxcar.proxy.core.Listener;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.Service;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.DefaultEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DestinationsTest {
    private static final long IDLE_NS = 60;

    private final DefaultEventLoop loop = new DefaultEventLoop();
    private final ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
    private final CaptureConfig config =
            new CaptureConfig(CaptureConfig.Mode.REDIRECT, List.of(), PortRanges.NONE, PortRanges.NONE, 1, 2, IDLE_NS);
    private final Destinations destinations = new Destinations(new LoopContext(loop, 16, 1024, null));

    @SuppressWarnings("NullAway.Init")
    private UpstreamConfig template;

    @BeforeEach
    void makeTemplate() throws Exception {
        template = new ConfigLoader(Set.of("redis"))
                .set("listeners.out.capture=redirect")
                .set("listeners.out.listen=15001")
                .load()
                .upstream(CaptureConfig.ORIGINAL);
    }

    @AfterEach
    void stopLoop() {
        loop.shutdownGracefully();
    }

    private Destination open(Protocol protocol, UpstreamConfig upstream) {
        Address address = upstream.endpoints().getFirst();
        events.add("open " + protocol + " " + address);
        return new Destination(new NoService(), new Counted(address.toString()));
    }

    private static InetSocketAddress at(String address) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), 6379);
    }

    private Destinations.Use use(String address) {
        Destinations.Use use = use(Protocol.REDIS, address);
        assertNotNull(use);
        return use;
    }

    private Destinations.@Nullable Use use(Protocol protocol, String address) {
        return destinations.use(config, this::open, "", protocol, template, at(address));
    }

    @Test
    void clientsOfOneDestinationShareIt() {
        assertSame(use("10.0.0.1").destination(), use("10.0.0.1").destination());
        assertNotSame(use("10.0.0.1").destination(), use("fd71::1").destination());
        assertEquals(List.of("open REDIS 10.0.0.1:6379", "open REDIS [fd71::1]:6379"), List.copyOf(events));
    }

    @Test
    void thereAreNoMoreThanAllowed() {
        Destinations.Use first = use("10.0.0.1");
        use("10.0.0.2");
        assertNull(use(Protocol.REDIS, "10.0.0.3"));
        assertNull(use(Protocol.HTTP, "10.0.0.1"));
        use("10.0.0.2");
        first.end(0);
        destinations.retireUnused(IDLE_NS);
        use("10.0.0.3");
        assertEquals(2, destinations.size());
    }

    @Test
    void whatNobodyHasUsedForAWhileGoes() {
        Destinations.Use one = use("10.0.0.1");
        Destinations.Use two = use("10.0.0.1");
        one.end(5);
        destinations.retireUnused(1_000);
        two.end(1_000);
        destinations.retireUnused(1_000 + IDLE_NS - 1);
        assertEquals(1, destinations.size());
        destinations.retireUnused(1_000 + IDLE_NS);
        assertEquals(0, destinations.size());
        use("10.0.0.1");
        assertEquals(
                List.of("open REDIS 10.0.0.1:6379", "retire 10.0.0.1:6379", "open REDIS 10.0.0.1:6379"),
                List.copyOf(events));
    }

    @Test
    void whatIsUsedByManyThreadsIsNeverTakenAway() throws Exception {
        List<Thread> threads = new ArrayList<>();
        ConcurrentLinkedQueue<String> mistakes = new ConcurrentLinkedQueue<>();
        for (int t = 0; t < 4; t++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 2_000; i++) {
                    Destinations.Use use = use("10.0.0.1");
                    destinations.retireUnused(Long.MAX_VALUE / 2);
                    if (use("10.0.0.1").destination() != use.destination()) {
                        mistakes.add("taken away while in use");
                    }
                    use.end(0);
                    use.end(0);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), List.copyOf(mistakes));
        destinations.retireUnused(Long.MAX_VALUE / 2);
        assertEquals(0, destinations.size());
    }

    @Test
    void theyAreDrainedAndClosedTogetherAndAreNoObstacle() {
        use("10.0.0.1");
        use("10.0.0.2");
        destinations.drain().join();
        destinations.close().awaitUninterruptibly();
        assertEquals(List.of(), destinations.obstacles());
        assertEquals(
                Set.of("drain 10.0.0.1:6379", "drain 10.0.0.2:6379", "close 10.0.0.1:6379", "close 10.0.0.2:6379"),
                Set.copyOf(events.stream()
                        .filter(event -> !event.startsWith("open"))
                        .toList()));
    }

    private final class Counted implements Backend {
        private final String name;

        Counted(String name) {
            this.name = name;
        }

        @Override
        public List<String> obstacles() {
            return List.of(name + " is down");
        }

        @Override
        public CompletableFuture<Void> drain() {
            events.add("drain " + name);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletableFuture<Void> retire() {
            events.add("retire " + name);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public Future<?> close() {
            events.add("close " + name);
            return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
        }
    }

    private static final class NoService implements Service {
        @Override
        public Client newClient(
                Listener listener,
                Channel channel,
                LoopContext context,
                io.boxcar.metrics.ListenerMetrics metrics,
                long number) {
            throw new UnsupportedOperationException();
        }

        @Override
        public ByteBuf refusal(ByteBufAllocator allocator) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String addresses() {
            return "";
        }
    }
}
