package io.boxcar.proxy;

import java.io.PrintWriter;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        sortOptions = false,
        name = "check",
        header = "Check a configuration and print what is in effect.",
        description =
                "Takes the options of run, and prints every key, those with default values too, as a file that --config"
                        + " can read again. Mistakes go to standard error with their file, line and key; then the exit code is 2.")
final class CheckCommand implements Callable<Integer> {

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    private final Set<String> protocols;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    CheckCommand(Set<String> protocols) {
        this.protocols = protocols;
    }

    @Override
    public Integer call() throws Exception {
        String hocon = options.load(protocols).toHocon();
        PrintWriter out = spec.commandLine().getOut();
        out.print(hocon);
        out.flush();
        return Main.OK;
    }
}
