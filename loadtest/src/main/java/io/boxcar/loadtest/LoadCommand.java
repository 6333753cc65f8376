package io.boxcar.loadtest;

import io.boxcar.proxy.CliCommand;
import io.boxcar.proxy.HelpOption;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code boxcar load}: the load generator from the command line. */
@Command(
        name = "load",
        description = "Puts load on an origin or a proxy, and checks each response.",
        subcommands = {LoadCommand.Redis.class, HttpLoadCommand.Http.class, HttpLoadCommand.Challenge.class})
public final class LoadCommand implements CliCommand {
    @Mixin
    private final HelpOption help = new HelpOption();

    @Override
    public Object command() {
        return this;
    }

    @Command(
            name = "redis",
            description = {
                "Closed-loop SET and GET from many connections; checks that each response belongs to its request.",
                "Exits with 1 if any request got an error, nothing, or the response of another request."
            })
    static final class Redis implements Callable<Integer> {
        @Mixin
        private final HelpOption help = new HelpOption();

        @Mixin
        private final LoadOutput output = new LoadOutput();

        @Option(names = "--target", paramLabel = "HOST:PORT", required = true, description = "What to put load on.")
        private String target = "";

        @Option(
                names = "--connections",
                paramLabel = "N",
                defaultValue = "50",
                description = "Client connections, default ${DEFAULT-VALUE}.")
        private int connections;

        @Option(
                names = "--pipeline",
                paramLabel = "N",
                defaultValue = "1",
                description = "Requests in flight on each connection, default ${DEFAULT-VALUE}.")
        private int pipeline;

        @Option(
                names = "--seconds",
                paramLabel = "N",
                defaultValue = "10",
                description = "Length of the measured window, default ${DEFAULT-VALUE}.")
        private double seconds;

        @Option(
                names = "--requests",
                paramLabel = "N",
                defaultValue = "0",
                description = "End the window after so many requests, 0 for no limit (default).")
        private long requests;

        @Option(
                names = "--warmup",
                paramLabel = "SECONDS",
                defaultValue = "1",
                description = "Time before the window, default ${DEFAULT-VALUE}.")
        private double warmup;

        @Option(
                names = "--value-bytes",
                paramLabel = "N",
                defaultValue = "64",
                description = "Length of the values, default ${DEFAULT-VALUE}.")
        private int valueBytes;

        @Option(
                names = "--mix",
                paramLabel = "PERCENT",
                defaultValue = "50",
                description = "Share of SET, the rest is GET; default ${DEFAULT-VALUE}.")
        private int mix;

        @Option(
                names = "--response-limit",
                paramLabel = "SECONDS",
                defaultValue = "10",
                description = "A request without a response for so long is an error, default ${DEFAULT-VALUE}.")
        private double responseLimit;

        @Override
        public Integer call() {
            LoadPlan plan;
            try {
                if (!(Address.parse(target) instanceof Address.Tcp tcp)) {
                    throw new IllegalArgumentException("--target must be HOST:PORT, but is " + target);
                }
                plan = new LoadPlan(
                        tcp.host(),
                        tcp.port(),
                        connections,
                        pipeline,
                        valueBytes,
                        mix,
                        ns(warmup),
                        ns(seconds),
                        requests,
                        ns(responseLimit));
                output.check();
            } catch (IllegalArgumentException e) {
                System.err.println("boxcar load redis: " + e.getMessage());
                return 2;
            }
            Progress progress = output.progress();
            progress.step("%d connections to %s, %d in flight on each".formatted(connections, target, pipeline));
            try {
                LoadResult result = RedisLoad.run(plan, progress.watcher());
                progress.clear();
                output.write(settings(), result);
                return result.isClean() ? 0 : 1;
            } catch (IOException e) {
                progress.clear();
                System.err.println("boxcar load redis: " + e.getMessage());
                return 1;
            }
        }

        private Map<String, Object> settings() {
            Map<String, Object> settings = new LinkedHashMap<>();
            settings.put("target", target);
            settings.put("connections", connections);
            settings.put("pipeline", pipeline);
            settings.put("warmupSeconds", warmup);
            settings.put("seconds", seconds);
            settings.put("requests", requests);
            settings.put("valueBytes", valueBytes);
            settings.put("mix", mix);
            settings.put("responseLimitSeconds", responseLimit);
            return settings;
        }

        private static long ns(double seconds) {
            return (long) (seconds * 1e9);
        }
    }
}
