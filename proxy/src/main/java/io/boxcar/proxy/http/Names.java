package io.boxcar.proxy.http;

import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.List;
import java.util.function.Consumer;

/** Finds the addresses of endpoints that are configured by name: name servers in production, nobody in the simulation. */
public interface Names {
    /**
     * Looks a host up, and again when the answer has grown old.
     *
     * @param loop where {@code changed} is called, each time that the addresses are others than before; the last ones count while
     *     no name server answers
     * @param minNs no lookup follows another before this, whatever the TTL
     * @param maxNs a lookup follows another after this, whatever the TTL
     */
    AutoCloseable watch(EventLoop loop, String host, long minNs, long maxNs, Consumer<List<InetAddress>> changed);

    /** Whether this is a name whose addresses may change. */
    static boolean needsLookUp(String host) {
        return !host.equals("localhost") && NetUtil.createByteArrayFromIpAddressString(host) == null;
    }
}
