package io.boxcar.proxy;

import io.boxcar.proxy.config.CaptureConfig;
import io.boxcar.proxy.config.Cidr;
import io.boxcar.proxy.config.PortRanges;
import io.boxcar.proxy.rules.CaptureRules;
import io.boxcar.proxy.rules.RuleSetup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of {@code boxcar capture apply} and {@code print} that say what is captured. */
final class CaptureOptions {
    private static final long MAX_ID = 0xffff_fffeL;

    private enum Mode {
        REDIRECT,
        TPROXY
    }

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "redirect",
            description = "redirect or tproxy, as the listener's key capture. Default: redirect.")
    private Mode mode = Mode.REDIRECT;

    @Option(
            names = "--to-port",
            paramLabel = "PORT",
            description = "The port of the listener for connections made here; without it they are left alone.")
    private int toPort;

    @Option(
            names = "--ports",
            paramLabel = "PORTS",
            defaultValue = "all",
            description = "Ports to which connections made here are captured: 80,6379,8000-8100 or all. Default: all.")
    private String ports = "all";

    @Option(
            names = "--inbound-to-port",
            paramLabel = "PORT",
            description = "The port of the listener for connections from elsewhere; without it they are left alone.")
    private int inboundToPort;

    @Option(
            names = "--inbound-ports",
            paramLabel = "PORTS",
            defaultValue = "",
            description = "Ports to which connections from elsewhere are captured, or all.")
    private String inboundPorts = "";

    @Option(
            names = "--exclude-uid",
            paramLabel = "UIDS",
            split = ",",
            defaultValue = "1337",
            description =
                    "Users whose connections are left alone, the one that Boxcar runs as among them; none for none."
                            + " Default: 1337.")
    private List<String> uids = List.of("1337");

    @Option(
            names = "--exclude-gid",
            paramLabel = "GIDS",
            split = ",",
            defaultValue = "none",
            description = "Groups whose connections are left alone; none for none, which is the default.")
    private List<String> gids = List.of("none");

    @Option(
            names = "--exclude-cidr",
            paramLabel = "BLOCKS",
            split = ",",
            description = "Addresses to which connections made here are left alone: 10.96.0.0/12,fd00::/8.")
    private List<String> blocks = List.of();

    @Option(
            names = "--exclude-ports",
            paramLabel = "PORTS",
            defaultValue = "",
            description = "Ports to which connections are left alone, besides 9464 and those of the listeners.")
    private String excludedPorts = "";

    @Option(names = "--no-ipv6", description = "Leave IPv6 alone.")
    private boolean withoutIpv6;

    @Option(
            names = "--tool",
            paramLabel = "TOOL",
            defaultValue = "auto",
            description = "auto, nft or iptables. Default: auto, which is nft if there is one.")
    private RuleSetup.Tool tool = RuleSetup.Tool.AUTO;

    @Option(
            names = "--force",
            description =
                    "Allow outbound rules that exclude no user and no group. Boxcar then refuses what it gets of its own.")
    private boolean force;

    RuleSetup.Tool tool() {
        return tool;
    }

    static String name(RuleSetup.Tool tool) {
        return tool.name().toLowerCase(Locale.ROOT);
    }

    /** @throws ParameterException if they do not fit together */
    CaptureRules rules(CommandLine command) {
        if (toPort == 0 && inboundToPort == 0) {
            throw new ParameterException(
                    command, "nothing to capture; add --to-port PORT, --inbound-to-port PORT or both");
        }
        List<Long> users = ids(command, "--exclude-uid", uids);
        List<Long> groups = ids(command, "--exclude-gid", gids);
        if (toPort != 0 && users.isEmpty() && groups.isEmpty() && !force) {
            throw new ParameterException(
                    command,
                    "without an excluded user or group Boxcar's own connections would be captured too, and go round in a"
                            + " circle; add --exclude-uid with the user that Boxcar runs as");
        }
        if (inboundToPort != 0 && inboundPorts.isBlank()) {
            throw new ParameterException(command, "--inbound-to-port needs --inbound-ports PORTS");
        }
        if (inboundToPort == 0 && !inboundPorts.isBlank()) {
            throw new ParameterException(command, "--inbound-ports needs --inbound-to-port PORT");
        }
        List<PortRanges.Range> excluded = new ArrayList<>();
        for (int port :
                new int[] {9464, port(command, "--to-port", toPort), port(command, "--inbound-to-port", inboundToPort)
                }) {
            if (port != 0) {
                excluded.add(new PortRanges.Range(port, port));
            }
        }
        PortRanges more = parsed(command, "--exclude-ports", excludedPorts, PortRanges::parse);
        more.ranges().stream().filter(range -> !excluded.contains(range)).forEach(excluded::add);
        return new CaptureRules(
                mode == Mode.TPROXY ? CaptureConfig.Mode.TPROXY : CaptureConfig.Mode.REDIRECT,
                toPort == 0 ? null : direction(command, "--ports", ports, toPort),
                inboundToPort == 0 ? null : direction(command, "--inbound-ports", inboundPorts, inboundToPort),
                users,
                groups,
                blocks.stream()
                        .map(block -> parsed(command, "--exclude-cidr", block.strip(), Cidr::parse))
                        .toList(),
                new PortRanges(excluded),
                !withoutIpv6);
    }

    private static int port(CommandLine command, String option, int port) {
        if (port < 0 || port > 65535) {
            throw new ParameterException(command, option + ": " + port + " is not a port from 1 to 65535");
        }
        return port;
    }

    private static CaptureRules.Direction direction(CommandLine command, String option, String ports, int to) {
        PortRanges captured = ports.equals("all") ? PortRanges.NONE : parsed(command, option, ports, PortRanges::parse);
        if (captured.isEmpty() && !ports.equals("all")) {
            throw new ParameterException(command, option + " names no port; write 80,6379 or all");
        }
        return new CaptureRules.Direction(captured, to);
    }

    private static List<Long> ids(CommandLine command, String option, List<String> texts) {
        List<Long> ids = new ArrayList<>();
        for (String text : texts) {
            if (text.isBlank() || text.equals("none")) {
                continue;
            }
            ids.add(parsed(command, option, text.strip(), CaptureOptions::id));
        }
        return ids;
    }

    private static Long id(String text) {
        try {
            long id = Long.parseLong(text);
            if (id >= 0 && id <= MAX_ID) {
                return id;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException("'" + text + "' is not the number of a user or group");
    }

    private static <T> T parsed(CommandLine command, String option, String text, Function<String, T> parser) {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, option + ": " + e.getMessage());
        }
    }
}
