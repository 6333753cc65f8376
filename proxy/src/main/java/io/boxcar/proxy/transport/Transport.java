package io.boxcar.proxy.transport;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.TransportChoice;
import io.boxcar.proxy.core.Connector;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringAdaptiveBufferRingAllocator;
import io.netty.channel.uring.IoUringBufferRingConfig;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The kernel interface in use: io_uring, epoll or NIO, for TCP and Unix sockets alike. Immutable.
 *
 * @see #choose
 */
public final class Transport implements Connector {
    /** Reuses the small objects that point into buffers too, which the adaptive allocator does not. */
    private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

    private static final int KEEP_ALIVE_IDLE_SECONDS = 10;
    private static final int KEEP_ALIVE_INTERVAL_SECONDS = 3;
    private static final int KEEP_ALIVE_COUNT = 3;
    private static final int USER_TIMEOUT_MS = 20_000;

    private static final String MULTISHOT_RECEIVE = "io.netty.iouring.recvMultiShotEnabled";

    private static final int SOL_SOCKET = 1;
    private static final short BPF_RETURN_CONSTANT = 0x06;
    private static final int BPF_INSTRUCTION_BYTES = 8;
    private static final int SOCKET_FILTER_BYTES = 16;
    private static final ChannelOption<ByteBuffer> ATTACH_REUSEPORT_FILTER =
            new RawUnixChannelOption("SO_ATTACH_REUSEPORT_CBPF", SOL_SOCKET, 51, SOCKET_FILTER_BYTES);
    private static final ChannelOption<Integer> DETACH_REUSEPORT_FILTER =
            new IntegerUnixChannelOption("SO_DETACH_REUSEPORT_BPF", SOL_SOCKET, 68);

    private static final short BUFFER_GROUP = 0;
    private static final short BUFFER_RING_SIZE = 256;

    static {
        // Netty (4.2.18) starts a multishot receive again, whatever auto-read says, when it ended for want of a buffer:
        // a client
        // that is paused because its upstream is slow was read on by the gigabyte. RATIONALE has the measurement.
        if (System.getProperty(MULTISHOT_RECEIVE) == null) {
            System.setProperty(MULTISHOT_RECEIVE, "false");
        }
    }

    private enum Kind {
        IO_URING("io_uring"),
        EPOLL("epoll"),
        NIO("nio");

        private final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    private final Kind kind;
    private final String reason;

    private Transport(Kind kind, String reason) {
        this.kind = kind;
        this.reason = reason;
    }

    /**
     * The transport that was asked for, or for {@code AUTO} the best that this machine allows.
     *
     * @throws IllegalStateException if one was asked for by name and is not available; the message says why
     */
    public static Transport choose(TransportChoice choice) {
        return switch (choice) {
            case AUTO -> best();
            case IO_URING -> named(Kind.IO_URING, IoUring.isAvailable() ? null : IoUring.unavailabilityCause());
            case EPOLL -> named(Kind.EPOLL, Epoll.isAvailable() ? null : Epoll.unavailabilityCause());
            case NIO -> new Transport(Kind.NIO, "as configured");
        };
    }

    private static Transport named(Kind kind, @Nullable Throwable unavailable) {
        if (unavailable != null) {
            throw new IllegalStateException("transport " + kind.label + " is not available (" + firstCause(unavailable)
                    + "); set boxcar.transport = auto");
        }
        return new Transport(kind, "as configured");
    }

    private static Transport best() {
        if (IoUring.isAvailable()) {
            return new Transport(Kind.IO_URING, "the kernel allows it");
        }
        String noUring = "io_uring is not available: " + firstCause(IoUring.unavailabilityCause());
        if (Epoll.isAvailable()) {
            return new Transport(Kind.EPOLL, noUring);
        }
        return new Transport(Kind.NIO, noUring + "; nor is epoll: " + firstCause(Epoll.unavailabilityCause()));
    }

    private static String firstCause(@Nullable Throwable thrown) {
        Throwable cause = thrown;
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause == null ? "unknown cause" : String.valueOf(cause.getMessage());
    }

    /** Which transport and why, for the log: {@code io_uring (the kernel allows it)}. */
    @Override
    public String toString() {
        return kind.label + " (" + reason + ")";
    }

    /** Whether several event loops can accept on one TCP port, the kernel spreading the connections. */
    public boolean hasReusePort() {
        return kind != Kind.NIO;
    }

