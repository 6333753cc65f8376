package io.boxcar.proxy;

import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.core.Protocol;
import io.boxcar.proxy.redis.RedisProtocol;
import java.util.Set;

/** The protocols of this build; the only type that names them all. */
final class Protocols {
    private Protocols() {}

    static final Set<String> NAMES = Set.of("redis");

    /**
     * The protocol of one upstream.
     *
     * @throws IllegalArgumentException if there is no such protocol, which the configuration has ruled out
     */
    static Protocol named(String name, UpstreamConfig upstream) {
        return switch (name) {
            case "redis" -> new RedisProtocol(upstream);
            default -> throw new IllegalArgumentException("no protocol " + name);
        };
    }
}
