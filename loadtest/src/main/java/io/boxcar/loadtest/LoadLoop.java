package io.boxcar.loadtest;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
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
    private static final long RECONNECT_DELAY_MS = 20;
    private static final long STEP_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** One connection of a load: the last handler of its channel. */
    interface Client extends ChannelHandler {
        /** Whether no request waits for its response. */
        boolean isIdle();

        /** Gives up the requests in flight if the oldest has waited too long. */
        void checkAge(long nowNs);

        void close();
    }

    /** Makes the connections. */
    @FunctionalInterface
    interface ClientFactory {
        /**
         * A connection that replaces another gets a number of its own, counted from 1.
         *
         * @param onLost to be called when the channel has become inactive
         */
        Client newClient(int number, Ticker ticker, Runnable onLost);
    }

    private final String target;
    private final ClientFactory factory;
    private final LoadTally tally;
    private final LoadWatcher watcher;
    private final ManualIoEventLoop loop;
    private final Bootstrap bootstrap;
    private final Client[] clients;
    private int connecting;
    private int connectedEver;
    private int open;
    private boolean closing;
    private @Nullable Throwable connectFailure;

    /** For {@code connections} to {@code host}; {@code watcher} hears of progress. */
    LoadLoop(String host, int port, int connections, ClientFactory factory, LoadTally tally, LoadWatcher watcher) {
        target = host + ":" + port;
        this.factory = factory;
        this.tally = tally;
        this.watcher = watcher;
        clients = new Client[connections];
        boolean epoll = Epoll.isAvailable();
        IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        Class<? extends Channel> channelType = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
        loop = new ManualIoEventLoop(Thread.currentThread(), handlers);
        bootstrap = new Bootstrap()
                .group(loop)
                .channel(channelType)
                .option(ChannelOption.TCP_NODELAY, true)
                .remoteAddress(new InetSocketAddress(host, port));
    }

    long nowNs() {
        return loop.ticker().nanoTime();
    }

    /** Connections that are open at this moment. */
    int open() {
        return open;
    }

    /** Runs {@code task} on this thread after {@code delayNs}, while {@link #step} is under way. */
    void schedule(Runnable task, long delayNs) {
        var unused = loop.schedule(task, delayNs, TimeUnit.NANOSECONDS);
    }

    /**
     * Opens all connections.
     *
     * @throws IOException when one of them cannot be made; says why
     */
    void connectAll() throws IOException {
        long startNs = nowNs();
        for (int place = 0; open < clients.length; ) {
            while (place < clients.length && connecting < CONNECTING_AT_ONCE) {
                connect(place++);
            }
            loop.run(STEP_NS);
            if (connectFailure != null) {
                throw new IOException("cannot connect to " + target + ", connection " + (open + 1) + " of "
                        + clients.length + ": " + connectFailure.getMessage());
            }
            if (nowNs() - startNs > CONNECT_LIMIT_NS) {
                throw new IOException("only " + open + " of " + clients.length + " connections to " + target
                        + " were accepted within 10 s");
            }
        }
    }

    private void connect(int place) {
        Client client = factory.newClient(++connectedEver, loop.ticker(), () -> lost(place));
        clients[place] = client;
        connecting++;
        ChannelFuture connected = bootstrap.clone().handler(client).connect();
        connected.addListener(future -> {
            connecting--;
            if (future.isSuccess()) {
                open++;
            } else {
                connectFailure = future.cause();
                reconnectLater(place);
            }
        });
    }

    private void lost(int place) {
        open--;
        reconnectLater(place);
    }

    private void reconnectLater(int place) {
        if (!tally.isStopped() && !closing) {
            var unused = loop.schedule(
                    () -> {
                        if (!tally.isStopped() && !closing) {
                            connect(place);
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
                for (Client client : clients) {
                    client.checkAge(nowNs);
                }
                tally.tick(nowNs, watcher);
            }
            loop.run(Math.min(nextCheckNs - nowNs, limitNs - (nowNs - startNs)));
        }
    }

    /** Runs the loop until each request has its response, or has been given up after {@code responseLimitNs}. */
    void awaitResponses(long responseLimitNs) {
        step(responseLimitNs + 2 * STEP_NS, this::allIdle);
    }

    boolean allIdle() {
        for (Client client : clients) {
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
        for (Client client : clients) {
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
