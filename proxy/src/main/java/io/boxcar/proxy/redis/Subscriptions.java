package io.boxcar.proxy.redis;

/**
 * How much a connection is subscribed to, from the numbers in Redis's own acknowledgements. Owned by the session.
 *
 * <p>For channels and patterns Redis says the sum of both, for shard channels their own number.
 */
final class Subscriptions {
    private long channels;
    private long patterns;
    private long shards;

    /** Takes an acknowledgement; false if it is none. */
    boolean acknowledge(String verb, long number) {
        switch (verb) {
            case "subscribe", "unsubscribe" -> channels = Math.max(0, number - patterns);
            case "psubscribe", "punsubscribe" -> patterns = Math.max(0, number - channels);
            case "ssubscribe", "sunsubscribe" -> shards = Math.max(0, number);
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Whether nothing is left of what this verb takes away. */
    boolean hasNoneFor(String verb) {
        return switch (verb) {
            case "unsubscribe" -> channels == 0;
            case "punsubscribe" -> patterns == 0;
            default -> shards == 0;
        };
    }

    static boolean isMessage(String verb) {
        return verb.equals("message") || verb.equals("pmessage") || verb.equals("smessage");
    }

    boolean any() {
        return channels + patterns + shards > 0;
    }

    void clear() {
        channels = 0;
        patterns = 0;
        shards = 0;
    }
}
