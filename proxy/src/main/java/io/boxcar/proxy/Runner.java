package io.boxcar.proxy;

import java.io.PrintWriter;

/** What {@code boxcar run} runs. */
@FunctionalInterface
public interface Runner {

    /**
     * Serves until it has drained, and only then returns. SIGTERM and SIGINT are its business: they start the drain. (A JVM that a
     * signal ends through its shutdown hooks exits with 143 or 130 instead of the code returned here.)
     *
     * @param takesOver whether another Boxcar, which serves the same addresses, is to hand over
     * @param out gets the one line that says what is served, and is flushed after it
     * @param err gets the reason when nothing can be served
     * @return the exit code: {@link Main#OK} after a clean drain, {@link Main#CANNOT_SERVE}
     * @throws io.boxcar.proxy.config.InvalidConfig if there is nothing valid to begin with
     */
    int run(ConfigSource source, boolean takesOver, PrintWriter out, PrintWriter err) throws Exception;
}
