package io.boxcar.proxy.config;

import java.util.List;

/**
 * A named service behind Boxcar.
 *
 * @param endpoints its addresses, at least one, no two equal
 * @param connections shared connections to each endpoint
 * @param resendReads whether a request that the protocol declares safe to repeat may be sent once more when its
 *     connection broke before the answer
 */
public record UpstreamConfig(
        String name,
        List<Address> endpoints,
        BatchingConfig batching,
        int connections,
        TimeoutConfig timeout,
        UpstreamLimits limits,
        boolean resendReads) {

    public UpstreamConfig {
        endpoints = List.copyOf(endpoints);
    }
}