    public IoHandlerFactory ioHandlerFactory() {
        return switch (kind) {
            case IO_URING -> {
                IoUringIoHandlerConfig config = new IoUringIoHandlerConfig();
                if (hasBufferRing()) {
                    config.setBufferRingConfig(IoUringBufferRingConfig.builder()
                            .bufferGroupId(BUFFER_GROUP)
                            .bufferRingSize(BUFFER_RING_SIZE)
                            .batchSize(BUFFER_RING_SIZE / 4)
                            .allocator(new IoUringAdaptiveBufferRingAllocator(ALLOCATOR))
                            .build());
                }
                yield IoUringIoHandler.newFactory(config);
            }
            case EPOLL -> EpollIoHandler.newFactory();
            case NIO -> NioIoHandler.newFactory();
        };
    }

    private boolean hasBufferRing() {
        return kind == Kind.IO_URING && IoUring.isRegisterBufferRingSupported();
    }

    @Override
    public ChannelFuture connect(EventLoop loop, Address address, ChannelHandler handler, long timeoutNs) {
        boolean unix = address instanceof Address.Unix;
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(channelClass(unix))
                .handler(handler)
                .option(ChannelOption.ALLOCATOR, ALLOCATOR)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.max(1, timeoutNs / 1_000_000));
        if (!unix) {
            bootstrap.option(ChannelOption.TCP_NODELAY, true).resolver(OffLoopResolver.GROUP);
            noticeDeadPeers(bootstrap);
        }
        if (hasBufferRing()) {
            bootstrap.option(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, BUFFER_GROUP);
        }
        return bootstrap.connect(socketAddress(address));
    }

    /** A peer that has vanished without a word is given up after about 20 seconds, also where no response has a deadline. */
    private void noticeDeadPeers(Bootstrap bootstrap) {
        bootstrap.option(ChannelOption.SO_KEEPALIVE, true);
        switch (kind) {
            case IO_URING ->
                bootstrap
                        .option(IoUringChannelOption.TCP_KEEPIDLE, KEEP_ALIVE_IDLE_SECONDS)
                        .option(IoUringChannelOption.TCP_KEEPINTVL, KEEP_ALIVE_INTERVAL_SECONDS)
                        .option(IoUringChannelOption.TCP_KEEPCNT, KEEP_ALIVE_COUNT)
                        .option(IoUringChannelOption.TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
            case EPOLL ->
                bootstrap
                        .option(EpollChannelOption.TCP_KEEPIDLE, KEEP_ALIVE_IDLE_SECONDS)
                        .option(EpollChannelOption.TCP_KEEPINTVL, KEEP_ALIVE_INTERVAL_SECONDS)
                        .option(EpollChannelOption.TCP_KEEPCNT, KEEP_ALIVE_COUNT)
                        .option(EpollChannelOption.TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
            case NIO -> {}
        }
    }

    /** Binds a listening socket on {@code loop}; accepted channels stay on that loop. */
    public ChannelFuture bind(
            EventLoop loop, Address address, int backlog, boolean reusePort, ChannelHandler clientHandler) {
        return bind(loop, address, backlog, reusePort, false, clientHandler);
    }

    /**
     * Binds a listening socket on {@code loop}; accepted channels stay on that loop.
     *
     * @param anyAddress whether it shall take connections to any address, which {@link #takesAnyAddress} tells once it is bound
     */
    public ChannelFuture bind(
            EventLoop loop,
            Address address,
            int backlog,
            boolean reusePort,
            boolean anyAddress,
            ChannelHandler clientHandler) {
        boolean unix = address instanceof Address.Unix;
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loop, loop)
                .channel(serverChannelClass(unix))
                .option(ChannelOption.SO_BACKLOG, backlog)
                .childOption(ChannelOption.ALLOCATOR, ALLOCATOR)
                .childHandler(clientHandler);
        if (!unix) {
            // Netty's Unix sockets know no half-closed state on most transports: there the end of input is the end.
            bootstrap
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childOption(ChannelOption.SO_KEEPALIVE, true);
            if (reusePort) {
                bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
            }
            if (anyAddress) {
                bootstrap.handler(new AnyAddress());
            }
        }
        if (hasBufferRing()) {
            bootstrap.childOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, BUFFER_GROUP);
        }
        // Names to listen on are few, and resolved once, on the thread that starts everything.
        return bootstrap.bind(
                address instanceof Address.Tcp tcp
                        ? new InetSocketAddress(tcp.host(), tcp.port())
                        : socketAddress(address));
    }

