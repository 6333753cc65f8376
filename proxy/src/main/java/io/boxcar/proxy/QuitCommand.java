package io.boxcar.proxy;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code POST /quit}. */
@Command(
        sortOptions = false,
        name = "quit",
        header = "Tell a running Boxcar on this host to end as on SIGTERM.",
        description = "For Jobs whose Boxcar is a plain container beside the one that does the work.",
        footer = {"", "Exit codes: 0 it ends, 1 it could not be told."})
final class QuitCommand implements Callable<Integer> {

    @Mixin
    private final AdminOptions admin = new AdminOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        return admin.post(
                "/quit", spec.commandLine().getOut(), spec.commandLine().getErr());
    }
}
