package io.boxcar.proxy.rules;

import io.boxcar.proxy.config.Cidr;
import io.boxcar.proxy.config.PortRanges;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The rules as chains of iptables, for one of IPv4 and IPv6. {@code iptables-restore --noflush} empties the chains that are declared,
 * and fills them, in one transaction per table. Stateless.
 */
final class IptablesRules {
    /** From this hook a jump leads to the chain. */
    enum Hook {
        OUTPUT,
        PREROUTING;

        String chain() {
            return "BOXCAR_" + name();
        }

        List<String> jump() {
            return List.of(name(), "-p", "tcp", "-j", chain());
        }
    }

    /** What one multiport match takes; a range counts as two. */
    private static final int MAX_MULTIPORT = 15;

    private static final String MARK = Integer.toString(NftRules.MARK);

    private IptablesRules() {}

    static String table(CaptureRules rules) {
        return rules.isTproxy() ? "mangle" : "nat";
    }

    /** The hooks from which these rules are reached. */
    static List<Hook> hooks(CaptureRules rules) {
        List<Hook> hooks = new ArrayList<>();
        if (rules.outbound() != null) {
            hooks.add(Hook.OUTPUT);
        }
        if (rules.inbound() != null || rules.isTproxy()) {
            hooks.add(Hook.PREROUTING);
        }
        return hooks;
    }

    /** @param missing hooks from which no jump leads to the chain yet */
    static String restore(CaptureRules rules, boolean ipv6, List<Hook> missing) {
        StringBuilder text = new StringBuilder("*").append(table(rules)).append('\n');
        for (Hook hook : hooks(rules)) {
            text.append(':').append(hook.chain()).append(" - [0:0]\n");
        }
        CaptureRules.Direction outbound = rules.outbound();
        if (outbound != null) {
            output(text, rules, outbound, ipv6);
        }
        CaptureRules.Direction inbound = rules.inbound();
        String prerouting = "-A " + Hook.PREROUTING.chain() + " ";
        if (rules.isTproxy() && outbound != null) {
            text.append(prerouting)
                    .append("-i lo -p tcp -m mark --mark " + MARK)
                    .append(tproxy(outbound.to()));
        }
        if (inbound != null) {
            text.append(prerouting).append("-i lo -j RETURN\n");
            if (rules.isTproxy()) {
                text.append(prerouting).append("-m conntrack --ctdir REPLY -j RETURN\n");
            }
            exclude(text, prerouting, rules, List.of(), ipv6);
            for (String ports : matches(inbound.ports())) {
                text.append(prerouting)
                        .append("-p tcp")
                        .append(ports)
                        .append(rules.isTproxy() ? tproxy(inbound.to()) : redirect(inbound.to()));
            }
        }
        for (Hook hook : missing) {
            text.append("-A ").append(String.join(" ", hook.jump())).append('\n');
        }
        return text.append("COMMIT\n").toString();
    }

    private static void output(StringBuilder text, CaptureRules rules, CaptureRules.Direction outbound, boolean ipv6) {
        String add = "-A " + Hook.OUTPUT.chain() + " ";
        if (rules.isTproxy()) {
            text.append(add).append("-m conntrack --ctdir REPLY -j RETURN\n");
            text.append(add).append("-m connmark --mark " + MARK + " -j MARK --set-mark " + MARK + "\n");
            text.append(add).append("-m conntrack ! --ctstate NEW -j RETURN\n");
        }
        exclude(text, add, rules, rules.excludedBlocks(), ipv6);
        rules.excludedUsers().forEach(id -> text.append(add).append("-m owner --uid-owner " + id + " -j RETURN\n"));
        rules.excludedGroups().forEach(id -> text.append(add).append("-m owner --gid-owner " + id + " -j RETURN\n"));
        for (String ports : matches(outbound.ports())) {
            text.append(add).append("-p tcp").append(ports);
            if (rules.isTproxy()) {
                text.append(" -j CONNMARK --set-mark " + MARK + "\n");
            } else {
                text.append(redirect(outbound.to()));
            }
        }
        if (rules.isTproxy()) {
            text.append(add).append("-m connmark --mark " + MARK + " -j MARK --set-mark " + MARK + "\n");
        }
    }

    private static void exclude(StringBuilder text, String add, CaptureRules rules, List<Cidr> blocks, boolean ipv6) {
        text.append(add).append(ipv6 ? "-d ::1/128" : "-d 127.0.0.0/8").append(" -j RETURN\n");
        if (!rules.excludedPorts().isEmpty()) {
            for (String ports : matches(rules.excludedPorts())) {
                text.append(add).append("-p tcp").append(ports).append(" -j RETURN\n");
            }
        }
        for (Cidr block : blocks) {
            if (block.isIpv4() != ipv6) {
                text.append(add).append("-d ").append(block).append(" -j RETURN\n");
            }
        }
    }

    private static String redirect(int port) {
        return " -j REDIRECT --to-ports " + port + "\n";
    }

    private static String tproxy(int port) {
        return " -j TPROXY --on-port " + port + " --tproxy-mark " + MARK + "\n";
    }

    /** Matches of which one is enough; a single empty one for all ports. */
    private static List<String> matches(PortRanges ports) {
        if (ports.isEmpty()) {
            return List.of("");
        }
        List<String> matches = new ArrayList<>();
        List<PortRanges.Range> some = new ArrayList<>();
        int room = MAX_MULTIPORT;
        for (PortRanges.Range range : ports.ranges()) {
            int size = range.first() == range.last() ? 1 : 2;
            if (size > room) {
                matches.add(match(some));
                some.clear();
                room = MAX_MULTIPORT;
            }
            some.add(range);
            room -= size;
        }
        matches.add(match(some));
        return matches;
    }

    private static String match(List<PortRanges.Range> ranges) {
        return " -m multiport --dports "
                + ranges.stream()
                        .map(range -> range.toString().replace('-', ':'))
                        .collect(Collectors.joining(","));
    }
}
