package io.boxcar.proxy;

/** A subcommand of {@code boxcar} that another module adds; found through {@link java.util.ServiceLoader}. */
public interface CliCommand {
    /** The picocli command object. */
    Object command();
}
