package io.boxcar.proxy;

/**
 * A subcommand that another module adds to the command line. Modules name their implementations, which have a public
 * constructor without parameters, in {@code META-INF/services/io.boxcar.proxy.CliCommand}.
 */
public interface CliCommand {

    /**
     * An object annotated with picocli's {@code @Command}, which gives the name; it implements {@code Callable<Integer>} and
     * returns the exit code. A {@code @Mixin HelpOption} gives it {@code --help}.
     */
    Object command();
}
