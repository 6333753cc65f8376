package io.boxcar.proxy.config;

/**
 * How an upstream is reached by listeners of protocol {@code http}.
 *
 * @param pipeliningDepth requests outstanding on one pipelined connection
 * @param connections those that pipelined or multiplexed requests share, for each endpoint
 * @param maxConnections all of one endpoint, with those that carry one request at a time; at least {@code connections}
 * @param maxRequests outstanding at one endpoint; more are answered with 503
 * @param requestsPerConnection a connection is replaced after so many requests; 0 = no limit
 * @param connectionAgeNs a connection is replaced when it is this old; 0 = no limit
 * @param idleTimeoutNs a connection without requests for this long is closed
 * @param resolveMinNs a host name is not looked up again before this, whatever its TTL
 * @param resolveMaxNs a host name is looked up again after this, whatever its TTL
 */
public record HttpUpstreamConfig(
        Mode mode,
        Pipelining pipelining,
        int pipeliningDepth,
        int connections,
        int maxConnections,
        int maxRequests,
        int requestsPerConnection,
        long connectionAgeNs,
        long idleTimeoutNs,
        Balance balance,
        Retry retry,
        Outlier outlier,
        HealthCheck healthCheck,
        long resolveMinNs,
        long resolveMaxNs,
        Timeout timeout) {

    /** What is spoken to the upstream. */
    public enum Mode {
        /** HTTP/2 if the upstream speaks it; else HTTP/1.1, pipelined as far as a connection has earned it. */
        AUTO,
        /** HTTP/1.1, one request at a time on each connection. */
        KEEPALIVE,
        /** HTTP/1.1, pipelined. */
        PIPELINE,
        /** HTTP/2 without TLS, known beforehand (RFC 9113, section 3.3). */
        H2
    }

    /** Which methods may be pipelined. */
    public enum Pipelining {
        /** GET, HEAD and OPTIONS; a request of another method is alone on its connection. */
        SAFE,
        ALL
    }

    /** How an endpoint is chosen for a request. */
    public enum Balance {
        /** The better of two that are drawn by lot, by latency and requests in flight. */
        P2C,
        ROUND_ROBIN
    }

    /**
     * When a request that is safe to repeat is sent again.
     *
     * @param attempts most times that one request is sent again; 0 = never
     * @param budgetPercent most requests that are being sent again at once, in percent of all outstanding ones
     * @param min requests that may be sent again at once whatever the budget says
     */
    public record Retry(int attempts, int budgetPercent, int min) {}

    /**
     * When an endpoint that fails gets no requests for a while.
     *
     * @param failures failures in a row that eject it; 0 = never
     * @param ejectionNs how long, times the number of ejections in a row, up to ten
     * @param maxEjectedPercent most endpoints that are ejected at once, in percent of all
     */
    public record Outlier(int failures, long ejectionNs, int maxEjectedPercent) {}

    /**
     * Requests that ask an endpoint whether it is well.
     *
     * @param path what is asked for; empty = nothing, there are no checks
     * @param failures checks in a row without a good answer after which the endpoint gets no requests
     */
    public record HealthCheck(String path, long intervalNs, long timeoutNs, int failures) {
        public boolean isOn() {
            return !path.isEmpty();
        }
    }

    /**
     * How long the upstream may take to answer.
     *
     * @param responseNs from the end of the request to the head of the response; 0 = no limit
     * @param bodyNs between two pieces of the response body; 0 = no limit
     */
    public record Timeout(long responseNs, long bodyNs) {}
}
