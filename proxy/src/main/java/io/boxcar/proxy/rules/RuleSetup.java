package io.boxcar.proxy.rules;

import io.boxcar.proxy.rules.Commands.Outcome;
import io.boxcar.proxy.rules.IptablesRules.Hook;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Puts rules into the kernel and takes them out. To apply them twice changes nothing, whichever rules of Boxcar were there before.
 * Owned by one thread.
 *
 * <pre>
 *   nft:       one table of our own, replaced as a whole
 *   iptables:  chains of our own, replaced as a whole, and one jump to each
 *   tproxy:    besides, a table of routes of our own, and a rule that leads marked packets to it
 * </pre>
 */
public final class RuleSetup {
    /** What writes the rules. */
    public enum Tool {
        /** nft if there is one, else iptables. */
        AUTO,
        NFT,
        IPTABLES
    }

    private static final String ROUTES = "133";
    private static final String PRIORITY = "133";
    private static final List<String> TABLES = List.of("nat", "mangle");

    private final Commands commands;

    public RuleSetup(Commands commands) {
        this.commands = commands;
    }

    /**
     * The tool that is meant.
     *
     * @throws RulesFailed if it is not there
     */
    public Tool choose(Tool wanted) throws RulesFailed {
        if (wanted != Tool.IPTABLES && commands.has("nft")) {
            return Tool.NFT;
        }
        if (wanted != Tool.NFT && commands.has("iptables")) {
            return Tool.IPTABLES;
        }
        throw new RulesFailed(
                switch (wanted) {
                    case AUTO ->
                        "there is neither nft nor iptables here; install the package nftables (Debian, Ubuntu: apt-get install"
                                + " nftables; Alpine: apk add nftables; Fedora: dnf install nftables)";
                    case NFT -> "there is no nft here; install the package nftables, or use --tool iptables";
                    case IPTABLES -> "there is no iptables here; install the package iptables, or use --tool nft";
                });
    }

    /** The rules in the language of the tool. */
    public String text(CaptureRules rules, Tool tool) throws RulesFailed {
        return switch (choose(tool)) {
            case NFT -> NftRules.table(rules);
            case IPTABLES, AUTO ->
                IptablesRules.restore(rules, false, IptablesRules.hooks(rules))
                        + (rules.ipv6() ? IptablesRules.restore(rules, true, IptablesRules.hooks(rules)) : "");
        };
    }

    /** @throws RulesFailed and then what was there before may be there no more */
    public void apply(CaptureRules rules, Tool tool) throws RulesFailed, IOException, InterruptedException {
        if (choose(tool) == Tool.NFT) {
            removeChains();
            must(List.of("nft", "-f", "-"), NftRules.replace(rules));
        } else {
            removeTable();
            applyChains(rules, false);
            if (rules.ipv6()) {
                applyChains(rules, true);
            } else {
                removeChains("ip6tables", TABLES, List.of(Hook.values()));
            }
        }
        if (rules.isTproxy()) {
            applyRoutes(rules.ipv6());
        } else {
            removeRoutes();
        }
    }

    /** Takes away all rules of Boxcar, whichever tool wrote them. */
    public void remove() throws RulesFailed, IOException, InterruptedException {
        choose(Tool.AUTO);
        removeTable();
        removeChains();
        removeRoutes();
    }

    /** The rules of Boxcar that are in the kernel now, whichever tool wrote them; empty if there are none. */
    public String installed() throws RulesFailed, IOException, InterruptedException {
        choose(Tool.AUTO);
        StringBuilder text = new StringBuilder();
        if (commands.has("nft")) {
            text.append(answer(List.of("nft", "list", "table", "inet", "boxcar")));
        }
        for (String family : families()) {
            for (String table : TABLES) {
                answer(List.of(family + "-save", "-t", table))
                        .lines()
                        .filter(line -> line.startsWith("-A") && line.contains("BOXCAR_"))
                        .forEach(line -> text.append(family + " -t " + table + " ")
                                .append(line)
                                .append('\n'));
            }
        }
        for (String family : List.of("-4", "-6")) {
            answer(List.of("ip", family, "rule", "list", "priority", PRIORITY))
                    .lines()
                    .filter(line -> line.contains("lookup " + ROUTES))
                    .forEach(line ->
                            text.append("ip " + family + " rule " + line).append('\n'));
        }
        return text.toString();
    }

    private String answer(List<String> question) throws RulesFailed, IOException, InterruptedException {
        if (!commands.has(question.getFirst())) {
            return "";
        }
        Outcome outcome = commands.ask(question);
        if (isForbidden(outcome)) {
            throw failed(question, outcome);
        }
        return outcome.isGood() ? outcome.output() : "";
    }

    // ---- nft ----

    private void removeTable() throws RulesFailed, IOException, InterruptedException {
        if (commands.has("nft")) {
            must(List.of("nft", "-f", "-"), NftRules.DELETE);
        }
    }

