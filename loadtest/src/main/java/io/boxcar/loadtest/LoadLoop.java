package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one load, and the event loop that they share: it runs on the thread that made it, so that the load
 * costs little of a small machine. A lost connection is replaced. Owned by that thread.
 */
final class LoadLoop implements AutoCloseable {
    private static final int CONNECTING_AT_ONCE = 128; // below any listener's backlog
    private static final long CONNECT_LIMIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long CONNECT_LIMIT_EACH_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long RECONNECT_DELAY_MS = 20;
    private static final long STEP_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int TLS_PORT_OF_NOBODY = -1;

    /** Makes the connections. */
    @FunctionalInterface
    interface ClientFactory {
        /**
         * A connection that replaces another gets a number of its own, counted from 1.
         *
         * @param onLost to be called when the channel has become inactive
         */
        LoadClient newClient(int number, Ticker ticker, Runnable onLost);
    }

    private final LoadTarget target;
    private final @Nullable SslContext tls;
    private final ClientFactory factory;
    private final LoadTally tally;
    private final Dispatch dispatch;
    private final LoadWatcher watcher;
    private final ManualIoEventLoop loop;
    private final Bootstrap bootstrap;
    private LoadClient[] clients = new LoadClient[0];
    private int connecting;
    private int connectedEver;
    private int open;
    private boolean closing;
    private @Nullable Throwable connectFailure;

    /** For connections to {@code target}; {@code watcher} hears of progress. */
    LoadLoop(
            LoadTarget target,
            @Nullable SslContext tls,
            ClientFactory factory,
            LoadTally tally,
            Dispatch dispatch,
            LoadWatcher watcher)
            throws IOException {
        this.target = target;
        this.tls = tls;
        this.factory = factory;
        this.tally = tally;
        this.dispatch = dispatch;
        this.watcher = watcher;
        boolean epoll = Epoll.isAvailable();
        IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        loop = new ManualIoEventLoop(Thread.currentThread(), handlers);
        bootstrap = new Bootstrap().group(loop);
        switch (target.address()) {
            case Address.Tcp(String host, int port) -> {
                Class<? extends Channel> type = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
                SocketAddress address = new InetSocketAddress(host, port);
                bootstrap.channel(type).option(ChannelOption.TCP_NODELAY, true).remoteAddress(address);
            }
            case Address.Unix(String path) -> {
                if (!epoll) {
                    throw new IOException("Unix sockets need Linux's epoll, which is not here");
                }
                bootstrap.channel(EpollDomainSocketChannel.class).remoteAddress(new DomainSocketAddress(path));
            }
        }
        dispatch.useTicker(loop.ticker());
    }

    long nowNs() {
        return loop.ticker().nanoTime();
    }

    /** Connections that are open at this moment. */
    int open() {
        return open;
    }

    /**
     * Opens connections until there are {@code count}.
     *
     * @throws IOException when one of them cannot be made; says why
     */
    void connect(int count) throws IOException {
        int place = clients.length;
        if (count <= place) {
            return;
        }
        FileLimit.check(count);
        clients = Arrays.copyOf(clients, count);
        long startNs = nowNs();
        long limitNs = CONNECT_LIMIT_NS + (count - place) * CONNECT_LIMIT_EACH_NS;
        while (open < count) {
            while (place < count && connecting < CONNECTING_AT_ONCE) {
                connectAt(place++);
            }
            turn(STEP_NS);
            if (connectFailure != null) {
                throw new IOException("cannot connect to " + target + ", connection " + (open + 1) + " of " + count
                        + ": " + connectFailure.getMessage());
            }
            if (nowNs() - startNs > limitNs) {
                throw new IOException("only " + open + " of " + count + " connections to " + target
                        + " were accepted within " + limitNs / 1_000_000_000 + " s");
            }
        }
    }

    private void connectAt(int place) {
        Attempt attempt = new Attempt(place);
        clients[place] = attempt.client;
        connecting++;
        bootstrap.clone().handler(attempt).connect().addListener(future -> {
            SslHandler handshaking = attempt.sslHandler;
            if (future.isSuccess() && handshaking != null) {
                handshaking.handshakeFuture().addListener(attempt::connected);
            } else {
                attempt.connected(future);
            }
        });
    }

