package io.boxcar.loadtest;

import io.boxcar.proxy.CliCommand;
import io.boxcar.proxy.HelpOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code boxcar load}: the load generator from the command line. */
@Command(
        name = "load",
        description = "Puts load on an origin or a proxy, and checks each response.",
        subcommands = {RedisLoadCommand.class, HttpLoadCommand.class, ChallengeCommand.class})
public final class LoadCommand implements CliCommand {
    @Mixin
    private final HelpOption help = new HelpOption();

    @Override
    public Object command() {
        return this;
    }
}
