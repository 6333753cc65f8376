package io.boxcar.proxy;

import io.boxcar.proxy.rules.CaptureRules;
import io.boxcar.proxy.rules.Commands;
import io.boxcar.proxy.rules.ProcessCommands;
import io.boxcar.proxy.rules.RuleSetup;
import io.boxcar.proxy.rules.ShownCommands;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "capture",
        header = "Write the rules of the kernel that lead connections to a captured listener.",
        synopsisSubcommandLabel = "apply|remove|print",
        description = {
            "Rules of nftables, or of iptables where there is no nft, lead TCP connections of this network namespace to a"
                    + " listener with capture = redirect or capture = tproxy. They take the capability NET_ADMIN; the sidecar"
                    + " itself takes none (tproxy: NET_ADMIN or NET_RAW).",
            ""
        },
        commandListHeading = "Commands:%n",
        footer = {
            "",
            "Examples:",
            "  boxcar capture apply --to-port 15001 --ports 80,6379 --exclude-uid 1337",
            "  boxcar capture apply --to-port 15001 --ports all --exclude-cidr 10.96.0.10 --inbound-to-port 15006 --inbound-ports 8080",
            "  boxcar capture apply --mode tproxy --to-port 15001 --ports 6379 --dry-run",
            "  boxcar capture remove"
        },
        subcommands = {CaptureCommand.Apply.class, CaptureCommand.Remove.class, CaptureCommand.Print.class})
final class CaptureCommand implements Callable<Integer> {

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return Main.WRONG_USAGE;
    }

    private static Commands real() {
        return new ProcessCommands(System.getenv());
    }

    private static final class DryRun {
        @Option(names = "--dry-run", description = "Show the commands, and change nothing.")
        private boolean isWanted;

        Commands commands(PrintWriter out) {
            return isWanted ? new ShownCommands(real(), out) : real();
        }
    }

    @Command(
            sortOptions = false,
            name = "apply",
            header = "Put the rules in place; those of an earlier call are replaced.",
            footer = {
                "",
                "Connections to 127.0.0.0/8 and ::1, to port 9464 (admin) and to the listeners' own ports are never captured.",
                "Example: boxcar capture apply --to-port 15001 --ports 80,6379 --exclude-uid 1337"
            })
    static final class Apply implements Callable<Integer> {
        @Mixin
        private final CaptureOptions options = new CaptureOptions();

        @Mixin
        private final DryRun dryRun = new DryRun();

        @Mixin
        private final HelpOption help = new HelpOption();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws Exception {
            CaptureRules rules = options.rules(spec.commandLine());
            PrintWriter out = spec.commandLine().getOut();
            RuleSetup setup = new RuleSetup(dryRun.commands(out));
            RuleSetup.Tool tool = setup.choose(options.tool());
            setup.apply(rules, tool);
            if (!dryRun.isWanted) {
                out.println("boxcar: captured with " + CaptureOptions.name(tool) + ": " + rules);
            }
            out.flush();
            return Main.OK;
        }
    }

    @Command(
            sortOptions = false,
            name = "remove",
            header = "Take all rules of Boxcar away, whichever tool wrote them; it is well if there are none.")
    static final class Remove implements Callable<Integer> {
        @Mixin
        private final DryRun dryRun = new DryRun();

        @Mixin
        private final HelpOption help = new HelpOption();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws Exception {
            PrintWriter out = spec.commandLine().getOut();
            new RuleSetup(dryRun.commands(out)).remove();
            if (!dryRun.isWanted) {
                out.println("boxcar: no rules of Boxcar are in place any more");
            }
            out.flush();
            return Main.OK;
        }
    }

    @Command(
            sortOptions = false,
            name = "print",
            header = "Show the rules that apply would put in place, or those that are.",
            footer = {"", "Example: boxcar capture print --to-port 15001 --ports 80,6379 | nft -c -f -"})
    static final class Print implements Callable<Integer> {
        @Mixin
        private final CaptureOptions options = new CaptureOptions();

        @Option(
                names = "--installed",
                description = "Show the rules of Boxcar that are in place, in place of those of the options.")
        private boolean installed;

        @Mixin
        private final HelpOption help = new HelpOption();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws Exception {
            PrintWriter out = spec.commandLine().getOut();
            RuleSetup setup = new RuleSetup(real());
            out.print(installed ? setup.installed() : setup.text(options.rules(spec.commandLine()), options.tool()));
            out.flush();
            return Main.OK;
        }
    }
}