    /** A connection that becomes a client when it is open and encrypted. */
    private final class Attempt extends ChannelInitializer<Channel> {
        private final int place;
        private final LoadClient client;
        private boolean isOpen;
        private @Nullable SslHandler sslHandler;
        private @Nullable Channel channel;

        Attempt(int place) {
            this.place = place;
            client = factory.newClient(++connectedEver, loop.ticker(), this::lost);
        }

        @Override
        protected void initChannel(Channel ch) {
            channel = ch;
            if (tls == null) {
                addClient(ch);
                return;
            }
            SslHandler handler = target.address() instanceof Address.Tcp(String host, int port)
                    ? tls.newHandler(ch.alloc(), serverName(host), port)
                    : tls.newHandler(ch.alloc(), serverName("localhost"), TLS_PORT_OF_NOBODY);
            sslHandler = handler;
            ch.pipeline().addLast(handler, new FailureOfHandshake());
        }

        private void addClient(Channel ch) {
            client.addTo(ch.pipeline());
        }

        private String serverName(String host) {
            LoadTls settings = target.tls();
            return settings == null || settings.serverName().isEmpty() ? host : settings.serverName();
        }

        void connected(Future<?> future) {
            connecting--;
            if (!future.isSuccess()) {
                connectFailure = future.cause();
                reconnectLater(place);
                return;
            }
            Channel ch = channel;
            SslHandler ssl = sslHandler;
            if (ssl != null && client instanceof Http2LoadConnection && !"h2".equals(ssl.applicationProtocol())) {
                connectFailure = new IOException("it does not agree to HTTP/2 by ALPN");
                return;
            }
            isOpen = true;
            open++;
            if (ssl != null && ch != null) {
                ch.pipeline().removeLast();
                addClient(ch);
                ChannelHandlerContext first = ch.pipeline().context(ssl);
                first.fireChannelActive();
            }
        }

        private void lost() {
            if (isOpen) {
                isOpen = false;
                open--;
                reconnectLater(place);
            }
        }
    }

    /** Keeps what {@code handshakeFuture} tells already out of the log. */
    private static final class FailureOfHandshake extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    private void reconnectLater(int place) {
        if (!tally.isStopped() && !closing) {
            var unused = loop.schedule(
                    () -> {
                        if (!tally.isStopped() && !closing) {
                            connectAt(place);
                        }
                    },
                    RECONNECT_DELAY_MS,
                    TimeUnit.MILLISECONDS);
        }
    }

    /** Runs the loop for {@code limitNs} or until {@code finished}. */
    void step(long limitNs, BooleanSupplier finished) {
        long startNs = nowNs();
        long nextCheckNs = startNs + STEP_NS;
        tally.tick(startNs, watcher);
        while (!finished.getAsBoolean()) {
            long nowNs = nowNs();
            if (nowNs - startNs >= limitNs) {
                return;
            }
            if (nowNs - nextCheckNs >= 0) {
                nextCheckNs = nowNs + STEP_NS;
                for (LoadClient client : clients) {
                    client.checkAge(nowNs);
                }
                tally.tick(nowNs, watcher);
            }
            turn(Math.min(nextCheckNs - nowNs, limitNs - (nowNs - startNs)));
        }
    }

    private void turn(long waitNs) {
        long untilDueNs = dispatch.turn(nowNs());
        loop.run(Math.min(waitNs, untilDueNs));
    }

    /** Runs the loop until each request has its response, or has been given up after {@code responseLimitNs}. */
    void awaitResponses(long responseLimitNs) {
        step(responseLimitNs + 2 * STEP_NS, this::allIdle);
    }

    boolean allIdle() {
        for (LoadClient client : clients) {
            if (!client.isIdle()) {
                return false;
            }
        }
        return true;
    }

    /** Closes the connections, and ends the loop. */
    @Override
    public void close() {
        closing = true;
        for (LoadClient client : clients) {
            if (client != null) {
                client.close();
            }
        }
        var unused = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        while (!loop.isTerminated()) {
            loop.run(STEP_NS);
        }
    }
}
