package io.boxcar.proxy.capture;

import io.boxcar.proxy.config.CaptureConfig;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.RawUnixChannelOption;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where a captured connection was meant for. Stateless.
 *
 * <p>The kernel's connection tracking gives it to {@code getsockopt}: SO_ORIGINAL_DST ({@code linux/netfilter_ipv4.h}) and
 * IP6T_SO_ORIGINAL_DST ({@code linux/netfilter_ipv6/ip6_tables.h}), both 80. A socket that listens for IPv4 and IPv6 has IPv4
 * clients too, for which only the first one works.
 */
final class OriginalDestination {
    private static final int SOL_IP = 0;
    private static final int SOL_IPV6 = 41;
    private static final int ORIGINAL_DST = 80;

    /** {@code sockaddr_in}: family, port, 4 bytes of address, 8 bytes unused. */
    private static final RawUnixChannelOption IPV4 =
            new RawUnixChannelOption("SO_ORIGINAL_DST", SOL_IP, ORIGINAL_DST, 16);

    /** {@code sockaddr_in6}: family, port, 4 bytes of flow, 16 bytes of address, 4 bytes of scope. */
    private static final RawUnixChannelOption IPV6 =
            new RawUnixChannelOption("IP6T_SO_ORIGINAL_DST", SOL_IPV6, ORIGINAL_DST, 28);

    private static final int PORT_AT = 2;
    private static final int IPV4_AT = 4;
    private static final int IPV6_AT = 8;
    private static final int MAPPED_BYTES = 12;

    private OriginalDestination() {}

    /** Null if the kernel knows of none: nothing has led the connection here. */
    static @Nullable InetSocketAddress of(Channel channel, CaptureConfig.Mode mode) {
        InetSocketAddress local = unmapped(channel.localAddress());
        if (mode == CaptureConfig.Mode.TPROXY || local == null) {
            return local;
        }
        boolean isIpv4 = local.getAddress().getAddress().length == 4;
        try {
            ByteBuffer found = channel.config().getOption(isIpv4 ? IPV4 : IPV6);
            return found == null ? null : read(found, isIpv4 ? IPV4_AT : IPV6_AT, isIpv4 ? 4 : 16);
        } catch (ChannelException e) {
            return null; // ENOENT, ENOPROTOOPT
        } catch (Exception e) {
            if (e instanceof IOException) {
                return null; // Netty throws it undeclared
            }
            throw e;
        }
    }

    private static InetSocketAddress read(ByteBuffer socketAddress, int at, int length) {
        byte[] address = new byte[length];
        socketAddress.get(at, address);
        int port = Short.toUnsignedInt(
                socketAddress.duplicate().order(ByteOrder.BIG_ENDIAN).getShort(PORT_AT));
        return new InetSocketAddress(inetAddress(address), port);
    }

    /** The address of a socket, an IPv4 address as such also if it comes from an IPv6 socket; null if it is no IP address. */
    static @Nullable InetSocketAddress unmapped(java.net.@Nullable SocketAddress address) {
        if (!(address instanceof InetSocketAddress socket) || socket.getAddress() == null) {
            return null;
        }
        // Without the scope, which the address of a peer has and that of a destination has not.
        return new InetSocketAddress(inetAddress(socket.getAddress().getAddress()), socket.getPort());
    }

    private static InetAddress inetAddress(byte[] bytes) {
        boolean isMapped = bytes.length == 16
                && bytes[10] == -1
                && bytes[11] == -1
                && Arrays.equals(bytes, 0, 10, new byte[10], 0, 10);
        try {
            return InetAddress.getByAddress(isMapped ? Arrays.copyOfRange(bytes, MAPPED_BYTES, bytes.length) : bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // its length is that of an address
        }
    }
}
