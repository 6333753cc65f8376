package io.boxcar.proxy.capture;

import io.boxcar.proxy.core.Backend;
import io.boxcar.proxy.core.Service;

/**
 * The lanes to one original destination, for one protocol. How many use it changes only inside the compute methods of the map that it
 * is in.
 */
public final class Destination {
    private final Service service;
    private final Backend backend;

    int users;
    long unusedSinceNs;
    long idleNs;

    /**
     * @param service makes its clients
     * @param backend what they use
     */
    public Destination(Service service, Backend backend) {
        this.service = service;
        this.backend = backend;
    }

    Service service() {
        return service;
    }

    Backend backend() {
        return backend;
    }
}
