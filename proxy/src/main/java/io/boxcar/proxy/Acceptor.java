package io.boxcar.proxy;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.CaptureConfig;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.core.Listener;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.transport.Transport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The listening sockets at the address of one listener: for TCP one on each event loop, the kernel spreading the connections. Used by
 * one thread at a time, which is none of the event loops.
 *
 * <p>Two acceptors can share an address for a while, in one process or in two of the same user; then the first
 * {@linkplain #handOver hands over}, and no connection is refused or lost:
 * <pre>
 *   TCP          both listen -> the kernel gives all new connections to the second -> the first takes what it was given, and closes
 *   Unix socket  the second renames its socket over the first's file               -> the first takes what it was given, and closes
 * </pre>
 */
final class Acceptor {
    /** So long are connections awaited that were being opened, or were given to this one, when it handed over. */
    private static final long LAST_CONNECTIONS_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Address address;
    private final List<Channel> listening;
    /** What tells the socket's file from one that another process has put in its place. */
    private final @Nullable Object fileKey;

    private Acceptor(Address address, List<Channel> listening, @Nullable Object fileKey) {
        this.address = address;
        this.listening = List.copyOf(listening);
        this.fileKey = fileKey;
    }

    /**
     * Listens at the address of {@code config} and gives what connects to {@code listener}.
     *
     * @param besideAnother whether another acceptor may be there, which will hand over
     * @throws CannotServe if the address cannot be listened on
     */
    static Acceptor open(
            ListenerConfig config,
            Listener listener,
            List<LoopContext> loops,
            Transport transport,
            boolean besideAnother)
            throws CannotServe {
        // A switch over types makes a class when it is first run, which takes longer than to listen.
        return config.listen() instanceof Address.Tcp tcp
                ? open(config, tcp, listener, loops, transport, besideAnother)
                : open(config, (Address.Unix) config.listen(), listener, loops, transport, besideAnother);
    }

    private static Acceptor open(
            ListenerConfig config,
            Address.Tcp tcp,
            Listener listener,
            List<LoopContext> loops,
            Transport transport,
            boolean besideAnother)
            throws CannotServe {
        boolean isShared = transport.hasReusePort();
        if (isShared && !besideAnother) {
            refuseTakenPort(config, tcp);
        }
        Address.Tcp address = tcp;
        List<Channel> listening = new ArrayList<>();
        for (int i = 0; i < (isShared ? loops.size() : 1); i++) {
            try {
                listening.add(bind(config, address, listener, loops.get(i).loop(), i, transport, isShared));
            } catch (CannotServe e) {
                listening.forEach(channel -> channel.close().awaitUninterruptibly());
                throw e;
            }
            if (listening.getLast().localAddress() instanceof InetSocketAddress at) {
                address = new Address.Tcp(tcp.host(), at.getPort()); // for port 0, the same one on all loops
            }
        }
        return new Acceptor(address, listening, null);
    }

    /** Unix sockets have no SO_REUSEPORT: one loop accepts for all its clients. */
    private static Acceptor open(
            ListenerConfig config,
            Address.Unix unix,
            Listener listener,
            List<LoopContext> loops,
            Transport transport,
            boolean besideAnother)
            throws CannotServe {
        Path path = Path.of(unix.path());
        // Netty deletes the name that was bound when the channel is closed, whoever has it by then.
        Path bound = path.resolveSibling(
                path.getFileName() + "." + ProcessHandle.current().pid());
        try {
            if (!besideAnother) {
                removeStaleSocket(path);
            }
            Files.deleteIfExists(bound);
            Address.Unix at = new Address.Unix(bound.toString());
            Channel channel = bind(config, at, listener, loops.getFirst().loop(), 0, transport, false);
            Files.move(bound, path, StandardCopyOption.ATOMIC_MOVE);
            return new Acceptor(unix, List.of(channel), keyOf(path));
        } catch (IOException e) {
            throw CannotServe.listening(config, e);
        }
    }

    private static Channel bind(
            ListenerConfig config,
            Address address,
            Listener listener,
            EventLoop loop,
            int loopIndex,
            Transport transport,
            boolean isShared)
            throws CannotServe {
        if (config.capture().isOn() && !transport.hasOriginalDestinations()) {
            throw CannotServe.capturing(config, transport.toString());
        }
        boolean anyAddress = config.capture().mode() == CaptureConfig.Mode.TPROXY;
        ChannelFuture binding = transport
                .bind(loop, address, config.backlog(), isShared, anyAddress, listener.clientInitializer(loopIndex))
                .awaitUninterruptibly();
        if (!binding.isSuccess()) {
            throw CannotServe.listening(config, binding.cause());
        }
        if (anyAddress && !transport.takesAnyAddress(binding.channel())) {
            binding.channel().close().awaitUninterruptibly();
            throw CannotServe.takingAnyAddress(config);
        }
        return binding.channel();
    }

    /** With SO_REUSEPORT two sidecars of one user would share the port, each with a part of the clients. */
    private static void refuseTakenPort(ListenerConfig config, Address.Tcp address) throws CannotServe {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(address.host(), address.port()), 1);
        } catch (IOException e) {
            throw CannotServe.listening(config, e);
        }
    }

    /** A socket file that nothing listens on is left over from a process that was killed. */
    private static void removeStaleSocket(Path path) throws CannotServe {
        if (!Files.exists(path)) {
            return;
        }
        try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException nobodyListens) {
            try {
                Files.delete(path);
                return;
            } catch (IOException e) {
                throw new CannotServe("cannot listen on unix:" + path + ": the file exists and cannot be removed", e);
            }
        }
        throw new CannotServe(
                "cannot listen on unix:" + path + ": another process does; stop it or choose another path", null);
    }

    private static @Nullable Object keyOf(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    /** Where it listens; for port 0, with the port that the system chose. */
    Address address() {
        return address;
    }

    /** All connections go to whoever listens here too; to be called by that one when the other has closed. */
    void takesAll() {
        if (address instanceof Address.Tcp) {
            Transport.steerNoMore(listening.getFirst());
        }
    }

    /**
     * Leaves the address to another acceptor that listens there. Those sockets must have been bound later than these, and for no
     * connection to be lost, be at least as many.
     */
    void handOver() {
        if (address instanceof Address.Tcp) {
            Transport.steer(listening.getFirst(), listening.size());
        }
        LockSupport.parkNanos(LAST_CONNECTIONS_NS);
        close();
    }

    /** Accepts no more. */
    void close() {
        for (Channel channel : listening) {
            channel.close().awaitUninterruptibly();
        }
        if (address instanceof Address.Unix unix) {
            deleteIfOwn(Path.of(unix.path()));
        }
    }

    private void deleteIfOwn(Path path) {
        try {
            if (Objects.equals(keyOf(path), fileKey)) {
                Files.delete(path);
            }
        } catch (IOException gone) {
            // somebody else has removed it
        }
    }
}
