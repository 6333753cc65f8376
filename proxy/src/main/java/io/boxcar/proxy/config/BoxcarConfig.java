package io.boxcar.proxy.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration, complete and valid.
 *
 * @param loops event loops; 0 = as many as the CPU limit allows
 * @param admin null = there is no admin endpoint
 * @param watchNs how often it is looked whether the configuration file has changed; 0 = never
 * @param listeners at least one, sorted by name, no two at one address
 * @param upstreams sorted by name
 * @param log what Boxcar writes about itself and its requests
 */
public record BoxcarConfig(
        int loops,
        TransportChoice transport,
        @Nullable AdminConfig admin,
        ShutdownConfig shutdown,
        long watchNs,
        List<ListenerConfig> listeners,
        List<UpstreamConfig> upstreams,
        LogConfig log) {

    public BoxcarConfig {
        listeners = List.copyOf(listeners);
        upstreams = List.copyOf(upstreams);
    }

    /** The upstream that a listener of this configuration serves. */
    public UpstreamConfig upstreamOf(ListenerConfig listener) {
        return upstream(listener.upstream());
    }

    /**
     * The upstream of this name, as listeners and their routes give it.
     *
     * @throws IllegalArgumentException if there is none
     */
    public UpstreamConfig upstream(String name) {
        for (UpstreamConfig upstream : upstreams) {
            if (upstream.name().equals(name)) {
                return upstream;
            }
        }
        throw new IllegalArgumentException("the upstream " + name + " is not configured");
    }

    /**
     * The whole configuration as HOCON, with every key, sorted, and passwords masked. Without passwords it reads back to an
     * equal configuration; with them it does not read back, so that nobody tries the mask at the upstream.
     */
    public String toHocon() {
        return EffectiveConfig.render(this);
    }
}