    /** Whether it can tell where captured connections were meant for. */
    public boolean hasOriginalDestinations() {
        return kind != Kind.NIO;
    }

    /** Lets a listening socket take connections to any address before it is bound. */
    private final class AnyAddress extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel listening) {
            try {
                listening.config().setOption(ipTransparent(), true);
            } catch (ChannelException e) {
                // The capability for it is missing, as takesAnyAddress tells.
            }
        }
    }

    /** Whether a bound socket takes connections to any address that the kernel hands it; false without the capability for it. */
    public boolean takesAnyAddress(Channel bound) {
        return Boolean.TRUE.equals(bound.config().getOption(ipTransparent()));
    }

    private ChannelOption<Boolean> ipTransparent() {
        return kind == Kind.IO_URING ? IoUringChannelOption.IP_TRANSPARENT : EpollChannelOption.IP_TRANSPARENT;
    }

    /**
     * Lets the kernel give all new connections of a port, on which several sockets listen ({@link #hasReusePort}), to one of them: so
     * the others can be closed without a connection in their queues. Linux, {@code SO_ATTACH_REUSEPORT_CBPF} in socket(7).
     *
     * @param listening any of the sockets
     * @param index which one, in the order in which they were bound
     */
    public static void steer(Channel listening, int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocate(BPF_INSTRUCTION_BYTES, Long.BYTES);
            program.set(ValueLayout.JAVA_SHORT, 0, BPF_RETURN_CONSTANT);
            program.set(ValueLayout.JAVA_INT, 4, index);
            ByteBuffer socketFilter =
                    ByteBuffer.allocateDirect(SOCKET_FILTER_BYTES).order(ByteOrder.nativeOrder());
            socketFilter.putShort(0, (short) 1).putLong(8, program.address());
            listening.config().setOption(ATTACH_REUSEPORT_FILTER, socketFilter);
        }
    }

    /** Ends what {@link #steer} began. */
    public static void steerNoMore(Channel listening) {
        listening.config().setOption(DETACH_REUSEPORT_FILTER, 0);
    }

    /** Looks names up over this transport. */
    public EndpointResolver endpointResolver() {
        return new EndpointResolver(this::nameResolver);
    }

    /** Settings of a resolver of names over this transport: UDP, and TCP for answers that are too long for it. */
    DnsNameResolverBuilder nameResolver() {
        DnsNameResolverBuilder builder = new DnsNameResolverBuilder();
        return switch (kind) {
            case IO_URING ->
                builder.datagramChannelType(IoUringDatagramChannel.class).socketChannelType(IoUringSocketChannel.class);
            case EPOLL ->
                builder.datagramChannelType(EpollDatagramChannel.class).socketChannelType(EpollSocketChannel.class);
            case NIO -> builder.datagramChannelType(NioDatagramChannel.class).socketChannelType(NioSocketChannel.class);
        };
    }

    private SocketAddress socketAddress(Address address) {
        if (address instanceof Address.Tcp tcp) {
            return InetSocketAddress.createUnresolved(tcp.host(), tcp.port());
        }
        String path = ((Address.Unix) address).path();
        return kind == Kind.NIO ? UnixDomainSocketAddress.of(path) : new DomainSocketAddress(path);
    }

    private Class<? extends Channel> channelClass(boolean unix) {
        return switch (kind) {
            case IO_URING -> unix ? IoUringDomainSocketChannel.class : IoUringSocketChannel.class;
            case EPOLL -> unix ? EpollDomainSocketChannel.class : EpollSocketChannel.class;
            case NIO -> unix ? NioDomainSocketChannel.class : NioSocketChannel.class;
        };
    }

    private Class<? extends ServerChannel> serverChannelClass(boolean unix) {
        return switch (kind) {
            case IO_URING -> unix ? IoUringServerDomainSocketChannel.class : IoUringServerSocketChannel.class;
            case EPOLL -> unix ? EpollServerDomainSocketChannel.class : EpollServerSocketChannel.class;
            case NIO -> unix ? NioServerDomainSocketChannel.class : NioServerSocketChannel.class;
        };
    }
}
