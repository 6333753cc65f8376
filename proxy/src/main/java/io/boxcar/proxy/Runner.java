package io.boxcar.proxy;

import io.boxcar.proxy.config.BoxcarConfig;
import java.io.PrintWriter;

/** What {@code boxcar run} runs once its configuration is valid. */
@FunctionalInterface
public interface Runner {

    /**
     * Serves until it has drained, and only then returns. SIGTERM and SIGINT are its business: they start the drain. (A JVM that a
     * signal ends through its shutdown hooks exits with 143 or 130 instead of the code returned here.)
     *
     * @param out gets the one line that says what is served, and is flushed after it
     * @param err gets the reason when nothing can be served
     * @return the exit code: {@link Main#OK} after a clean drain, {@link Main#CANNOT_SERVE}
     */
    int run(BoxcarConfig config, PrintWriter out, PrintWriter err) throws Exception;
}
