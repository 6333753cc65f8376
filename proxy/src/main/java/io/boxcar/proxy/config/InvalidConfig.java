package io.boxcar.proxy.config;

import java.util.List;

/** A configuration that cannot be used: everything that is wrong with it, one sentence each, for the user. */
public final class InvalidConfig extends Exception {

    private static final long serialVersionUID = 1;

    private final List<String> problems;

    InvalidConfig(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** For problems that show only when files are opened which a configuration names. */
    public static void throwIfAny(List<String> problems) throws InvalidConfig {
        if (!problems.isEmpty()) {
            throw new InvalidConfig(problems);
        }
    }

    /** At least one; each starts with its place, as in {@code boxcar.conf:12: }. */
    public List<String> problems() {
        return problems;
    }
}
