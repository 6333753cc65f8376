package io.boxcar.proxy.rules;

import io.boxcar.proxy.config.Cidr;
import java.util.List;
import java.util.stream.Collectors;

/** The rules as a table of nftables, which {@code nft -f -} puts in place in one transaction. Stateless. */
final class NftRules {
    static final String TABLE = "inet boxcar";

    /** Adding it first makes sure that there is one to delete. */
    static final String DELETE = "table " + TABLE + "\ndelete table " + TABLE + "\n";

    /** On packets, so that they are routed to this machine; on connections, so that later packets go where the first one went. */
    static final int MARK = 1337;

    private NftRules() {}

    static String replace(CaptureRules rules) {
        return DELETE + table(rules);
    }

    static String table(CaptureRules rules) {
        StringBuilder text = new StringBuilder("table ").append(TABLE).append(" {\n");
        CaptureRules.Direction outbound = rules.outbound();
        CaptureRules.Direction inbound = rules.inbound();
        if (outbound != null) {
            text.append("  chain output {\n");
            line(
                    text,
                    rules.isTproxy()
                            ? "type route hook output priority mangle;"
                            : "type nat hook output priority -100;");
            if (rules.isTproxy()) {
                line(text, "ct direction reply return");
                line(text, "ct mark " + MARK + " meta mark set " + MARK + " return");
                line(text, "ct state != new return");
            }
            exclude(text, rules, rules.excludedBlocks());
            ids(text, "skuid", rules.excludedUsers());
            ids(text, "skgid", rules.excludedGroups());
            line(
                    text,
                    ports(outbound)
                            + (rules.isTproxy()
                                    ? "ct mark set " + MARK + " meta mark set " + MARK
                                    : "redirect to :" + outbound.to()));
            text.append("  }\n");
        }
        if (inbound != null || rules.isTproxy()) {
            text.append("  chain prerouting {\n");
            line(
                    text,
                    rules.isTproxy()
                            ? "type filter hook prerouting priority mangle;"
                            : "type nat hook prerouting priority -100;");
            if (rules.isTproxy() && outbound != null) {
                line(
                        text,
                        "iifname \"lo\" meta mark " + MARK + " meta l4proto tcp tproxy to :" + outbound.to()
                                + " accept");
            }
            if (inbound != null) {
                line(text, "iifname \"lo\" return");
                if (rules.isTproxy()) {
                    line(text, "ct direction reply return");
                }
                exclude(text, rules, List.of());
                line(
                        text,
                        ports(inbound)
                                + (rules.isTproxy()
                                        ? "tproxy to :" + inbound.to() + " meta mark set " + MARK + " accept"
                                        : "redirect to :" + inbound.to()));
            }
            text.append("  }\n");
        }
        return text.append("}\n").toString();
    }

    private static void exclude(StringBuilder text, CaptureRules rules, List<Cidr> blocks) {
        line(text, "meta l4proto != tcp return");
        if (!rules.ipv6()) {
            line(text, "meta nfproto ipv6 return");
        }
        line(text, "ip daddr 127.0.0.0/8 return");
        line(text, "ip6 daddr ::1 return");
        if (!rules.excludedPorts().isEmpty()) {
            line(text, "tcp dport { " + rules.excludedPorts() + " } return");
        }
        for (Cidr block : blocks) {
            line(text, (block.isIpv4() ? "ip" : "ip6") + " daddr " + block + " return");
        }
    }

    private static void ids(StringBuilder text, String key, List<Long> ids) {
        if (!ids.isEmpty()) {
            line(
                    text,
                    "meta " + key + " { " + ids.stream().map(String::valueOf).collect(Collectors.joining(", "))
                            + " } return");
        }
    }

    private static String ports(CaptureRules.Direction direction) {
        return direction.ports().isEmpty() ? "meta l4proto tcp " : "tcp dport { " + direction.ports() + " } ";
    }

    private static void line(StringBuilder text, String rule) {
        text.append("    ").append(rule).append('\n');
    }
}
