package io.boxcar.proxy.config;

/**
 * Where applications connect.
 *
 * @param protocol the protocol's name, one of those that this build knows
 * @param upstream the name of the upstream that it serves; {@link BoxcarConfig#upstreamOf} has its configuration
 * @param backlog connections that the kernel may hold before they are accepted
 * @param http what counts if {@code protocol} is {@code http}
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
        Direction direction) {}
