package io.boxcar.proxy.capture;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.CaptureConfig;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.core.Backend;
import io.boxcar.proxy.core.LoopContext;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The original destinations that captured clients use, each with lanes of its own. Any thread may call any method.
 *
 * <pre>
 *   first client -> opened -> used by n clients -> unused -- for a while --> drained, metrics taken away, forgotten
 *                                   ^                |
 *                                   '----------------'
 * </pre>
 *
 * <p>They are no obstacle to readiness: which of them work is no business of the application that uses others.
 */
public final class Destinations implements Backend {
    private static final long SWEEP_NS = 1_000_000_000;

    /** @param variant what else makes the lanes of one listener differ from those of another */
    private record Key(
            CaptureConfig.Protocol protocol, UpstreamConfig template, Object variant, InetSocketAddress address) {}

    /** One client's use of a destination. */
    final class Use {
        private final Key key;
        private final Destination destination;

        private Use(Key key, Destination destination) {
            this.key = key;
            this.destination = destination;
        }

        Destination destination() {
            return destination;
        }

        /** To be called once. */
        void end(long nowNs) {
            open.computeIfPresent(key, (same, known) -> {
                known.users--;
                known.unusedSinceNs = nowNs;
                return known;
            });
        }
    }

    private final LoopContext sweeper;
    private final Map<Key, Destination> open = new ConcurrentHashMap<>();

    /** Those that are not found any more, and are not closed yet. */
    private final Set<Backend> retiring = ConcurrentHashMap.newKeySet();

    /** Also those that are being opened, so that several event loops cannot exceed the limit together. */
    private final AtomicInteger count = new AtomicInteger();

    private volatile boolean isClosing;

    /** @param sweeper on whose event loop unused ones are looked for */
    public Destinations(LoopContext sweeper) {
        this.sweeper = sweeper;
    }

    /** Starts to look for destinations that nobody uses. To be called once. */
    public void start() {
        var unused = sweeper.loop()
                .schedule(
                        () -> {
                            if (!isClosing) {
                                retireUnused(sweeper.nowNs());
                                start();
                            }
                        },
                        SWEEP_NS,
                        TimeUnit.NANOSECONDS);
    }

    /** Opened if it is not yet; null if there are as many as the configuration allows. */
    @Nullable
    Use use(
            CaptureConfig config,
            DestinationOpener opener,
            Object variant,
            CaptureConfig.Protocol protocol,
            UpstreamConfig template,
            InetSocketAddress address) {
        Key key = new Key(protocol, template, variant, address);
        Destination used = open.compute(key, (same, known) -> {
            Destination destination = known == null ? opened(key, config, opener) : known;
            if (destination != null) {
                destination.users++;
                destination.idleNs = config.destinationIdleNs();
            }
            return destination;
        });
        return used == null ? null : new Use(key, used);
    }

    private @Nullable Destination opened(Key key, CaptureConfig config, DestinationOpener opener) {
        if (count.incrementAndGet() > config.maxDestinations()) {
            count.decrementAndGet();
            return null;
        }
        return opener.open(key.protocol, key.template.at(address(key.address)));
    }

    /** With the shortest form of an IPv6 address, RFC 5952. */
    static Address.Tcp address(InetSocketAddress destination) {
        return new Address.Tcp(NetUtil.toAddressString(destination.getAddress()), destination.getPort());
    }

    /** Takes away what nobody has used for long enough. */
    void retireUnused(long nowNs) {
        for (Key key : open.keySet()) {
            open.computeIfPresent(key, (same, destination) -> {
                if (destination.users > 0 || nowNs - destination.unusedSinceNs < destination.idleNs) {
                    return destination;
                }
                count.decrementAndGet();
                Backend backend = destination.backend();
                retiring.add(backend);
                var unused = backend.retire().whenComplete((done, failure) -> retiring.remove(backend));
                return null;
            });
        }
    }

    int size() {
        return open.size();
    }

    private List<Backend> backends() {
        return Stream.concat(retiring.stream(), open.values().stream().map(Destination::backend))
                .toList();
    }

    @Override
    public List<String> obstacles() {
        return List.of();
    }

    @Override
    public CompletableFuture<Void> drain() {
        isClosing = true;
        return CompletableFuture.allOf(backends().stream().map(Backend::drain).toArray(CompletableFuture[]::new));
    }

    /** There is no other place for them to go: as {@link #drain}. */
    @Override
    public CompletableFuture<Void> retire() {
        return drain();
    }

    @Override
    public Future<?> close() {
        isClosing = true;
        Promise<Void> all = GlobalEventExecutor.INSTANCE.newPromise();
        AtomicInteger left = new AtomicInteger(1);
        for (Backend backend : backends()) {
            left.incrementAndGet();
            backend.close().addListener(closed -> countDown(left, all));
        }
        countDown(left, all);
        return all;
    }

    private static void countDown(AtomicInteger left, Promise<Void> all) {
        if (left.decrementAndGet() == 0) {
            all.setSuccess(null);
        }
    }
}
