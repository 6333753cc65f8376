package io.boxcar.proxy.accesslog;

import io.boxcar.proxy.config.Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The access log of one client's connection. Owned by its event loop. */
public final class ClientLog {
    private final LoopLog log;
    private final String listener;
    private final String protocol;
    private String client = "";

    /** @param protocol as spoken by this client: {@code redis}, {@code http/1.1} or {@code http/2} */
    public ClientLog(LoopLog log, String listener, String protocol) {
        this.log = log;
        this.listener = listener;
        this.protocol = protocol;
    }

    /** Who the client is. */
    public void isFrom(@Nullable SocketAddress address) {
        client = address instanceof InetSocketAddress tcp && tcp.getAddress() != null
                ? new Address.Tcp(tcp.getAddress().getHostAddress(), tcp.getPort()).toString()
                : "unix";
    }

    /** The entry of an exchange that has just been received; null if it is not to be described. */
    public @Nullable AccessEntry begin(long nowNs) {
        AccessEntry entry = log.take();
        if (entry != null) {
            entry.begin(listener, protocol, client, nowNs);
        }
        return entry;
    }

    /** The exchange is over; the entry is not the caller's any more. */
    public static void finish(AccessEntry entry, long nowNs) {
        entry.totalNs = nowNs - entry.receivedNs;
        entry.home.finish(entry);
    }
}
