package io.boxcar.proxy.config;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a listener deals with connections that rules of the kernel have led to it, though they were meant for others.
 *
 * @param routes where they go, by what they were meant for; the first one that matches counts
 * @param redisPorts ports on which Redis is spoken, where no route says otherwise
 * @param httpPorts ports on which HTTP is spoken, where no route says otherwise
 * @param detectTimeoutNs how long the first bytes of a client are waited for where the protocol is not known
 * @param maxDestinations original destinations that have lanes at once; connections to more are passed on one by one
 * @param destinationIdleNs a destination without a client for this long loses its lanes and its metrics
 */
public record CaptureConfig(
        Mode mode,
        List<Route> routes,
        PortRanges redisPorts,
        PortRanges httpPorts,
        long detectTimeoutNs,
        int maxDestinations,
        long destinationIdleNs) {

    /** The upstream without endpoints of its own that a route has which names none; it exists by itself. */
    public static final String ORIGINAL = "original";

    /** What a captured listener is called where others have a protocol. */
    public static final String PROTOCOL = "captured";

    public CaptureConfig {
        routes = List.copyOf(routes);
    }

    /** How the kernel hands connections over. */
    public enum Mode {
        OFF,
        /** With another destination address, the original one being asked for (REDIRECT). */
        REDIRECT,
        /** As they are, at a socket that takes connections to any address (TPROXY). */
        TPROXY
    }

    /** What is spoken on a captured connection. */
    public enum Protocol {
        REDIS,
        HTTP,
        /** Anything: bytes are passed on as they come. */
        TCP,
        /** What its first bytes say. */
        DETECT
    }

    /**
     * Where connections go that were meant for these addresses and ports.
     *
     * @param to null = any address
     * @param ports none = any port
     * @param upstream its name; {@link BoxcarConfig#upstream} has its configuration, which may be without endpoints: then they go
     *     where they were meant for
     */
    public record Route(@Nullable Cidr to, PortRanges ports, Protocol protocol, String upstream) {
        public boolean matches(InetAddress address, int port) {
            return (to == null || to.contains(address)) && (ports.isEmpty() || ports.contains(port));
        }
    }

    public boolean isOn() {
        return mode != Mode.OFF;
    }
}
