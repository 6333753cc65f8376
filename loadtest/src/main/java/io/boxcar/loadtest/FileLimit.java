package io.boxcar.loadtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How many files, and so connections, this process may have open. Stateless. */
public final class FileLimit {
    private static final String LINE = "Max open files";
    private static final int OTHERS = 100; // class path, logs, event loop, and some to spare

    private FileLimit() {}

    /** @throws IOException if {@code connections} are too many; says what to do */
    static void check(int connections) throws IOException {
        check(connections, limit());
    }

    static void check(int connections, long limit) throws IOException {
        if (connections + OTHERS > limit) {
            throw new IOException(connections + " connections need more than the " + limit
                    + " open files that this process may have; raise the limit before the start: ulimit -n "
                    + (connections + OTHERS));
        }
    }

    /** The soft limit, which a JVM has raised to the hard one; the largest number where nobody tells. */
    public static long limit() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
                if (line.startsWith(LINE)) {
                    String soft = line.substring(LINE.length()).strip().split(" +", -1)[0];
                    return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
                }
            }
        } catch (IOException | RuntimeException e) {
            return Long.MAX_VALUE;
        }
        return Long.MAX_VALUE;
    }
}
