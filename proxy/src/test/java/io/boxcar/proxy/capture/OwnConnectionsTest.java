package io.boxcar.proxy.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.Address;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnConnectionsTest {
    private static final InetSocketAddress LOCAL = at("10.71.0.1", 40000);

    private final EmbeddedChannel channel = new EmbeddedChannel() {
        @Override
        protected SocketAddress localAddress0() {
            return LOCAL;
        }
    };
    private final ChannelPromise connecting = channel.newPromise();
    private final OwnConnections connections = new OwnConnections((loop, address, handler, timeoutNs) -> connecting);

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }

    private void connect(String host, int port) {
        connections.connect(channel.eventLoop(), new Address.Tcp(host, port), new RefusedClient(), 1);
    }

    @Test
    void knowsItsOwnWhileTheyAreOpen() {
        connect("10.71.0.1", 6379);
        assertFalse(connections.isOwn(LOCAL));
        connecting.setSuccess();
        assertTrue(connections.isOwn(LOCAL));
        assertFalse(connections.isOwn(at("10.71.0.1", 40001)));
        assertFalse(connections.isOwn(null));
        channel.close();
        assertFalse(connections.isOwn(LOCAL));
    }

    @Test
    void tellsWhatIsStillConnectingToTheSamePlace() {
        connect("10.71.0.1", 6379);
        assertEquals(List.of(connecting), connections.connectingTo(at("10.71.0.1", 6379)));
        assertEquals(List.of(), connections.connectingTo(at("10.71.0.1", 6380)));
        assertEquals(List.of(), connections.connectingTo(at("10.71.0.2", 6379)));
        connecting.setFailure(new IllegalStateException("refused"));
        assertEquals(List.of(), connections.connectingTo(at("10.71.0.1", 6379)));
        assertFalse(connections.isOwn(LOCAL));
    }

    @Test
    void aNameMayMeanAnyAddress() {
        connect("redis.example.com", 6379);
        assertEquals(List.of(connecting), connections.connectingTo(at("10.71.0.2", 6379)));
    }

    @Test
    void anIpv6AddressIsTheSameInAllItsForms() {
        connect("fd71:0:0::1", 6379);
        assertEquals(List.of(connecting), connections.connectingTo(at("fd71::1", 6379)));
    }
}
