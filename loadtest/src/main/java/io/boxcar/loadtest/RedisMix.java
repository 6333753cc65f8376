package io.boxcar.loadtest;

/**
 * What {@link RedisLoad} asks for.
 *
 * @param setPercent share of SET among the requests
 * @param mgetPercent share of MGET among the requests; what is left is GET
 * @param mgetKeys keys of each MGET
 * @param keys keys that all connections share, or that each one has of its own
 * @param minValueBytes length of the shortest value; at least {@link #MIN_VALUE_BYTES}, because it carries the token
 * @param maxValueBytes length of the longest value; all lengths between are equally frequent
 * @param resp version of the protocol, 2 or 3
 */
public record RedisMix(
        int setPercent,
        int mgetPercent,
        int mgetKeys,
        int keys,
        KeyDistribution distribution,
        int minValueBytes,
        int maxValueBytes,
        int resp) {
    public static final int MIN_VALUE_BYTES = RedisTokens.TOKEN_BYTES;

    private static final int MAX_MGET_KEYS = 1_000;
    private static final int MAX_VALUE_BYTES = 64 << 20;

    public RedisMix {
        require(setPercent >= 0 && setPercent <= 100, "mix", setPercent, "0 to 100");
        require(
                mgetPercent >= 0 && setPercent + mgetPercent <= 100,
                "mget-percent",
                mgetPercent,
                "0 to " + (100 - setPercent) + ", what SET leaves");
        require(mgetKeys > 0 && mgetKeys <= MAX_MGET_KEYS, "mget", mgetKeys, "1 to " + MAX_MGET_KEYS);
        require(keys > 0 && keys <= RedisTokens.MAX_KEYS, "keys", keys, "1 to " + RedisTokens.MAX_KEYS);
        require(
                minValueBytes >= MIN_VALUE_BYTES && minValueBytes <= maxValueBytes,
                "value-bytes",
                minValueBytes,
                "at least " + MIN_VALUE_BYTES + ", and not more than the longest");
        require(maxValueBytes <= MAX_VALUE_BYTES, "value-bytes", maxValueBytes, "at most " + MAX_VALUE_BYTES);
        require(resp == 2 || resp == 3, "resp", resp, "2 or 3");
    }

    /** SET and GET of one key per connection, values of one length, RESP2. */
    public static RedisMix of(int valueBytes, int setPercent) {
        return new RedisMix(setPercent, 0, 1, 1, KeyDistribution.OWN, valueBytes, valueBytes, 2);
    }

    boolean ownKeys() {
        return distribution == KeyDistribution.OWN;
    }

    private static void require(boolean fulfilled, String what, long value, String allowed) {
        if (!fulfilled) {
            throw new IllegalArgumentException(what + " is " + value + "; allowed is " + allowed);
        }
    }
}