    // ---- iptables ----

    private List<String> families() {
        List<String> families = new ArrayList<>();
        for (String family : List.of("iptables", "ip6tables")) {
            if (commands.has(family)) {
                families.add(family);
            }
        }
        return families;
    }

    private void applyChains(CaptureRules rules, boolean ipv6) throws RulesFailed, IOException, InterruptedException {
        String family = ipv6 ? "ip6tables" : "iptables";
        String table = IptablesRules.table(rules);
        List<Hook> hooks = IptablesRules.hooks(rules);
        for (String other : TABLES) {
            List<Hook> gone = new ArrayList<>(List.of(Hook.values()));
            if (other.equals(table)) {
                gone.removeAll(hooks);
            }
            removeChains(family, List.of(other), gone);
        }
        List<Hook> missing = new ArrayList<>();
        for (Hook hook : hooks) {
            if (!commands.ask(iptables(family, table, "-C", hook.jump())).isGood()) {
                missing.add(hook);
            }
        }
        must(List.of(family + "-restore", "-w", "--noflush"), IptablesRules.restore(rules, ipv6, missing));
    }

    private void removeChains() throws RulesFailed, IOException, InterruptedException {
        for (String family : families()) {
            removeChains(family, TABLES, List.of(Hook.values()));
        }
    }

    private void removeChains(String family, List<String> tables, List<Hook> hooks)
            throws RulesFailed, IOException, InterruptedException {
        if (!commands.has(family)) {
            return;
        }
        for (String table : tables) {
            for (Hook hook : hooks) {
                if (!commands.ask(iptables(family, table, "-S", List.of(hook.chain())))
                        .isGood()) {
                    continue;
                }
                while (commands.ask(iptables(family, table, "-C", hook.jump())).isGood()) {
                    must(iptables(family, table, "-D", hook.jump()), "");
                }
                must(iptables(family, table, "-F", List.of(hook.chain())), "");
                must(iptables(family, table, "-X", List.of(hook.chain())), "");
            }
        }
    }

    private static List<String> iptables(String family, String table, String action, List<String> what) {
        List<String> command = new ArrayList<>(List.of(family, "-w", "-t", table, action));
        command.addAll(what);
        return command;
    }

    // ---- routes for tproxy ----

    private void applyRoutes(boolean ipv6) throws RulesFailed, IOException, InterruptedException {
        if (!commands.has("ip")) {
            throw new RulesFailed("there is no ip here, which tproxy needs; install the package iproute2");
        }
        for (String family : ipv6 ? List.of("-4", "-6") : List.of("-4")) {
            must(List.of("ip", family, "route", "replace", "local", "default", "dev", "lo", "table", ROUTES), "");
            List<String> add = rule(family, "add");
            Outcome added = commands.change(add, "");
            if (!added.isGood() && !added.output().contains("File exists")) {
                throw failed(add, added);
            }
        }
    }

    private void removeRoutes() throws RulesFailed, IOException, InterruptedException {
        if (!commands.has("ip")) {
            return;
        }
        for (String family : List.of("-4", "-6")) {
            List<String> list = List.of("ip", family, "rule", "list", "priority", PRIORITY);
            if (commands.ask(list).output().contains("lookup " + ROUTES)) {
                must(rule(family, "del"), "");
                must(List.of("ip", family, "route", "flush", "table", ROUTES), "");
            }
        }
    }

    private static List<String> rule(String family, String action) {
        return List.of(
                "ip",
                family,
                "rule",
                action,
                "priority",
                PRIORITY,
                "fwmark",
                Integer.toString(NftRules.MARK),
                "lookup",
                ROUTES);
    }

    // ---- failures ----

    private void must(List<String> command, String input) throws RulesFailed, IOException, InterruptedException {
        Outcome outcome = commands.change(command, input);
        if (!outcome.isGood()) {
            throw failed(command, outcome);
        }
    }

    private static boolean isForbidden(Outcome outcome) {
        String output = outcome.output().toLowerCase(Locale.ROOT);
        return !outcome.isGood()
                && (output.contains("operation not permitted")
                        || output.contains("permission denied")
                        || output.contains("must be root"));
    }

    private static RulesFailed failed(List<String> command, Outcome outcome) {
        String program = command.getFirst();
        if (isForbidden(outcome)) {
            return new RulesFailed("the kernel does not let this process change its rules (" + program
                    + "); it takes the capability NET_ADMIN, and NET_RAW too with legacy iptables: run it as root, in a"
                    + " container with capabilities.add: [NET_ADMIN]");
        }
        boolean isIpv6 = program.startsWith("ip6") || command.contains("-6");
        return new RulesFailed(String.join(" ", command) + " failed (exit status " + outcome.status() + "): "
                + outcome.output().strip()
                + (isIpv6 ? "; if this machine has no IPv6, add --no-ipv6" : ""));
    }
}
