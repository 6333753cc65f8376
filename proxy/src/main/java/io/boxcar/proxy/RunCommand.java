package io.boxcar.proxy;

import java.io.PrintWriter;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        sortOptions = false,
        name = "run",
        header = "Serve until SIGTERM or SIGINT, then drain.",
        description = "Without options it serves 127.0.0.1:6380 for the Redis at 127.0.0.1:6379.",
        footer = {
            "",
            "Example: boxcar run --redis 6380=127.0.0.1:6379 --admin 127.0.0.1:9464",
            "Exit codes: 0 after a clean drain, 1 cannot serve, 2 wrong configuration or usage."
        })
final class RunCommand implements Callable<Integer> {

    @Mixin
    private final ConfigOptions options = new ConfigOptions();

    @Option(
            names = "--take-over",
            description = "Replace the Boxcar that serves this configuration now: listen beside it, then let it drain."
                    + " No connection is refused meanwhile.")
    private boolean takesOver;

    @Mixin
    private final HelpOption help = new HelpOption();

    private final Set<String> protocols;
    private final Runner runner;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    RunCommand(Set<String> protocols, Runner runner) {
        this.protocols = protocols;
        this.runner = runner;
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        return runner.run(options.source(protocols), takesOver, out, err);
    }
}
