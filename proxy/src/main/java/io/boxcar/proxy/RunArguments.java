package io.boxcar.proxy;

import io.boxcar.proxy.config.InvalidConfig;
import java.io.PrintWriter;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a {@code boxcar run} that need no explanation, read without picocli: its reflection over all commands takes as
 * long as everything else at the start, and its classes, which are of Java 5, cannot be in the AOT cache. Whatever is unusual, help and
 * mistakes above all, is picocli's.
 */
final class RunArguments {
    private final ConfigOptions options = new ConfigOptions();
    private boolean takesOver;

    private RunArguments() {}

    /** @return null if picocli is to look at them */
    static @Nullable RunArguments of(String... arguments) {
        if (arguments.length == 0 || !arguments[0].equals("run")) {
            return null;
        }
        RunArguments run = new RunArguments();
        for (int i = 1; i < arguments.length; i++) {
            String argument = arguments[i];
            if (argument.equals("--take-over") && !run.takesOver) {
                run.takesOver = true;
                continue;
            }
            int equals = argument.indexOf('=');
            String name = equals < 0 ? argument : argument.substring(0, equals);
            String value;
            if (equals >= 0) {
                value = argument.substring(equals + 1);
            } else if (++i < arguments.length) {
                value = arguments[i];
            } else {
                return null;
            }
            if (value.isEmpty() || value.startsWith("-") || !run.options.take(name, value)) {
                return null;
            }
        }
        return run;
    }

    /** As picocli would have it run; returns the exit code. */
    int execute(Set<String> protocols, Runner runner, PrintWriter out, PrintWriter err) {
        try {
            return runner.run(options.source(protocols), takesOver, out, err);
        } catch (InvalidConfig e) {
            return Main.explainInvalid(e, err);
        } catch (Exception e) {
            return Main.explainFailure(e, "run", err);
        }
    }
}
