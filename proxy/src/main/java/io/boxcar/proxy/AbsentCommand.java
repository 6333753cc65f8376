package io.boxcar.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** Stands in for a subcommand whose module was left out, and says so. */
@Command(hidden = true)
final class AbsentCommand implements Callable<Integer> {

    @Unmatched
    private List<String> ignored = new ArrayList<>();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine()
                .getErr()
                .println("boxcar: " + spec.name()
                        + " is part of the module loadtest, which this distribution leaves out;"
                        + " use the complete one, or build it from the source");
        return Main.WRONG_USAGE;
    }
}
