package io.boxcar.proxy.config;

import java.util.List;

/**
 * A named service behind Boxcar.
 *
 * @param endpoints its addresses, no two equal; the seeds, if it is a cluster; none = it is a template, for each
 *     original destination of captured connections
 * @param connections shared connections to each endpoint
 * @param resendReads whether a request that the protocol declares safe to repeat may be sent once more when its
 *     connection broke before the answer
 * @param slowLaneAboveBytes with two or more connections the last one carries slow commands, and those whose responses
 *     have been larger than this on average; 0 = it is like the others
 * @param http what counts for listeners of protocol {@code http}
 */
public record UpstreamConfig(
        String name,
        List<Address> endpoints,
        RoutingConfig routing,
        AuthConfig auth,
        BatchingConfig batching,
        int connections,
        long slowLaneAboveBytes,
        PinnedConfig pinned,
        TimeoutConfig timeout,
        UpstreamLimits limits,
        boolean resendReads,
        HttpUpstreamConfig http,
        UpstreamTls tls) {

    public UpstreamConfig {
        endpoints = List.copyOf(endpoints);
    }

    /** Whether it has no endpoints of its own, and serves captured connections where they were meant for. */
    public boolean isTemplate() {
        return endpoints.isEmpty();
    }

    /** The same with this endpoint alone. */
    public UpstreamConfig at(Address endpoint) {
        return new UpstreamConfig(
                name,
                List.of(endpoint),
                routing,
                auth,
                batching,
                connections,
                slowLaneAboveBytes,
                pinned,
                timeout,
                limits,
                resendReads,
                http,
                tls);
    }
}
