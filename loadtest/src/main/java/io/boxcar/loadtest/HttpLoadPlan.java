package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;

/**
 * How {@link HttpLoad} goes about it; what it sends is told by an {@code HttpScript}.
 *
 * @param http2 HTTP/2, with prior knowledge or, with TLS, by ALPN; otherwise HTTP/1.1
 * @param streams requests in flight on each connection, only one with HTTP/1.1
 * @param responseLimitNs a request without a response for so long is an error, and its connection is replaced
 */
public record HttpLoadPlan(LoadTarget target, boolean http2, int streams, LoadSchedule schedule, long responseLimitNs) {
    private static final int MAX_STREAMS = 10_000;

    public HttpLoadPlan {
        if (streams < 1 || streams > MAX_STREAMS) {
            throw new IllegalArgumentException("streams is " + streams + "; allowed is 1 to " + MAX_STREAMS);
        }
        if (streams > 1 && !http2) {
            throw new IllegalArgumentException("several streams on a connection need HTTP/2; add --http2");
        }
        if (responseLimitNs <= 0) {
            throw new IllegalArgumentException("the response limit must be more than 0");
        }
    }

    /**
     * HTTP/1.1 without TLS.
     *
     * @param ratePerSecond requests that become due each second (open loop); 0 for a closed loop
     * @param measuredNs length of the measured window; 0 to send what the script has, all of it measured
     */
    public HttpLoadPlan(
            String host,
            int port,
            int connections,
            double ratePerSecond,
            long warmupNs,
            long measuredNs,
            long responseLimitNs) {
        this(
                LoadTarget.of(new Address.Tcp(host, port)),
                false,
                1,
                LoadSchedule.of(new LoadLevel(connections, ratePerSecond), warmupNs, measuredNs),
                responseLimitNs);
    }

    /** The value of a {@code Host} header. */
    String authority() {
        return target.authority();
    }
}
