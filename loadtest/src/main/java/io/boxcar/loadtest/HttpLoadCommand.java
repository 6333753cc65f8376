package io.boxcar.loadtest;

import io.boxcar.proxy.HelpOption;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that {@code boxcar load http} and {@code boxcar load 1mrc} have in common. */
final class HttpLoadCommand {
    @Option(names = "--target", paramLabel = "HOST:PORT", required = true, description = "What to put load on.")
    private String target = "";

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "50",
            description = "Client connections, one request in flight on each; default ${DEFAULT-VALUE}.")
    private int connections;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "0",
            description = {
                "Requests per second, whether or not responses arrive (open loop); latency then counts from the moment at"
                        + " which a request was due. Default: each connection sends its next request when its response"
                        + " has arrived."
            })
    private double rate;

    @Option(
            names = "--response-limit",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "A request without a response for so long is an error, default ${DEFAULT-VALUE}.")
    private double responseLimit;

    private HttpLoadCommand() {}

    private HttpLoadPlan plan(double warmupSeconds, double measuredSeconds) {
        if (!(Address.parse(target) instanceof Address.Tcp tcp)) {
            throw new IllegalArgumentException("--target must be HOST:PORT, but is " + target);
        }
        return new HttpLoadPlan(
                tcp.host(), tcp.port(), connections, rate, ns(warmupSeconds), ns(measuredSeconds), ns(responseLimit));
    }

    private static long ns(double seconds) {
        return (long) (seconds * 1e9);
    }

    private String describe() {
        return connections + " connections to " + target
                + (rate > 0 ? String.format(Locale.ROOT, ", %,.0f requests/s", rate) : "");
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("target", target);
        settings.put("connections", connections);
        settings.put("rate", rate);
        settings.put("responseLimitSeconds", responseLimit);
        return settings;
    }

    @Command(
            name = "http",
            description = {
                "HTTP/1.1 requests over connections that are kept alive.",
                "Exits with 1 if any request got an error status, nothing, or the response of another request."
            })
    static final class Http implements Callable<Integer> {
        @Mixin
        private final HelpOption help = new HelpOption();

        @Mixin
        private final HttpLoadCommand options = new HttpLoadCommand();

        @Mixin
        private final LoadOutput output = new LoadOutput();

        @Option(
                names = {"--seconds", "--duration"},
                paramLabel = "N",
                defaultValue = "10",
                description = "Length of the measured window, default ${DEFAULT-VALUE}.")
        private double seconds;

        @Option(
                names = "--warmup",
                paramLabel = "SECONDS",
                defaultValue = "1",
                description = "Time before the window, default ${DEFAULT-VALUE}; none with --requests.")
        private double warmup;

        @Option(
                names = "--requests",
                paramLabel = "N",
                defaultValue = "0",
                description = "Send exactly so many requests and measure all of them, however long it takes.")
        private long requests;

        @Option(
                names = "--path",
                paramLabel = "PATH",
                defaultValue = "/",
                description = "What to ask for, default ${DEFAULT-VALUE}.")
        private String path = "";

        @Option(names = "--method", paramLabel = "METHOD", description = "Default is GET, and POST with a body.")
        private @Nullable String method;

        @Option(
                names = "--body-bytes",
                paramLabel = "N",
                defaultValue = "0",
                description = "Length of the requests' bodies, default none.")
        private int bodyBytes;

        @Option(
                names = "--check-tokens",
                description =
                        "Put a token into each request, and expect it back: for --path /echo of boxcar origin http.")
        private boolean checkTokens;

        @Override
        public Integer call() {
            HttpLoadPlan plan;
            HttpRequests script;
            try {
                plan = requests > 0 ? options.plan(0, 0) : options.plan(warmup, Math.max(seconds, 1e-3));
                String verb = method == null ? bodyBytes > 0 ? "POST" : "GET" : method;
                script = new HttpRequests(verb, path, bodyBytes, requests, checkTokens);
                output.check();
            } catch (IllegalArgumentException e) {
                System.err.println("boxcar load http: " + e.getMessage());
                return 2;
            }
            Progress progress = output.progress();
            progress.step(options.describe());
            try {
                LoadResult result = HttpLoad.run(plan, script, progress.watcher());
                progress.clear();
                output.write(settings(script), result);
                return result.isClean() ? 0 : 1;
            } catch (IOException e) {
                progress.clear();
                System.err.println("boxcar load http: " + e.getMessage());
                return 1;
            }
        }

        private Map<String, Object> settings(HttpRequests script) {
            Map<String, Object> settings = options.settings();
            settings.put("method", script.method());
            settings.put("path", script.path());
            settings.put("bodyBytes", script.bodyBytes());
            settings.put("requests", script.count());
            settings.put("checkTokens", script.checkTokens());
            if (script.count() == 0) {
                settings.put("warmupSeconds", warmup);
                settings.put("seconds", seconds);
            }
            return settings;
        }
    }

    @Command(
            name = "1mrc",
            description = {
                "The one-million-request challenge: resets the target, sends event i ="
                        + " {\"userId\":\"user_\"+i%%75000,\"value\":i%%1000} for each i once, and compares what GET"
                        + " /stats tells with what it must be.",
                "Exits with 1 if they differ, or if a request was not answered with 201."
            })
    static final class Challenge implements Callable<Integer> {
        @Mixin
        private final HelpOption help = new HelpOption();

        @Mixin
        private final HttpLoadCommand options = new HttpLoadCommand();

        @Option(
                names = "--requests",
                paramLabel = "N",
                defaultValue = "1000000",
                description = "How many events, default ${DEFAULT-VALUE}.")
        private long requests;

        @Option(
                names = "--allow-failures",
                description = {
                    "For a target whose connections break: a request may fail if its client is told so. Then acknowledged"
                            + " <= counted <= sent must hold, and no event may have been counted twice."
                })
        private boolean allowFailures;

        @Override
        public Integer call() {
            HttpLoadPlan plan;
            try {
                plan = options.plan(0, 0);
                if (requests < 1) {
                    throw new IllegalArgumentException("--requests must be at least 1");
                }
            } catch (IllegalArgumentException e) {
                System.err.println("boxcar load 1mrc: " + e.getMessage());
                return 2;
            }
            Progress progress = Progress.onStandardOutput();
            progress.step(String.format(Locale.ROOT, "%,d events over %s", requests, options.describe()));
            try {
                ChallengeReport report = ChallengeLoad.run(plan, requests, allowFailures, progress.watcher());
                progress.clear();
                System.out.print(report.table() + "\n" + report.figures());
                if (report.isRight()) {
                    System.out.print(report.load().describeTrouble()); // failures that were allowed
                    return 0;
                }
                System.out.flush();
                System.err.print("boxcar load 1mrc: the counts do not add up\n" + report.trouble());
                return 1;
            } catch (IOException e) {
                progress.clear();
                System.err.println("boxcar load 1mrc: " + e.getMessage());
                return 1;
            }
        }
    }
}
