package io.boxcar.proxy.core;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** What a protocol may ask of a client connection. */
public interface ClientHandle {
    /** Closes the client connection at once. Any thread. */
    void closeFromAnyThread();

    /** What the client connected to, as far as known. */
    @Nullable
    SocketAddress localAddress();

    /** How many endpoints have keys of their own now. */
    int endpoints();
}
