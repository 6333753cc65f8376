package io.boxcar.proxy;

import io.boxcar.proxy.config.InvalidConfig;
import io.boxcar.proxy.rules.RulesFailed;
import java.io.PrintWriter;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line {@code boxcar}. */
@Command(
        name = "boxcar",
        header = "Merges the requests of many local connections into batches for few upstream connections.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {"", "boxcar help COMMAND tells more, as does boxcar COMMAND --help."})
public final class Main implements Callable<Integer> {

    public static final int OK = 0;
    public static final int CANNOT_SERVE = 1;
    public static final int WRONG_USAGE = 2;

    /** Subcommands of the module loadtest, which a small distribution leaves out. */
    private static final List<String> OF_LOADTEST = List.of("demo", "load", "origin", "compare");

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Main() {}

    /** The one place where the command line meets the sidecar. */
    public static void main(String[] args) {
        RunArguments run = RunArguments.of(args);
        System.exit(
                run != null
                        ? run.execute(
                                Protocols.NAMES,
                                new Sidecar(),
                                new PrintWriter(System.out, true),
                                new PrintWriter(System.err, true))
                        : commandLine(Protocols.NAMES, new Sidecar(), ServiceLoader.load(CliCommand.class))
                                .execute(args));
    }

    /**
     * The whole command line; its {@code execute} returns the exit code.
     *
     * @param protocols the names that a listener's {@code protocol} may have
     */
    static CommandLine commandLine(Set<String> protocols, Runner runner, Iterable<CliCommand> others) {
        CommandLine boxcar = new CommandLine(new Main())
                .addSubcommand(new RunCommand(protocols, runner))
                .addSubcommand(new CheckCommand(protocols))
                .addSubcommand(new CaptureCommand())
                .addSubcommand(new DrainCommand())
                .addSubcommand(new QuitCommand())
                .addSubcommand(new VersionCommand())
                .addSubcommand(new HelpCommand());
        others.forEach(other -> boxcar.addSubcommand(other.command()));
        for (String name : OF_LOADTEST) {
            if (!boxcar.getSubcommands().containsKey(name)) {
                boxcar.addSubcommand(name, new AbsentCommand());
            }
        }
        return boxcar.setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Main::explainUsage)
                .setExecutionExceptionHandler(Main::explainFailure);
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return WRONG_USAGE;
    }

    private static int explainUsage(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("boxcar: " + e.getMessage());
        UnmatchedArgumentException.printSuggestions(e, err);
        err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
        err.flush();
        return WRONG_USAGE;
    }

    private static int explainFailure(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
        return e instanceof InvalidConfig invalid
                ? explainInvalid(invalid, command.getErr())
                : explainFailure(e, command.getCommandName(), command.getErr());
    }

    static int explainInvalid(InvalidConfig e, PrintWriter err) {
        e.problems().forEach(err::println);
        err.flush();
        return WRONG_USAGE;
    }

    static int explainFailure(Exception e, String command, PrintWriter err) {
        if (e instanceof RulesFailed) {
            err.println("boxcar: " + e.getMessage());
            err.flush();
            return CANNOT_SERVE;
        }
        err.println("boxcar: " + command + " failed; this is a mistake in Boxcar, please report it:");
        e.printStackTrace(err);
        err.flush();
        return CANNOT_SERVE;
    }
}
