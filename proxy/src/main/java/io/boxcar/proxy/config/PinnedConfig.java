package io.boxcar.proxy.config;

/**
 * Connections that are lent to one client at a time.
 *
 * @param max lent at once, for each endpoint
 * @param maxIdle given-back connections that are kept open, ready for the next, for each endpoint
 * @param idleTimeoutNs a connection that nobody has borrowed for this long is closed
 * @param waitNs how long a request waits for one while {@code max} are lent; then it is answered with an error
 */
public record PinnedConfig(int max, int maxIdle, long idleTimeoutNs, long waitNs) {}
