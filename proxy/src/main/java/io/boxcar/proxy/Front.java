package io.boxcar.proxy;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.core.Listener;

/** A listener and where it accepts. */
record Front(Listener listener, Acceptor acceptor) {
    /** Whether the listener of this configuration can go on with the same clients. */
    boolean speaks(ListenerConfig config) {
        return listener.config().protocol().equals(config.protocol());
    }

    /** Whether the sockets are as this configuration wants them. */
    boolean acceptsAt(ListenerConfig config) {
        return listener.config().listen().equals(config.listen())
                && listener.config().backlog() == config.backlog()
                && listener.config().capture().mode() == config.capture().mode();
    }

    boolean isAt(Address address) {
        return acceptor.address().equals(address) || listener.config().listen().equals(address);
    }
}
