package io.boxcar.proxy.core;

import io.boxcar.proxy.config.Address;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is to answer at an address, for connections on which that is proven.
 *
 * @param host the host that was configured, of which the address may be one; empty if it has none
 * @param protocols those that may be spoken, the best first (ALPN, RFC 7301); empty = not to be negotiated
 */
public record Peer(String host, List<String> protocols) {
    private static final AttributeKey<String> PROTOCOL = AttributeKey.valueOf("boxcar.protocol");

    public Peer {
        protocols = List.copyOf(protocols);
    }

    /** The host of the address itself, with nothing to negotiate. */
    public static Peer at(Address address) {
        return new Peer(address instanceof Address.Tcp tcp ? tcp.host() : "", List.of());
    }

    /** Remembers what was negotiated on this channel. */
    public static void hasChosen(Channel channel, String protocol) {
        channel.attr(PROTOCOL).set(protocol);
    }

    /** What was negotiated on this channel; null if nothing was. */
    public static @Nullable String chosen(Channel channel) {
        return channel.attr(PROTOCOL).get();
    }
}
