package io.boxcar.proxy.transport;

import io.netty.channel.EventLoop;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverChannelStrategy;
import io.netty.util.NetUtil;
import java.util.function.Supplier;

/**
 * Finds the addresses behind the host names of endpoints, and looks again when the name servers say so, without ever blocking
 * an event loop. Immutable.
 *
 * @see Transport#endpointResolver
 */
public final class EndpointResolver {

    private final Supplier<DnsNameResolverBuilder> settings;

    /** @param settings makes settings that have channel types, and that nobody else uses */
    EndpointResolver(Supplier<DnsNameResolverBuilder> settings) {
        this.settings = settings;
    }

    /** Whether this is a literal IP address, which needs nobody to look it up. */
    public static boolean isLiteral(String host) {
        return NetUtil.createByteArrayFromIpAddressString(host) != null;
    }

    /**
     * Starts to watch a host. This reads {@code /etc/hosts} and {@code /etc/resolv.conf}, so it is not for an event loop.
     *
     * @param loop where lookups happen and {@code listener} is called
     * @param host a name, or a literal address, which is looked up like a name
     * @param minNs no lookup follows another before this many nanoseconds, whatever the TTL
     * @param maxNs a lookup follows another after this many nanoseconds, whatever the TTL; at least {@code minNs}
     */
    public HostWatch watch(EventLoop loop, String host, long minNs, long maxNs, AddressListener listener) {
        // A socket for each lookup: a port that never changes would make it easy to forge an answer (RFC 5452, section
        // 9).
        DnsNameResolverBuilder builder =
                settings.get().datagramChannelStrategy(DnsNameResolverChannelStrategy.ChannelPerResolution);
        HostWatch watch = new HostWatch(loop, new DnsLookup(loop, host, builder), minNs, maxNs, listener);
        watch.start();
        return watch;
    }
}
