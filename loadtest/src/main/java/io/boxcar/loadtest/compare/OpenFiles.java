package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.FileLimit;
import java.io.IOException;

/** Sees to it that this process, and those that it starts, may have enough connections open. Stateless. */
final class OpenFiles {
    private static final int OTHERS = 500;

    private OpenFiles() {}

    /** What {@code connections} take: a proxy may have as many again on its other side. */
    static int needed(int connections) {
        return 2 * connections + OTHERS;
    }

    /** Raises the limit to {@code wanted} if it is lower and if that is allowed; what it is now. */
    static int raiseTo(int wanted) {
        if (FileLimit.limit() < wanted) {
            String pid = Long.toString(ProcessHandle.current().pid());
            try {
                Programs.output("prlimit", "--pid", pid, "--nofile=" + wanted + ":" + wanted);
            } catch (IOException e) {
                // Not there, or not allowed: the limit stays, and who asks is told.
                return (int) FileLimit.limit();
            }
        }
        return (int) Math.min(FileLimit.limit(), Integer.MAX_VALUE);
    }
}
