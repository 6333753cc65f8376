package io.boxcar.proxy;

import picocli.CommandLine.Option;

/** Gives a command {@code --help}: {@code @Mixin HelpOption help}. */
public final class HelpOption {

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    private boolean requested;
}
