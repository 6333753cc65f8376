package io.boxcar.loadtest.origin;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.TransportChoice;
import io.boxcar.proxy.transport.Transport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;

/**
 * An HTTP server in this process: HTTP/1.1 and HTTP/2 with prior knowledge on one port, each worker an event loop with a
 * listening socket of its own where the transport allows it. Can fail on demand. Owned by one thread, except for the
 * counts and resets, which any thread may ask for.
 */
public final class HttpOrigin implements AutoCloseable {
    private static final int BACKLOG = 4_096;
    private static final int TEST_WORKERS = 2;

    private final Transport transport;
    private final EventLoopGroup loops;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final List<Worker> workers = new ArrayList<>();
    private final List<Channel> listening = new ArrayList<>();
    private Address address;

    private HttpOrigin(Transport transport, EventLoopGroup loops, Address address) {
        this.transport = transport;
        this.loops = loops;
        this.address = address;
    }

    /** One that shows what HTTP can do ({@code GET /} lists it), on a free port of 127.0.0.1. */
    public static HttpOrigin start() throws IOException {
        return start(new Address.Tcp(Address.DEFAULT_HOST, 0), TEST_WORKERS);
    }

    /** The one-million-request challenge, on a free port of 127.0.0.1. */
    public static HttpOrigin startChallenge() throws IOException {
        return startChallenge(new Address.Tcp(Address.DEFAULT_HOST, 0), TEST_WORKERS);
    }

    /**
     * Like {@link #start()}, at {@code listen}, where port 0 means any free one.
     *
     * @throws IOException when it cannot listen there; says why
     */
    public static HttpOrigin start(Address listen, int workers) throws IOException {
        return start(listen, workers, (origin, loop) -> new ShowcaseSite(origin));
    }

    /** Like {@link #startChallenge()}, at {@code listen}, where port 0 means any free one. */
    public static HttpOrigin startChallenge(Address listen, int workers) throws IOException {
        Challenge challenge = new Challenge();
        return start(listen, workers, (origin, loop) -> challenge.newSite(loop));
    }

    private static HttpOrigin start(Address listen, int workers, BiFunction<HttpOrigin, EventLoop, Site> sites)
            throws IOException {
        Transport transport = Transport.choose(TransportChoice.AUTO);
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
                workers, new DefaultThreadFactory("origin", true), transport.ioHandlerFactory());
        HttpOrigin origin = new HttpOrigin(transport, loops, listen);
        try {
            for (EventExecutor loop : loops) {
                EventLoop eventLoop = (EventLoop) loop;
                origin.workers.add(new Worker(eventLoop, sites.apply(origin, eventLoop), origin.connections));
            }
            origin.listen();
            return origin;
        } catch (IOException | RuntimeException e) {
            origin.close();
            throw e;
        }
    }

    private void listen() throws IOException {
        boolean onEachLoop = address instanceof Address.Tcp && workers.size() > 1 && transport.hasReusePort();
        if (onEachLoop && address instanceof Address.Tcp tcp && tcp.port() != 0) {
            refuseTakenPort(tcp);
        }
        for (Worker worker : onEachLoop ? workers : workers.subList(0, 1)) {
            ChannelFuture binding = transport
                    .bind(worker.loop(), address, BACKLOG, onEachLoop, new ConnectionInitializer(worker))
                    .awaitUninterruptibly();
            if (!binding.isSuccess()) {
                stopListening();
                throw cannotListen(address, binding.cause());
            }
            listening.add(binding.channel());
            if (address instanceof Address.Tcp tcp
                    && binding.channel().localAddress() instanceof InetSocketAddress at) {
                address = new Address.Tcp(tcp.host(), at.getPort());
            }
        }
    }

    /** With SO_REUSEPORT two origins of one user would share the port, and each would have counted a part. */
    private static void refuseTakenPort(Address.Tcp address) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(address.host(), address.port()), 1);
        } catch (IOException e) {
            throw cannotListen(address, e);
        }
    }

    private static IOException cannotListen(Address address, Throwable cause) {
        return new IOException("cannot listen on " + address + ": " + cause.getMessage(), cause);
    }

    /** Where it listens. */
    public Address address() {
        return address;
    }

    /** The TCP port. */
    public int port() {
        if (address instanceof Address.Tcp tcp) {
            return tcp.port();
        }
        throw new IllegalStateException("listens on " + address + ", which has no port");
    }

    /** Connections accepted since the start. */
    public long acceptedConnections() {
        return sum(Worker::acceptedConnections);
    }

    /** Requests whose heads have been read since the start. */
    public long requests() {
        return sum(Worker::requests);
    }

    private long sum(ToLongFunction<Worker> count) {
        long sum = 0;
        for (Worker worker : workers) {
            sum += count.applyAsLong(worker);
        }
        return sum;
    }

    /** Connections that are open. */
    public int openConnections() {
        return connections.size();
    }

    /** Resets each connection that is open: whatever its client has not read yet is lost. */
    public void resetConnections() {
        connections.forEach(HttpOrigin::reset);
    }

    /** Resets one of the connections that are open; false if there is none. */
    public boolean resetRandomConnection(RandomGenerator random) {
        Channel[] open = connections.toArray(Channel[]::new);
        if (open.length == 0) {
            return false;
        }
        reset(open[random.nextInt(open.length)]);
        return true;
    }

    private static void reset(Channel connection) {
        if (connection.localAddress() instanceof InetSocketAddress) {
            connection.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        // Past the handlers: HTTP/2's would say goodbye first.
        ChannelHandlerContext first = connection.pipeline().firstContext();
        if (first == null) {
            connection.close();
        } else {
            first.close();
        }
    }

    /** Refuses connections from now on, and resets those that are open, as a crash would. */
    public void stop() {
        stopListening();
        for (Channel connection : connections) {
            reset(connection);
            connection.closeFuture().awaitUninterruptibly();
            connections.remove(connection); // which the group itself may do only a moment later
        }
    }

    /**
     * Listens again, on the same address; what was counted is kept.
     *
     * @throws IOException when somebody else has taken the address
     */
    public void restart() throws IOException {
        stop();
        listen();
    }

    private void stopListening() {
        for (Channel listener : listening) {
            listener.close().awaitUninterruptibly();
        }
        listening.clear();
        if (address instanceof Address.Unix(String path)) {
            try {
                Files.deleteIfExists(Path.of(path));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot remove the socket " + path, e);
            }
        }
    }

    /** Ends everything at once; returns when the event loops have ended. */
    @Override
    public void close() {
        stopListening();
        connections.close().awaitUninterruptibly();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** Sets up the connections that one worker accepts. */
    private static final class ConnectionInitializer extends ChannelInitializer<Channel> {
        private final Worker worker;

        ConnectionInitializer(Worker worker) {
            this.worker = worker;
        }

        @Override
        public boolean isSharable() {
            return true;
        }

        @Override
        protected void initChannel(Channel connection) {
            worker.accepted(connection);
            connection.pipeline().addLast(new Http2Detector(worker));
        }
    }
}
