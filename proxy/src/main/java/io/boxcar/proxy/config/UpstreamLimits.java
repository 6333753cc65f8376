package io.boxcar.proxy.config;

/**
 * What may be outstanding on one upstream connection; at a limit requests wait on their lane.
 *
 * @param maxInFlight requests written and not answered
 * @param maxBytesInFlight bytes of those requests
 */
public record UpstreamLimits(int maxInFlight, long maxBytesInFlight) {}
