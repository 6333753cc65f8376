package io.boxcar.proxy.config;

/**
 * Where applications connect.
 *
 * @param protocol the protocol's name, one of those that this build knows; {@link CaptureConfig#PROTOCOL} if {@code capture} is on
 * @param upstream the name of the upstream that it serves; {@link BoxcarConfig#upstreamOf} has its configuration; empty if
 *     {@code capture} is on
 * @param backlog connections that the kernel may hold before they are accepted
 * @param http what counts if {@code protocol} is {@code http}, or for captured connections that speak it
 * @param capture whether it takes connections that were meant for others
 */
public record ListenerConfig(
        String name,
        String protocol,
        Address listen,
        String upstream,
        ListenerLimits limits,
        int backlog,
        ClientState clientState,
        HttpListenerConfig http,
        Direction direction,
        ListenerTls tls,
        CaptureConfig capture) {}
