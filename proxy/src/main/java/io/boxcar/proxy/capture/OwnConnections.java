package io.boxcar.proxy.capture;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.core.Connector;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Opens upstream connections, and remembers from which addresses, so that one that rules lead back here is recognised. Any thread.
 *
 * <p>The kernel may hand over the captured end before the other end is known to be connected, and so its address. Whoever asks must
 * therefore wait for those that were connecting to the same place when it was accepted.
 */
public final class OwnConnections implements Connector {
    private final Connector connector;
    private final Set<InetSocketAddress> open = ConcurrentHashMap.newKeySet();
    private final Map<ChannelFuture, Address> connecting = new ConcurrentHashMap<>();

    public OwnConnections(Connector connector) {
        this.connector = connector;
    }

    @Override
    public ChannelFuture connect(EventLoop loop, Address address, ChannelHandler handler, long timeoutNs) {
        ChannelFuture future = connector.connect(loop, address, handler, timeoutNs);
        if (address instanceof Address.Tcp) {
            connecting.put(future, address);
            future.addListener(done -> {
                if (done.isSuccess()) {
                    remember(future);
                }
                connecting.remove(future);
            });
        }
        return future;
    }

    private void remember(ChannelFuture connected) {
        InetSocketAddress local =
                OriginalDestination.unmapped(connected.channel().localAddress());
        if (local != null) {
            open.add(local);
            connected.channel().closeFuture().addListener(closed -> open.remove(local));
        }
    }

    /** Whether a connection that is open comes from here. */
    boolean isOwn(@Nullable InetSocketAddress peer) {
        return peer != null && open.contains(peer);
    }

    /** What is being connected now and may be to this destination. */
    List<ChannelFuture> connectingTo(InetSocketAddress destination) {
        List<ChannelFuture> found = new ArrayList<>();
        connecting.forEach((future, address) -> {
            if (mayBe((Address.Tcp) address, destination)) {
                found.add(future);
            }
        });
        return found;
    }

    private static boolean mayBe(Address.Tcp address, InetSocketAddress destination) {
        if (address.port() != destination.getPort()) {
            return false;
        }
        try {
            return InetAddress.ofLiteral(address.host()).equals(destination.getAddress());
        } catch (IllegalArgumentException e) {
            return true; // a name
        }
    }
}
