package io.boxcar.proxy.core;

import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A named service behind Boxcar, whatever its protocol. Any thread may call any method. */
public interface Backend {
    /** Why it cannot serve right now, a sentence each; empty when it can. */
    List<String> obstacles();

    /** Lets it finish what it has and close; the future completes when all is closed. */
    CompletableFuture<Void> drain();

    /**
     * As {@link #drain}, when the last client that still uses it has gone or has been moved to another. To be called when no more
     * can come.
     */
    CompletableFuture<Void> retire();

    /** Ends everything at once; the future completes when the sockets are closed. */
    Future<?> close();
}
