package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.Children;
import io.boxcar.loadtest.Progress;
import io.boxcar.proxy.CliCommand;
import io.boxcar.proxy.HelpOption;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code boxcar compare}: Boxcar beside the proxies that are found on this machine. */
@Command(
        name = "compare",
        description = "Measures Boxcar beside other proxies and beside the direct path, with the same load by turns.",
        subcommands = {CompareCommand.Redis.class, CompareCommand.Http.class})
public final class CompareCommand implements CliCommand {
    @Mixin
    private final HelpOption help = new HelpOption();

    @Override
    public Object command() {
        return this;
    }

    @Command(
            name = "redis",
            description = {
                "Direct, Boxcar, and those of twemproxy (nutcracker), predixy, envoy and camellia that are found, in front of one"
                        + " Redis (redis-server on the PATH, else an embedded one).",
                "Exits with 1 if any response was wrong or missing on Boxcar's path."
            })
    static final class Redis implements Callable<Integer> {
        @Mixin
        private final HelpOption help = new HelpOption();

        @Mixin
        private final CompareOptions options = new CompareOptions();

        @Override
        public Integer call() throws InterruptedException {
            return compare(Protocol.REDIS, options);
        }
    }

    @Command(
            name = "http",
            description = {
                "Direct, Boxcar, and those of haproxy, nginx and envoy that are found, in front of one HTTP server (nginx on the"
                        + " PATH, else boxcar origin http).",
                "Exits with 1 if any response was wrong or missing on Boxcar's path."
            })
    static final class Http implements Callable<Integer> {
        @Mixin
        private final HelpOption help = new HelpOption();

        @Mixin
        private final CompareOptions options = new CompareOptions();

        @Override
        public Integer call() throws InterruptedException {
            return compare(Protocol.HTTP, options);
        }
    }

    private static int compare(Protocol protocol, CompareOptions options) throws InterruptedException {
        String name = "boxcar compare " + protocol.key() + ": ";
        ComparePlan plan;
        try {
            plan = options.plan(protocol);
        } catch (IllegalArgumentException e) {
            System.err.println(name + e.getMessage());
            return 2;
        }
        Children children = new Children();
        Progress progress = Progress.onStandardOutput();
        try {
            Comparison.Outcome outcome = new Comparison(plan, children, progress).run();
            System.out.println();
            System.out.print(new CompareTables(outcome).text());
            System.out.flush();
            options.write(outcome);
            return trouble(outcome, name);
        } catch (IOException e) {
            progress.clear();
            if (!children.areStopping()) { // that something fails when it was asked to stop is no news
                System.err.println(name + e.getMessage());
            }
            return 1;
        }
    }

    /** Reports what went wrong on any path; on Boxcar's it is a failure. */
    private static int trouble(Comparison.Outcome outcome, String name) {
        int status = 0;
        for (String path : outcome.results().paths()) {
            String trouble = outcome.results().trouble(path);
            if (!trouble.isEmpty()) {
                System.err.println(name + "not every request got its response\n" + trouble.strip());
                status = path.startsWith(Results.BOXCAR) ? 1 : status;
            }
        }
        return status;
    }
}
