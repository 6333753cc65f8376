package io.boxcar.loadtest;

import io.boxcar.proxy.CliCommand;
import io.boxcar.proxy.HelpOption;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code boxcar origin}: the embedded origins on their own. */
@Command(
        name = "origin",
        description = "Runs an embedded origin until Ctrl-C.",
        subcommands = {OriginCommand.Redis.class, HttpOriginCommand.Http.class, HttpOriginCommand.Challenge.class})
public final class OriginCommand implements CliCommand {
    @Mixin
    private final HelpOption help = new HelpOption();

    @Override
    public Object command() {
        return this;
    }

    @Command(
            name = "redis",
            description =
                    "Runs a Redis that keeps nothing on disk: the redis-server on the PATH, else an embedded one.")
    static final class Redis implements Callable<Integer> {
        @Mixin
        private final HelpOption help = new HelpOption();

        @Option(
                names = "--listen",
                paramLabel = "ADDRESS",
                defaultValue = "127.0.0.1:6379",
                description = "PORT, HOST:PORT or unix:/path, default ${DEFAULT-VALUE}.")
        private String listen = "";

        @Override
        public Integer call() throws InterruptedException {
            Address address;
            try {
                address = Address.parse(listen);
            } catch (IllegalArgumentException e) {
                System.err.println("boxcar origin redis: --listen: " + e.getMessage());
                return 2;
            }
            try (RedisOrigin origin = RedisOrigin.start(new Children(), address, List.of())) {
                System.out.println(
                        "redis ready on " + origin.address() + " (process " + origin.pid() + "); Ctrl-C ends it");
                System.out.flush();
                new StopSignal().await();
                return 0;
            } catch (IOException e) {
                System.err.println("boxcar origin redis: " + e.getMessage());
                return 1;
            }
        }
    }
}
