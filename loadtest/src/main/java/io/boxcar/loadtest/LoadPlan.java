package io.boxcar.loadtest;

/**
 * What {@link RedisLoad} does.
 *
 * @param pipeline requests in flight on each connection at any time
 * @param valueBytes length of each value; at least {@link #MIN_VALUE_BYTES}, because it carries the token
 * @param setPercent share of SET among the requests, the rest are GET
 * @param warmupNs time after connecting that is not measured
 * @param measuredNs length of the measured window
 * @param maxRequests ends the window early when so many have been answered in it; 0 for no such limit
 * @param responseLimitNs a request without a response for so long is an error, and its connection is replaced
 */
public record LoadPlan(
        String host,
        int port,
        int connections,
        int pipeline,
        int valueBytes,
        int setPercent,
        long warmupNs,
        long measuredNs,
        long maxRequests,
        long responseLimitNs) {
    public static final int MIN_VALUE_BYTES = 32;

    public LoadPlan {
        require(connections > 0, "connections", connections, "at least 1");
        require(pipeline > 0 && pipeline <= 65536, "pipeline", pipeline, "1 to 65536");
        require(valueBytes >= MIN_VALUE_BYTES, "value-bytes", valueBytes, "at least " + MIN_VALUE_BYTES);
        require(setPercent >= 0 && setPercent <= 100, "set-percent", setPercent, "0 to 100");
        require(measuredNs > 0, "measured time", measuredNs, "more than 0");
        require(maxRequests >= 0, "requests", maxRequests, "0 (no limit) or more");
    }

    private static void require(boolean fulfilled, String what, long value, String allowed) {
        if (!fulfilled) {
            throw new IllegalArgumentException(what + " is " + value + "; allowed is " + allowed);
        }
    }
}
