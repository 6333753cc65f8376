package io.boxcar.proxy.http;

import io.boxcar.proxy.config.HttpUpstreamConfig;

/**
 * Ejects an endpoint that fails several times in a row: for a while it gets no requests, longer each time. A failure is what
 * says that the endpoint itself is in trouble, and nothing that an application may answer when it is well: no connection, a
 * connection that broke or went silent amid requests, and the responses 502, 503 and 504.
 *
 * <p>Shared by all event loops, without locks: when several loops eject several endpoints in the same instant, there may be
 * one more ejected than allowed, which {@link Balancer} survives.
 */
final class OutlierDetector {

    private static final int MAX_FACTOR = 10;

    private final int failures;
    private final long ejectionNs;
    private final int maxEjected;
    private final EndpointLoad[] endpoints;

    /** @param endpoints all endpoints of the upstream; not copied, and not to be changed any more */
    OutlierDetector(HttpUpstreamConfig.Outlier config, EndpointLoad... endpoints) {
        this.failures = config.failures();
        this.ejectionNs = config.ejectionNs();
        this.maxEjected = (int) ((long) endpoints.length * config.maxEjectedPercent() / 100);
        this.endpoints = endpoints;
    }

    /** Whether this status of a response is a failure of the endpoint: 502, 503 and 504 (RFC 9110, section 15.6). */
    static boolean isFailure(int status) {
        return status >= 502 && status <= 504;
    }

    /** The endpoint has answered a request. Any loop. */
    void succeeded(EndpointLoad endpoint, long nowNs) {
        endpoint.ejection.forgive(nowNs);
    }

    /**
     * The endpoint has failed. Any loop.
     *
     * @return whether this has ejected it, to be counted
     */
    boolean failed(EndpointLoad endpoint, long nowNs) {
        if (failures == 0 || endpoint.ejection.isActive(nowNs)) {
            return false;
        }
        int seen = endpoint.ejection.addFailure();
        return seen >= failures
                && ejected(nowNs) < maxEjected
                && endpoint.ejection.start(seen, ejectionNs, MAX_FACTOR, nowNs);
    }

    /** How many endpoints are ejected now. */
    int ejected(long nowNs) {
        int ejected = 0;
        for (EndpointLoad endpoint : endpoints) {
            if (endpoint.ejection.isActive(nowNs)) {
                ejected++;
            }
        }
        return ejected;
    }
}
