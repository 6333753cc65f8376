package io.boxcar.proxy.capture;

import io.boxcar.proxy.core.Backend;
import io.boxcar.proxy.core.Service;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The lanes to one original destination, for one protocol. How many use it changes only inside the compute methods of the map that it
 * is in.
 */
public final class Destination {
    private final Service service;
    private final Backend backend;
    private final Supplier<CompletableFuture<Void>> retire;

    int users;
    long unusedSinceNs;

    /**
     * @param service makes its clients
     * @param backend what it is
     * @param retire drains it and takes its metrics away
     */
    public Destination(Service service, Backend backend, Supplier<CompletableFuture<Void>> retire) {
        this.service = service;
        this.backend = backend;
        this.retire = retire;
    }

    Service service() {
        return service;
    }

    Backend backend() {
        return backend;
    }

    CompletableFuture<Void> retire() {
        return retire.get();
    }
}
