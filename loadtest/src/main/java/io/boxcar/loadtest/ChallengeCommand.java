package io.boxcar.loadtest;

import io.boxcar.proxy.HelpOption;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code boxcar load 1mrc}. */
@Command(
        name = "1mrc",
        description = {
            "The one-million-request challenge: resets the target, sends event i ="
                    + " {\"userId\":\"user_\"+i%%75000,\"value\":i%%1000} for each i once, and compares what GET"
                    + " /stats tells with what it must be.",
            "Exits with 1 if they differ, or if a request was not answered with 201."
        })
final class ChallengeCommand implements Callable<Integer> {
    @Mixin
    private final HelpOption help = new HelpOption();

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
            plan = plan();
            if (requests < 1) {
                throw new IllegalArgumentException("--requests must be at least 1");
            }
        } catch (IllegalArgumentException e) {
            System.err.println("boxcar load 1mrc: " + e.getMessage());
            return 2;
        }
        Progress progress = Progress.onStandardOutput();
        progress.step(String.format(Locale.ROOT, "%,d events over %s", requests, describe()));
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

    private HttpLoadPlan plan() {
        if (!(Address.parse(target) instanceof Address.Tcp tcp)) {
            throw new IllegalArgumentException("--target must be HOST:PORT, but is " + target);
        }
        return new HttpLoadPlan(tcp.host(), tcp.port(), connections, rate, 0, 0, (long) (responseLimit * 1e9));
    }

    private String describe() {
        return connections + " connections to " + target
                + (rate > 0 ? String.format(Locale.ROOT, ", %,.0f requests/s", rate) : "");
    }
}
