package io.boxcar.proxy;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code POST /drain}: the preStop hook of a container whose image has nothing but Boxcar. */
@Command(
        sortOptions = false,
        name = "drain",
        header = "Tell a running Boxcar to drain.",
        description = "Returns at once; the drain goes on. SIGTERM, which follows a preStop hook, then finishes in"
                + " bounded time.",
        footer = {"", "Example: boxcar drain --direction inbound", "Exit codes: 0 it drains, 1 it could not be told."})
final class DrainCommand implements Callable<Integer> {

    /** What is drained; the names are those of the parameter {@code direction}. */
    enum Direction {
        inbound,
        all
    }

    @Option(
            names = "--direction",
            paramLabel = "inbound|all",
            defaultValue = "all",
            description =
                    "inbound = only what others send to this host: its own requests go on, and Boxcar stays. all ="
                            + " everything, then Boxcar ends. Default: ${DEFAULT-VALUE}.")
    private Direction direction = Direction.all;

    @Option(
            names = "--hold",
            paramLabel = "TIME",
            defaultValue = "0 s",
            description =
                    "Return only this long after, as in --hold 15s: Kubernetes sends SIGTERM to a plain container when"
                            + " its preStop hook returns, and the application may need Boxcar for longer. Default: ${DEFAULT-VALUE}.")
    private String hold = "";

    @Mixin
    private final AdminOptions admin = new AdminOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        Duration held = held();
        int exitCode = admin.post(
                "/drain?direction=" + direction,
                spec.commandLine().getOut(),
                spec.commandLine().getErr());
        // A Boxcar that cannot be told is still held up for as long: the application needs that time in any case.
        Thread.sleep(held);
        return exitCode;
    }

    private Duration held() {
        try {
            return ConfigFactory.parseMap(Map.of("hold", hold)).getDuration("hold");
        } catch (ConfigException e) {
            throw new ParameterException(
                    spec.commandLine(), "--hold " + hold + " is not a time; write it as in --hold 15s", e);
        }
    }
}
