package io.boxcar.proxy.config;

/**
 * How long an upstream may take.
 *
 * @param connectNs to accept a connection and finish its handshake
 * @param queueNs a request may wait on its lane without having been written
 * @param requestNs to answer, from the write of the request
 * @param silenceNs to send any byte at all while requests are outstanding; then the connection counts as dead
 */
public record TimeoutConfig(long connectNs, long queueNs, long requestNs, long silenceNs) {}
