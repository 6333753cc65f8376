package io.boxcar.loadtest.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How many files and connections this process, and those that it starts, may have open. Stateless. */
final class FileLimit {
    private static final int OTHER_FILES = 500;

    private FileLimit() {}

    /** What {@code connections} take: a proxy may have as many again on its other side. */
    static int needed(int connections) {
        return 2 * connections + OTHER_FILES;
    }

    /** Raises the limit to {@code wanted} if it is lower and if that is allowed; what it is now. */
    static int raiseTo(int wanted) {
        int limit = current();
        if (limit >= wanted) {
            return limit;
        }
        try {
            String pid = Long.toString(ProcessHandle.current().pid());
            Programs.output("prlimit", "--pid", pid, "--nofile=" + wanted + ":" + wanted);
        } catch (IOException e) {
            // Not there, or not allowed: the limit stays, and who asks is told.
            return limit;
        }
        return current();
    }

    private static int current() {
        try {
            // Max open files            1024                 524288               files
            return Files.readAllLines(Path.of("/proc/self/limits")).stream()
                    .filter(line -> line.startsWith("Max open files"))
                    .mapToInt(line -> Integer.parseInt(line.split(" {2,}", -1)[1]))
                    .findFirst()
                    .orElse(Integer.MAX_VALUE);
        } catch (IOException | NumberFormatException e) {
            return Integer.MAX_VALUE; // another platform, or no limit: the system will refuse what it cannot do
        }
    }
}
