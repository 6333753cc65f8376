package io.boxcar.loadtest;

import io.boxcar.proxy.Boxcar;
import io.boxcar.proxy.CannotServe;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.ConfigLoader;
import io.boxcar.proxy.config.InvalidConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A Boxcar inside this JVM, in front of one Redis, of a cluster, or of an HTTP origin. */
final class LocalBoxcar implements AutoCloseable {
    private final Boxcar boxcar;
    private final Address address;

    private LocalBoxcar(Boxcar boxcar, Address address) {
        this.boxcar = boxcar;
        this.address = address;
    }

    /** Listens on a port that the system chooses; {@code settings} are {@code KEY=VALUE} as after {@code --set}. */
    static LocalBoxcar before(RedisOrigin redis, String... settings) {
        return before(redis.address(), settings);
    }

    static LocalBoxcar before(Address upstream, String... settings) {
        return start("127.0.0.1:0", upstream, settings);
    }

    /** Its seeds are the first and the last master, of those it starts with. */
    static LocalBoxcar before(RedisCluster cluster, String... settings) {
        List<RedisCluster.Node> masters = cluster.masters();
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("upstreams.redis.cluster=true");
        if (masters.size() > 1) {
            all.add("upstreams.redis.endpoints=" + masters.getFirst().address() + ","
                    + masters.getLast().address());
        }
        return before(masters.getFirst().address(), all.toArray(String[]::new));
    }

    /** Several servers that do not know of each other. */
    static LocalBoxcar before(List<Address> upstreams, String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("upstreams.redis.endpoints="
                + upstreams.stream().map(Address::toString).collect(Collectors.joining(",")));
        return before(upstreams.getFirst(), all.toArray(String[]::new));
    }

    /** Listener and upstream are both called {@code http}. */
    static LocalBoxcar http(Address origin, String... settings) {
        return start("http", "127.0.0.1:0", origin, settings);
    }

    static LocalBoxcar start(String listen, Address upstream, String... settings) {
        return start("redis", listen, upstream, settings);
    }

    private static LocalBoxcar start(String protocol, String listen, Address upstream, String... settings) {
        ConfigLoader loader = new ConfigLoader(Set.of(protocol)).listener(protocol, listen + "=" + upstream);
        for (String setting : settings) {
            loader.set(setting);
        }
        try {
            Boxcar boxcar = Boxcar.start(loader.load());
            return new LocalBoxcar(boxcar, boxcar.address(protocol));
        } catch (CannotServe | InvalidConfig e) {
            throw new AssertionError(e);
        }
    }

    /** Returns when the lanes are connected, so that what follows meets a sidecar at work. */
    LocalBoxcar ready() {
        Eventually.isTrue("the lanes are connected", () -> boxcar.obstacles().isEmpty());
        return this;
    }

    Boxcar boxcar() {
        return boxcar;
    }

    Address address() {
        return address;
    }

    int port() {
        return ((Address.Tcp) address).port();
    }

    Wire connect() throws IOException {
        return Wire.open(address);
    }

    /** The sum of a counter or gauge of the listener or upstream, by its key in {@code /stats}. */
    long stat(String group, String key) {
        Map<?, ?> totals = (Map<?, ?>) boxcar.metrics().stats().get("totals");
        if (totals == null || !(totals.get(group) instanceof Map<?, ?> counted)) {
            throw new IllegalArgumentException(group);
        }
        Object value = counted.get(key);
        if (value instanceof Number number) {
            return number.longValue();
        }
        throw new IllegalArgumentException(key + " is " + value + " among " + counted.keySet());
    }

    @Override
    public void close() {
        boxcar.close();
    }
}
