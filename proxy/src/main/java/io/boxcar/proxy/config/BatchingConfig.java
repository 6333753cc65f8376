package io.boxcar.proxy.config;

/**
 * When the requests waiting on a lane leave as one batch.
 *
 * @param maxRequests a batch leaves when this many requests are aboard
 * @param maxBytes a batch leaves when it holds this many request bytes
 * @param lingerNs no request waits longer than this for others to come aboard; 0 never waits
 * @param ringSize requests a lane can hold that have not left yet, a power of two
 */
public record BatchingConfig(BatchingMode mode, int maxRequests, int maxBytes, long lingerNs, int ringSize) {}
