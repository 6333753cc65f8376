package io.boxcar.proxy;

import io.boxcar.proxy.config.BoxcarConfig;
import java.io.PrintWriter;

/** What {@code boxcar run} runs once its configuration is valid. */
@FunctionalInterface
public interface Runner {

    /**
     * Serves on the calling thread until it has drained, on SIGTERM and SIGINT too.
     *
     * @param out gets the one line that says what is served, and is flushed after it
     * @param err gets the reason when nothing can be served
     * @return the exit code: {@link Main#OK} after a clean drain, {@link Main#CANNOT_SERVE}
     */
    int run(BoxcarConfig config, PrintWriter out, PrintWriter err) throws Exception;
}
