package io.boxcar.proxy.redis;

/**
 * What a client may announce before its request is an error.
 *
 * @param maxInlineBytes of an inline request, and of a line that announces a count or a length
 * @param maxBulkBytes of one argument
 * @param maxArguments of one request
 */
record Limits(int maxInlineBytes, int maxBulkBytes, int maxArguments) {
    /** What Redis 7 accepts as shipped: PROTO_INLINE_MAX_SIZE, proto-max-bulk-len, INT_MAX. */
    static final Limits REDIS = new Limits(64 * 1024, 512 * 1024 * 1024, Integer.MAX_VALUE);
}
