package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;

/**
 * What {@link RedisLoad} does.
 *
 * @param pipeline requests in flight on each connection at any time; in an open loop the most there can be
 * @param maxRequests ends the window early when so many have been answered in it; 0 for no such limit
 * @param responseLimitNs a request without a response for so long is an error, and its connection is replaced
 */
public record LoadPlan(
        LoadTarget target, RedisMix mix, int pipeline, LoadSchedule schedule, long maxRequests, long responseLimitNs) {
    private static final int MAX_PIPELINE = 65_536;

    public LoadPlan {
        require(pipeline > 0 && pipeline <= MAX_PIPELINE, "pipeline", pipeline, "1 to " + MAX_PIPELINE);
        require(schedule.measuredNs() > 0, "measured time", schedule.measuredNs(), "more than 0");
        require(maxRequests >= 0, "requests", maxRequests, "0 (no limit) or more");
        require(responseLimitNs > 0, "response limit", responseLimitNs, "more than 0");
        long ownKeys = (long) schedule.maxConnections() * mix.keys();
        require(
                !mix.ownKeys() || ownKeys <= RedisTokens.MAX_KEYS / 2,
                "number of keys, all connections together,",
                ownKeys,
                "at most " + RedisTokens.MAX_KEYS / 2);
    }

    /** A closed loop of SET and GET, each connection with a key of its own, without TLS. */
    public LoadPlan(
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
        this(
                LoadTarget.of(new Address.Tcp(host, port)),
                RedisMix.of(valueBytes, setPercent),
                pipeline,
                LoadSchedule.of(new LoadLevel(connections, 0), warmupNs, measuredNs),
                maxRequests,
                responseLimitNs);
    }

    private static void require(boolean fulfilled, String what, long value, String allowed) {
        if (!fulfilled) {
            throw new IllegalArgumentException(what + " is " + value + "; allowed is " + allowed);
        }
    }
}
