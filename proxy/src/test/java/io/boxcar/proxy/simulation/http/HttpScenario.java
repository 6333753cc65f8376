package io.boxcar.proxy.simulation.http;

import io.boxcar.batching.DeparturePolicy;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.BatchingConfig;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.ConfigLoader;
import io.boxcar.proxy.config.HttpListenerConfig;
import io.boxcar.proxy.config.HttpUpstreamConfig;
import io.boxcar.proxy.config.InvalidConfig;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.config.ListenerLimits;
import io.boxcar.proxy.config.ListenerTls;
import io.boxcar.proxy.config.TimeoutConfig;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.config.UpstreamTls;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * What a seed decides before the first step.
 *
 * @param calm the origins make no mistakes and time passes slowly: no client may get an error or lose its connection but by its
 *     own doing
 * @param badClients some clients vanish, stop reading or break the protocol
 * @param isLarge some bodies are larger than what may be on its way
 * @param maxOutstanding exchanges that the clients of one loop may have out
 */
record HttpScenario(
        int loops,
        int clients,
        int steps,
        boolean calm,
        boolean badClients,
        boolean isLarge,
        boolean drains,
        int maxOutstanding,
        int faultPerMille,
        UpstreamConfig upstream,
        ListenerConfig listener) {
    static final String VIA = "boxcar";
    private static final long MS = 1_000_000;
    private static final BoxcarConfig DEFAULTS = defaults();

    private static BoxcarConfig defaults() {
        try {
            return new ConfigLoader(Set.of("redis", "http")).load();
        } catch (InvalidConfig e) {
            throw new AssertionError(e);
        }
    }

    static HttpScenario draw(RandomGenerator random) {
        boolean calm = random.nextInt(4) == 0;
        boolean tight = !calm && random.nextBoolean();
        int clients = 1 + random.nextInt(random.nextBoolean() ? 3 : 16);
        return new HttpScenario(
                1 + random.nextInt(3),
                clients,
                60 + random.nextInt(random.nextBoolean() ? 340 : 1500),
                calm,
                random.nextBoolean(),
                random.nextInt(12) == 0,
                !calm && random.nextInt(6) == 0,
                tight ? 4 << random.nextInt(4) : 1024,
                calm ? 0 : random.nextInt(60),
                upstream(calm, tight, random),
                listener(calm, tight, clients, random));
    }

    private static UpstreamConfig upstream(boolean calm, boolean tight, RandomGenerator random) {
        DeparturePolicy.Mode[] modes = DeparturePolicy.Mode.values();
        BatchingConfig batching = new BatchingConfig(
                modes[random.nextInt(modes.length)],
                1 + random.nextInt(random.nextBoolean() ? 8 : 64),
                256 << random.nextInt(6),
                random.nextInt(300_000),
                tight ? 8 << random.nextInt(4) : 1024);
        TimeoutConfig timeout = calm
                ? new TimeoutConfig(60_000 * MS, 60_000 * MS, 60_000 * MS, 120_000 * MS)
                : new TimeoutConfig(
                        (20 + random.nextInt(60)) * MS,
                        (20 + random.nextInt(100)) * MS,
                        (20 + random.nextInt(100)) * MS,
                        (60 + random.nextInt(150)) * MS);
        HttpUpstreamConfig.Pipelining pipelining =
                random.nextInt(4) == 0 ? HttpUpstreamConfig.Pipelining.ALL : HttpUpstreamConfig.Pipelining.SAFE;
        int connections = 1 + random.nextInt(3);
        HttpUpstreamConfig http = new HttpUpstreamConfig(
                random.nextInt(3) == 0 ? HttpUpstreamConfig.Mode.KEEPALIVE : HttpUpstreamConfig.Mode.PIPELINE,
                pipelining,
                1 + random.nextInt(random.nextBoolean() ? 4 : 32),
                connections,
                connections + random.nextInt(6),
                tight ? 2 + random.nextInt(20) : 10_000,
                random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 0,
                random.nextInt(4) == 0 ? (1 + random.nextInt(500)) * MS : 0,
                (calm ? 60_000 : 20 + random.nextInt(400)) * MS,
                random.nextBoolean() ? HttpUpstreamConfig.Balance.P2C : HttpUpstreamConfig.Balance.ROUND_ROBIN,
                new HttpUpstreamConfig.Retry(random.nextInt(3), random.nextInt(50), random.nextInt(4)),
                new HttpUpstreamConfig.Outlier(random.nextInt(4), (10 + random.nextInt(200)) * MS, 50),
                DEFAULTS.upstreams().getFirst().http().healthCheck(),
                1_000 * MS,
                30_000 * MS,
                calm
                        ? new HttpUpstreamConfig.Timeout(60_000 * MS, 60_000 * MS)
                        : new HttpUpstreamConfig.Timeout(
                                (20 + random.nextInt(200)) * MS, (20 + random.nextInt(200)) * MS));
        UpstreamConfig defaults = DEFAULTS.upstreams().getFirst();
        List<Address> endpoints = IntStream.rangeClosed(1, 1 + random.nextInt(3))
                .<Address>mapToObj(port -> new Address.Tcp("127.0.0.1", port))
                .toList();
        return new UpstreamConfig(
                "main",
                endpoints,
                defaults.routing(),
                defaults.auth(),
                batching,
                1,
                defaults.slowLaneAboveBytes(),
                defaults.pinned(),
                timeout,
                defaults.limits(),
                true,
                http,
                UpstreamTls.OFF);
    }

    private static ListenerConfig listener(boolean calm, boolean tight, int clients, RandomGenerator random) {
        ListenerLimits limits = new ListenerLimits(
                tight ? Math.max(1, clients - 2) : 1000,
                1 + random.nextInt(random.nextBoolean() ? 4 : 64),
                1 << 20,
                1024 << random.nextInt(7),
                1024,
                20_000,
                0,
                60_000 * MS);
        long slowNs = 600_000 * MS;
        HttpListenerConfig.Timeout timeout = calm
                ? new HttpListenerConfig.Timeout(slowNs, slowNs, slowNs, slowNs)
                : new HttpListenerConfig.Timeout(
                        (500 + random.nextInt(3000)) * MS,
                        (500 + random.nextInt(3000)) * MS,
                        (500 + random.nextInt(3000)) * MS,
                        random.nextBoolean() ? 0 : (500 + random.nextInt(5000)) * MS);
        HttpListenerConfig http = new HttpListenerConfig(
                random.nextBoolean() ? VIA : "",
                false,
                List.of(),
                new HttpListenerConfig.Limits(
                        8192,
                        16 * 1024,
                        100,
                        tight && random.nextInt(3) == 0 ? 20_000 : 0,
                        random.nextInt(3) == 0 ? 0 : 64 << random.nextInt(11),
                        tight && random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 0,
                        100,
                        100),
                timeout);
        return new ListenerConfig(
                "front",
                "http",
                new Address.Tcp("127.0.0.1", 2),
                "main",
                limits,
                128,
                DEFAULTS.listeners().getFirst().clientState(),
                http,
                DEFAULTS.listeners().getFirst().direction(),
                ListenerTls.OFF,
                DEFAULTS.listeners().getFirst().capture());
    }

    boolean isPipelining() {
        return upstream.http().mode() == HttpUpstreamConfig.Mode.PIPELINE;
    }

    boolean isPipeliningAll() {
        return isPipelining() && upstream.http().pipelining() == HttpUpstreamConfig.Pipelining.ALL;
    }
}
