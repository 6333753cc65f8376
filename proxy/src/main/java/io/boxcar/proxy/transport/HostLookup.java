package io.boxcar.proxy.transport;

import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.List;

/** Looks up the addresses of one host. Owned by an event loop. */
interface HostLookup {

    /**
     * What a lookup has found.
     *
     * @param ttlNs how long it may be used, in nanoseconds; {@link Long#MAX_VALUE} if nobody says
     */
    record Answer(List<InetAddress> addresses, long ttlNs) {}

    /** Starts a lookup, of which there is one at a time; the future ends on the event loop. */
    Future<Answer> lookUp();

    /** No lookup follows. */
    void close();
}
