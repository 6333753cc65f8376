package io.boxcar.proxy.simulation;

import io.boxcar.batching.DeparturePolicy;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.AuthConfig;
import io.boxcar.proxy.config.BatchingConfig;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.ClientState;
import io.boxcar.proxy.config.ConfigLoader;
import io.boxcar.proxy.config.Distribution;
import io.boxcar.proxy.config.InvalidConfig;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.config.ListenerLimits;
import io.boxcar.proxy.config.PinnedConfig;
import io.boxcar.proxy.config.ReadFrom;
import io.boxcar.proxy.config.RoutingConfig;
import io.boxcar.proxy.config.TimeoutConfig;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.config.UpstreamLimits;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * What a seed decides before the first step.
 *
 * @param calm the upstream makes no mistakes and time passes slowly: no client may get an error or lose its connection
 *     but by its own doing
 * @param badClients some clients vanish, stop reading or break the protocol
 * @param nodes of a cluster, or 1 if it is none
 * @param ownWork some requests need a connection of their own
 */
record Scenario(
        int loops,
        int clients,
        int nodes,
        int steps,
        boolean calm,
        boolean badClients,
        boolean ownWork,
        boolean drains,
        int maxOutstanding,
        int faultPerMille,
        UpstreamConfig upstream,
        ListenerConfig listener) {
    private static final long MS = 1_000_000;
    private static final BoxcarConfig DEFAULTS = defaults();

    private static BoxcarConfig defaults() {
        try {
            return new ConfigLoader(Set.of("redis")).load();
        } catch (InvalidConfig e) {
            throw new AssertionError(e);
        }
    }

    static Scenario draw(RandomGenerator random) {
        boolean calm = random.nextInt(4) == 0;
        DeparturePolicy.Mode[] modes = DeparturePolicy.Mode.values();
        BatchingConfig batching = new BatchingConfig(
                modes[random.nextInt(modes.length)],
                1 + random.nextInt(random.nextBoolean() ? 8 : 64),
                256 << random.nextInt(4),
                random.nextInt(300_000),
                8 << random.nextInt(4));
        TimeoutConfig timeout = calm
                ? new TimeoutConfig(60_000 * MS, 60_000 * MS, 60_000 * MS, 120_000 * MS)
                : new TimeoutConfig(
                        (20 + random.nextInt(60)) * MS,
                        (20 + random.nextInt(100)) * MS,
                        (20 + random.nextInt(100)) * MS,
                        (60 + random.nextInt(150)) * MS);
        UpstreamLimits limits = new UpstreamLimits(1 + random.nextInt(16), 200 << random.nextInt(6));
        int connections = 1 + random.nextInt(2);
        boolean resendReads = random.nextInt(4) != 0;
        int clients = 1 + random.nextInt(random.nextBoolean() ? 4 : 30);
        boolean tight = !calm && random.nextBoolean();
        boolean fewPinned = calm && random.nextInt(2) == 0;
        int maxPinned = tight ? 2 : fewPinned ? 1 + random.nextInt(3) : 1000;
        PinnedConfig pinned = new PinnedConfig(
                maxPinned, random.nextInt(4) == 0 ? 1 : 16, 60_000 * MS, (fewPinned ? 60_000 : 1_000) * MS);
        int nodes = random.nextInt(4) == 0 ? 2 + random.nextInt(2) : 1;
        List<Address> endpoints = IntStream.rangeClosed(1, nodes)
                .<Address>mapToObj(port -> new Address.Tcp("127.0.0.1", port))
                .toList();
        UpstreamConfig upstream = new UpstreamConfig(
                "main",
                endpoints,
                new RoutingConfig(nodes > 1, Distribution.KETAMA, true, ReadFrom.PRIMARY),
                new AuthConfig("", ""),
                batching,
                connections,
                64 << random.nextInt(11),
                pinned,
                timeout,
                limits,
                resendReads,
                DEFAULTS.upstreams().getFirst().http(),
                DEFAULTS.upstreams().getFirst().tls());
        ListenerLimits listenerLimits = new ListenerLimits(
                tight ? Math.max(1, clients - 2) : 1000,
                1 + random.nextInt(random.nextBoolean() ? 4 : 64),
                tight ? 8_192 : 1 << 20,
                1024 << random.nextInt(4),
                1024,
                20_000,
                tight && random.nextBoolean() ? 1_500 * MS : 0,
                tight ? 1_000 * MS : 60_000 * MS);
        ListenerConfig listener = new ListenerConfig(
                "front",
                "redis",
                new Address.Tcp("127.0.0.1", 2),
                "main",
                listenerLimits,
                128,
                ClientState.VIRTUAL,
                DEFAULTS.listeners().getFirst().http(),
                DEFAULTS.listeners().getFirst().direction(),
                DEFAULTS.listeners().getFirst().tls(),
                DEFAULTS.listeners().getFirst().capture());
        return new Scenario(
                1 + random.nextInt(3),
                clients,
                nodes,
                60 + random.nextInt(random.nextBoolean() ? 340 : 2000),
                calm,
                random.nextBoolean(),
                fewPinned || random.nextInt(3) == 0,
                !calm && random.nextInt(6) == 0,
                (nodes > 1 ? 16 : 4) << random.nextInt(6),
                calm ? 0 : random.nextInt(80),
                upstream,
                listener);
    }

    boolean isCluster() {
        return nodes > 1;
    }

    /** Response bytes that the clients of one loop may leave unsent. */
    long maxUnsentBytes() {
        return isTight() ? 2 * listener.limits().maxOutputBytes() : 1 << 24;
    }

    /** Whether Boxcar may close a client that does nothing wrong, because limits are set that low. */
    boolean isTight() {
        return !calm && upstream.pinned().max() < 1000;
    }
}
