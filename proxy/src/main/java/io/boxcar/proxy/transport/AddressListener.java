package io.boxcar.proxy.transport;

import java.net.InetAddress;
import java.util.List;

/** Learns what a {@link HostWatch} finds, on its event loop. */
public interface AddressListener {

    /**
     * The host has these addresses now, and had others before or was not known.
     *
     * @param addresses at least one, none twice, in an order of their own; either all IPv4 or all IPv6
     */
    void changed(List<InetAddress> addresses);

    /** A lookup has failed: the addresses known before, if any, go on counting, and the next lookup follows. */
    void failed(String reason);
}
