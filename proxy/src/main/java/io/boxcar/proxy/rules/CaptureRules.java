package io.boxcar.proxy.rules;

import io.boxcar.proxy.config.CaptureConfig;
import io.boxcar.proxy.config.Cidr;
import io.boxcar.proxy.config.PortRanges;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which TCP connections are led to which port of this network namespace. To the loopback addresses, and to {@code excludedPorts},
 * connections are never led anywhere else.
 *
 * @param mode {@code REDIRECT} or {@code TPROXY}
 * @param outbound connections made here; null = they are left alone
 * @param inbound connections that come from elsewhere; null = they are left alone
 * @param excludedUsers users whose connections are left alone
 * @param excludedGroups groups whose connections are left alone
 * @param excludedBlocks addresses to which connections made here are left alone
 * @param excludedPorts ports to which connections are left alone
 * @param ipv6 whether IPv6 is captured too
 */
public record CaptureRules(
        CaptureConfig.Mode mode,
        @Nullable Direction outbound,
        @Nullable Direction inbound,
        List<Long> excludedUsers,
        List<Long> excludedGroups,
        List<Cidr> excludedBlocks,
        PortRanges excludedPorts,
        boolean ipv6) {

    /**
     * @param ports which are captured; none means all
     * @param to the port of the listener
     */
    public record Direction(PortRanges ports, int to) {
        @Override
        public String toString() {
            return (ports.isEmpty() ? "all ports" : "ports " + ports) + " -> " + to;
        }
    }

    public CaptureRules {
        excludedUsers = List.copyOf(excludedUsers);
        excludedGroups = List.copyOf(excludedGroups);
        excludedBlocks = List.copyOf(excludedBlocks);
    }

    boolean isTproxy() {
        return mode == CaptureConfig.Mode.TPROXY;
    }

    /** For people: {@code outbound ports 80,6379 -> 15001, redirect, IPv4 and IPv6, except uid 1337}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (outbound != null) {
            text.append("outbound ").append(outbound).append(", ");
        }
        if (inbound != null) {
            text.append("inbound ").append(inbound).append(", ");
        }
        text.append(isTproxy() ? "tproxy" : "redirect").append(ipv6 ? ", IPv4 and IPv6" : ", IPv4 only");
        if (outbound != null) {
            excludedUsers.forEach(user -> text.append(", except uid ").append(user));
            excludedGroups.forEach(group -> text.append(", except gid ").append(group));
        }
        return text.toString();
    }
}
