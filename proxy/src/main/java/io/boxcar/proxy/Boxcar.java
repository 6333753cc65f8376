package io.boxcar.proxy;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.core.Backend;
import io.boxcar.proxy.core.Listener;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.tls.InvalidTls;
import io.boxcar.proxy.tls.Tls;
import io.boxcar.proxy.transport.Transport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A running sidecar: {@link #start}, then {@link #drain} and {@link #close}. Safe for use by any thread.
 *
 * <pre>
 *   start: transport -> event loops -> lanes (connecting) -> listeners (accepting)
 *   drain: listeners closed -> clients answered and closed -> lanes drained -> event loops stopped
 * </pre>
 */
public final class Boxcar implements AutoCloseable {
    private static final String VERSION =
            java.util.Objects.requireNonNullElse(Boxcar.class.getPackage().getImplementationVersion(), "development");
    private static final int MAX_LOOPS = 4;
    private static final int MAX_EXCHANGES_PER_LOOP = 16 * 1024;
    private static final long STOP_SECONDS = 2;
    private static final long QUIET_MS = 20;

    private final BoxcarConfig config;
    private final Transport transport;
    private final MultiThreadIoEventLoopGroup group;
    private final List<LoopContext> loops;
    private final Tls tls;
    private final Protocols protocols;
    private final List<Listener> listeners = new ArrayList<>();
    private final List<Channel> accepting = new ArrayList<>();
    private final List<Path> socketFiles = new ArrayList<>();
    private final Map<String, Address> bound = new HashMap<>();
    private final BoxcarMetrics metrics = new BoxcarMetrics(VERSION);
    private volatile boolean draining;

    private Boxcar(
            BoxcarConfig config, Transport transport, MultiThreadIoEventLoopGroup group, List<LoopContext> loops) {
        this.config = config;
        this.transport = transport;
        this.group = group;
        this.loops = loops;
        this.tls = new Tls(metrics, loops.stream().map(LoopContext::loop).toList(), transport);
        this.protocols = new Protocols(config, transport, tls, loops, metrics);
    }

    /**
     * Starts everything and returns when all listeners accept; upstreams connect meanwhile.
     *
     * @throws CannotServe if an address cannot be listened on, or the transport is not available
     */
    public static Boxcar start(BoxcarConfig config) throws CannotServe {
        Transport transport;
        try {
            transport = Transport.choose(config.transport());
        } catch (IllegalStateException e) {
            throw new CannotServe(String.valueOf(e.getMessage()), e);
        }
        int loopCount = config.loops() > 0 ? config.loops() : defaultLoops();
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(
                loopCount, new DefaultThreadFactory("boxcar-loop"), transport.ioHandlerFactory());
        // Slow clients may hold half of the memory for network buffers; the rest must do for everyone else.
        long maxUnsentBytes = PlatformDependent.maxDirectMemory() / 2 / loopCount;
        List<LoopContext> loops = new ArrayList<>();
        for (int i = 0; i < loopCount; i++) {
            loops.add(new LoopContext(group.next(), MAX_EXCHANGES_PER_LOOP, maxUnsentBytes));
        }
        Boxcar boxcar = new Boxcar(config, transport, group, loops);
        try {
            boxcar.open();
        } catch (CannotServe | RuntimeException e) {
            boxcar.close();
            throw e;
        }
        return boxcar;
    }

    /** Half the CPUs that this process may use: the applications beside it need the other half. */
    private static int defaultLoops() {
        return Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, MAX_LOOPS);
    }

    private void open() throws CannotServe {
        try {
            tls.load(config);
        } catch (InvalidTls e) {
            throw new CannotServe(String.valueOf(e.getMessage()), e);
        }
        for (ListenerConfig listener : config.listeners()) {
            listen(new Listener(listener, protocols.service(listener), tls.gate(listener), loops));
        }
    }

    private void listen(Listener listener) throws CannotServe {
        listeners.add(listener);
        listener.metrics().forEach(metrics::add);
        Address address = listener.config().listen();
        if (address instanceof Address.Unix unix) {
            removeStaleSocket(Path.of(unix.path()));
        }
        // Unix sockets have no SO_REUSEPORT: one loop accepts for all its clients.
        boolean onEachLoop = address instanceof Address.Tcp && loops.size() > 1 && transport.hasReusePort();
        if (onEachLoop) {
            refuseTakenPort(listener.config(), (Address.Tcp) address);
        }
        for (int i = 0; i < (onEachLoop ? loops.size() : 1); i++) {
            EventLoop loop = loops.get(i).loop();
            ChannelFuture binding = transport
                    .bind(loop, address, listener.config().backlog(), onEachLoop, listener.clientInitializer(i))
                    .awaitUninterruptibly();
            if (!binding.isSuccess()) {
                throw CannotServe.listening(listener.config(), binding.cause());
            }
            accepting.add(binding.channel());
            if (address instanceof Address.Unix unix) {
                socketFiles.add(Path.of(unix.path()));
            }
            if (address instanceof Address.Tcp tcp
                    && binding.channel().localAddress() instanceof InetSocketAddress at) {
                address = new Address.Tcp(tcp.host(), at.getPort()); // for port 0, the same one on all loops
            }
        }
        bound.put(listener.config().name(), address);
    }

    /** With SO_REUSEPORT two sidecars of one user would share the port, each with a part of the clients. */
    private static void refuseTakenPort(ListenerConfig listener, Address.Tcp address) throws CannotServe {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(address.host(), address.port()), 1);
        } catch (IOException e) {
            throw CannotServe.listening(listener, e);
        }
    }

    /** A socket file that nothing listens on is left over from a process that was killed. */
    private static void removeStaleSocket(Path path) throws CannotServe {
        if (!Files.exists(path)) {
            return;
        }
        try (var probe = java.nio.channels.SocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            probe.connect(java.net.UnixDomainSocketAddress.of(path));
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

    /** For the log: {@code redis 127.0.0.1:6380 -> 127.0.0.1:6379}, one for each listener. */
    public String routes() {
        List<String> routes = new ArrayList<>();
        for (Listener listener : listeners) {
            routes.add(listener.config().protocol() + " "
                    + address(listener.config().name()) + " -> "
                    + listener.service().addresses());
        }
        return String.join(", ", routes);
    }

    /** Where the listener of this name accepts; for port 0, with the port that the system chose. */
    public Address address(String listener) {
        Address address = bound.get(listener);
        if (address == null) {
            throw new IllegalArgumentException("there is no listener " + listener);
        }
        return address;
    }

    /** Which transport serves, and why. */
    public String transport() {
        return transport.toString();
    }

    public int loopCount() {
        return loops.size();
    }

    public BoxcarMetrics metrics() {
        return metrics;
    }

    /** Reads all certificates again; what could not be used, a sentence each. */
    public List<String> reloadCertificates() {
        return tls.reloadNow();
    }

    public boolean isDraining() {
        return draining;
    }

    /** Why requests cannot be served right now, a sentence each; empty when they can. */
    public List<String> obstacles() {
        List<String> obstacles = new ArrayList<>();
        if (draining) {
            obstacles.add("shutting down");
        }
        protocols.backends().forEach(backend -> obstacles.addAll(backend.obstacles()));
        return obstacles;
    }

    /**
     * Stops accepting, answers what is outstanding and closes clients between two responses; waits for that at most the
     * configured time.
     *
     * @return how many clients had to be cut off because the time was over
     */
    public int drain() throws InterruptedException {
        draining = true;
        stopAccepting();
        long deadlineNs = System.nanoTime() + config.drainTimeoutNs();
        CompletableFuture<Void> drained =
                CompletableFuture.allOf(listeners.stream().map(Listener::drain).toArray(CompletableFuture[]::new));
        int left = 0;
        if (!awaits(drained, deadlineNs - System.nanoTime())) {
            left = listeners.stream().mapToInt(Listener::clients).sum();
            listeners.forEach(Listener::closeClients);
            awaits(drained, TimeUnit.SECONDS.toNanos(STOP_SECONDS));
        }
        for (Backend backend : protocols.backends()) {
            awaits(backend.drain(), Math.max(0, deadlineNs - System.nanoTime()));
        }
        return left;
    }

    private static boolean awaits(CompletableFuture<Void> future, long timeoutNs) throws InterruptedException {
        try {
            future.get(timeoutNs, TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void stopAccepting() {
        for (Channel channel : accepting) {
            channel.close().awaitUninterruptibly();
        }
        accepting.clear();
        socketFiles.forEach(path -> path.toFile().delete());
        socketFiles.clear(); // a successor may have made its own by the time of a second call
    }

    /** Ends everything at once; after {@link #drain} that is nothing but the event loops. */
    @Override
    public void close() {
        draining = true;
        tls.close();
        stopAccepting();
        if (!group.isShuttingDown()) {
            listeners.forEach(Listener::closeClients);
            // An event loop that is told to stop in the middle of a turn may leave its sockets open.
            protocols
                    .backends()
                    .forEach(backend -> backend.close().awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS));
        }
        group.shutdownGracefully(QUIET_MS, TimeUnit.SECONDS.toMillis(STOP_SECONDS), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly();
    }
}
