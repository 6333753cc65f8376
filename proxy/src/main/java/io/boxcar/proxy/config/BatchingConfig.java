package io.boxcar.proxy.config;

import io.boxcar.batching.DeparturePolicy;

/**
 * How the requests of an upstream are gathered.
 *
 * @param maxRequests most requests in one batch
 * @param maxBytes a batch leaves when it has reached this many bytes
 * @param lingerNs longest time in nanoseconds that a request is held back to gather others
 * @param ringSize requests that may wait to be gathered; a power of two
 */
public record BatchingConfig(DeparturePolicy.Mode mode, int maxRequests, int maxBytes, long lingerNs, int ringSize) {
    public DeparturePolicy policy() {
        return new DeparturePolicy(mode, maxRequests, maxBytes, lingerNs);
    }
}
