package io.boxcar.proxy.capture;

import io.boxcar.proxy.config.Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;

/** Where Boxcar itself listens, to which nothing captured may be connected. Any thread. */
public final class OwnListeners {
    private volatile List<Address.Tcp> addresses = List.of();

    /** Boxcar listens here, and nowhere else. */
    public void are(List<Address> all) {
        addresses = all.stream()
                .filter(Address.Tcp.class::isInstance)
                .map(Address.Tcp.class::cast)
                .toList();
    }

    boolean contains(InetSocketAddress destination) {
        for (Address.Tcp own : addresses) {
            if (own.port() == destination.getPort() && isSame(own, destination.getAddress())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSame(Address.Tcp own, InetAddress destination) {
        try {
            InetAddress address = InetAddress.ofLiteral(own.host());
            return address.isAnyLocalAddress() ? isLocal(destination) : address.equals(destination);
        } catch (IllegalArgumentException e) {
            return isLocal(destination); // a name, of one of the addresses of this machine
        }
    }

    /** Asks the kernel, which is done for ports of Boxcar alone. */
    private static boolean isLocal(InetAddress address) {
        try {
            return address.isLoopbackAddress()
                    || address.isAnyLocalAddress()
                    || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false;
        }
    }
}
