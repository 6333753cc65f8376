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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The original destinations that captured clients of one listener use, each with lanes of its own. Any thread may call any method.
 *
 * <pre>
 *   first client -> opened -> used by n clients -> unused -- for a while --> drained, metrics taken away, forgotten
 *                                   ^                |
 *                                   '----------------'
 * </pre>
 *
 * <p>They are no obstacle to readiness: which of them work is no business of the application that uses others.
 */
final class Destinations implements Backend {
    private static final long MAX_SWEEP_NS = 10_000_000_000L;

    private record Key(CaptureConfig.Protocol protocol, String template, InetSocketAddress address) {}

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

    private final CaptureConfig config;
    private final DestinationOpener opener;
    private final LoopContext sweeper;
    private final Map<Key, Destination> open = new ConcurrentHashMap<>();

    /** Also those that are being opened, so that several event loops cannot exceed the limit together. */
    private final AtomicInteger count = new AtomicInteger();

    private volatile boolean isClosing;

    /** @param sweeper on whose event loop unused ones are looked for */
    Destinations(CaptureConfig config, DestinationOpener opener, LoopContext sweeper) {
        this.config = config;
        this.opener = opener;
        this.sweeper = sweeper;
    }

    void start() {
        var unused = sweeper.loop()
                .schedule(
                        () -> {
                            if (!isClosing) {
                                retireUnused(sweeper.nowNs());
                                start();
                            }
                        },
                        Math.min(MAX_SWEEP_NS, config.destinationIdleNs() / 2),
                        TimeUnit.NANOSECONDS);
    }

    /** Opened if it is not yet; null if there are as many as allowed. */
    @Nullable
    Use use(CaptureConfig.Protocol protocol, UpstreamConfig template, InetSocketAddress address) {
        Key key = new Key(protocol, template.name(), address);
        Destination used = open.compute(key, (same, known) -> {
            Destination destination = known == null ? opened(key, template) : known;
            if (destination != null) {
                destination.users++;
            }
            return destination;
        });
        return used == null ? null : new Use(key, used);
    }

    private @Nullable Destination opened(Key key, UpstreamConfig template) {
        if (count.incrementAndGet() > config.maxDestinations()) {
            count.decrementAndGet();
            return null;
        }
        return opener.open(key.protocol, template.at(address(key.address)));
    }

    /** With the shortest form of an IPv6 address, RFC 5952. */
    static Address.Tcp address(InetSocketAddress destination) {
        return new Address.Tcp(NetUtil.toAddressString(destination.getAddress()), destination.getPort());
    }

    /** Takes away what nobody has used for long enough. */
    void retireUnused(long nowNs) {
        for (Key key : open.keySet()) {
            open.computeIfPresent(key, (same, destination) -> {
                if (destination.users > 0 || nowNs - destination.unusedSinceNs < config.destinationIdleNs()) {
                    return destination;
                }
                count.decrementAndGet();
                var unused = destination.retire();
                return null;
            });
        }
    }

    int size() {
        return open.size();
    }

    private List<Backend> backends() {
        return open.values().stream().map(Destination::backend).toList();
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
