package io.boxcar.loadtest;

import io.boxcar.loadtest.origin.HttpOrigin;
import io.boxcar.proxy.HelpOption;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of {@code boxcar origin http} and {@code boxcar origin 1mrc}, and what they do with them. */
final class HttpOriginCommand {
    @Option(
            names = "--listen",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1:8000",
            description = "PORT, HOST:PORT or unix:/path, default ${DEFAULT-VALUE}.")
    private String listen = "";

    @Option(
            names = "--workers",
            paramLabel = "N",
            defaultValue = "0",
            description = "Event loops; 0 (default) for one per CPU, at most 4.")
    private int workers;

    @Option(
            names = "--resets-per-second",
            paramLabel = "N",
            defaultValue = "0",
            description = "Resets a connection at random so often, default never.")
    private double resetsPerSecond;

    private HttpOriginCommand() {}

    /** Starts one kind of origin. */
    @FunctionalInterface
    private interface Starter {
        HttpOrigin start(Address listen, int workers) throws IOException;
    }

    private int serve(String name, Starter starter) throws InterruptedException {
        Address address;
        try {
            address = Address.parse(listen);
        } catch (IllegalArgumentException e) {
            System.err.println("boxcar origin " + name + ": --listen: " + e.getMessage());
            return 2;
        }
        if (workers < 0 || resetsPerSecond < 0 || resetsPerSecond > 10_000) {
            System.err.println(
                    "boxcar origin " + name + ": --workers must be 0 or more, --resets-per-second from 0 to 10000");
            return 2;
        }
        int count = workers == 0 ? Math.min(Runtime.getRuntime().availableProcessors(), 4) : workers;
        try (HttpOrigin origin = starter.start(address, count);
                ScheduledExecutorService resets = Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("resets").factory())) {
            if (resetsPerSecond > 0) {
                Random random = new Random();
                long periodUs = (long) (1e6 / resetsPerSecond);
                var unused = resets.scheduleAtFixedRate(
                        () -> origin.resetRandomConnection(random), periodUs, periodUs, TimeUnit.MICROSECONDS);
            }
            System.out.println(name + " ready on " + origin.address() + "; Ctrl-C ends it");
            System.out.flush();
            new StopSignal().await();
            resets.shutdownNow();
            return 0;
        } catch (IOException e) {
            System.err.println("boxcar origin " + name + ": " + e.getMessage());
            return 1;
        }
    }

    @Command(
            name = "http",
            description = "Runs an HTTP/1.1 and HTTP/2 (prior knowledge) server with a page for each thing that a proxy"
                    + " has to carry; GET / lists them.")
    static final class Http implements Callable<Integer> {
        @Mixin
        private final HelpOption help = new HelpOption();

        @Mixin
        private final HttpOriginCommand options = new HttpOriginCommand();

        @Override
        public Integer call() throws InterruptedException {
            return options.serve("http", HttpOrigin::start);
        }
    }

    @Command(
            name = "1mrc",
            description = "Runs a server for the one-million-request challenge: POST /event, GET /stats, POST /reset.")
    static final class Challenge implements Callable<Integer> {
        @Mixin
        private final HelpOption help = new HelpOption();

        @Mixin
        private final HttpOriginCommand options = new HttpOriginCommand();

        @Override
        public Integer call() throws InterruptedException {
            return options.serve("1mrc", HttpOrigin::startChallenge);
        }
    }
}
