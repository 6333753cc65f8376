package io.boxcar.loadtest;

/**
 * How {@link HttpLoad} goes about it; what it sends is told by an {@code HttpScript}.
 *
 * @param connections client connections, each with one request in flight
 * @param ratePerSecond requests that become due each second, whether or not responses arrive (open loop); 0 to send the
 *     next one as soon as a response has arrived (closed loop)
 * @param warmupNs time after connecting that is not measured
 * @param measuredNs length of the measured window; 0 to send what the script has, all of it measured
 * @param responseLimitNs a request without a response for so long is an error, and its connection is replaced
 */
public record HttpLoadPlan(
        String host,
        int port,
        int connections,
        double ratePerSecond,
        long warmupNs,
        long measuredNs,
        long responseLimitNs) {
    private static final double MAX_RATE = 10_000_000;

    public HttpLoadPlan {
        if (connections < 1) {
            throw new IllegalArgumentException("connections is " + connections + "; allowed is at least 1");
        }
        if (!(ratePerSecond >= 0 && ratePerSecond <= MAX_RATE)) {
            throw new IllegalArgumentException("rate is " + ratePerSecond
                    + "; allowed is 0 (as fast as responses arrive) to 10 million per second");
        }
        if (warmupNs < 0 || measuredNs < 0 || responseLimitNs <= 0) {
            throw new IllegalArgumentException("times cannot be negative, and the response limit must be more than 0");
        }
    }

    /** The value of a {@code Host} header. */
    String authority() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
