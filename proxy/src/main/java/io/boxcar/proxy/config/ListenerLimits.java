package io.boxcar.proxy.config;

/**
 * What a listener's clients may use.
 *
 * @param maxClients client connections open at once; more are closed as soon as they are accepted
 * @param maxPipeline exchanges that one client may have outstanding; beyond, its requests are not read
 * @param maxOutputBytes unsent response bytes of one client at which it is closed
 * @param pauseOutputBytes unsent response bytes of one client at which its requests are not read
 * @param streamAboveBytes a request longer than this is streamed on an upstream connection of its own
 * @param maxRequestBytes a request longer than this is refused
 * @param idleTimeoutNs a client without a request for this long is closed; 0 = never
 * @param requestReadTimeoutNs a request must be complete this long after its first byte
 */
public record ListenerLimits(
        int maxClients,
        int maxPipeline,
        long maxOutputBytes,
        long pauseOutputBytes,
        long streamAboveBytes,
        long maxRequestBytes,
        long idleTimeoutNs,
        long requestReadTimeoutNs) {}
