package io.boxcar.loadtest;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Closed-loop load on a Redis, or on something that speaks for one: each connection sends its next request when a
 * response arrives, and each response is checked to be its own ({@link LoadConnection} says how). Everything runs on
 * the thread that calls {@link #run}, so that the load costs little of a small machine; a lost connection is counted
 * and replaced.
 */
public final class RedisLoad {
    private static final int CONNECTING_AT_ONCE = 128; // below any listener's backlog
    private static final long CONNECT_LIMIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long RECONNECT_DELAY_MS = 20;
    private static final long STEP_NS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Hears of the stages of a load, on the thread that runs it; whatever it does delays the load. */
    public interface Watcher {
        /** Called when the warm-up is over. */
        default void windowOpened() throws IOException {}

        /** Called at the end of the measured window, with all connections still open and busy. */
        default void windowClosed() throws IOException {}

        /** Called about ten times a second with the number of responses so far. */
        default void progress(long responses) {}
    }

    private final LoadPlan plan;
    private final Watcher watcher;
    private final LoadTally tally;
    private final ManualIoEventLoop loop;
    private final Bootstrap bootstrap;
    private final LoadConnection[] connections;
    private int connecting;
    private int connectedEver;
    private int open;
    private boolean closing;
    private @Nullable Throwable connectFailure;

    private RedisLoad(LoadPlan plan, Watcher watcher) {
        this.plan = plan;
        this.watcher = watcher;
        tally = new LoadTally(plan.maxRequests());
        connections = new LoadConnection[plan.connections()];
        boolean epoll = Epoll.isAvailable();
        IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        Class<? extends Channel> channelType = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
        loop = new ManualIoEventLoop(Thread.currentThread(), handlers);
        bootstrap = new Bootstrap()
                .group(loop)
                .channel(channelType)
                .option(ChannelOption.TCP_NODELAY, true)
                .remoteAddress(new InetSocketAddress(plan.host(), plan.port()));
    }

    /**
     * Runs the load on the calling thread: connect, warm up, measure, wait for the last responses, disconnect.
     *
     * @throws IOException when the connections cannot be made in the first place
     */
    public static LoadResult run(LoadPlan plan, Watcher watcher) throws IOException {
        RedisLoad load = new RedisLoad(plan, watcher);
        try {
            return load.run();
        } finally {
            load.close();
        }
    }

    private LoadResult run() throws IOException {
        connectAll();
        step(plan.warmupNs(), () -> false);
        watcher.windowOpened();
        tally.measure(true);
        long startNs = loop.ticker().nanoTime();
        step(plan.measuredNs(), tally::isComplete);
        tally.measure(false);
        long measuredNs = loop.ticker().nanoTime() - startNs;
        watcher.windowClosed();
        tally.stop();
        // Each connection gives up at the response limit, at the latest.
        step(plan.responseLimitNs() + 2 * STEP_NS, this::allIdle);
        return tally.result(measuredNs / 1e9);
    }

    private void connectAll() throws IOException {
        long startNs = loop.ticker().nanoTime();
        for (int place = 0; open < connections.length; ) {
            while (place < connections.length && connecting < CONNECTING_AT_ONCE) {
                connect(place++);
            }
            loop.run(STEP_NS);
            if (connectFailure != null) {
                throw new IOException("cannot connect to " + plan.host() + ":" + plan.port() + ", connection "
                        + (open + 1) + " of " + connections.length + ": " + connectFailure.getMessage());
            }
            if (loop.ticker().nanoTime() - startNs > CONNECT_LIMIT_NS) {
                throw new IOException("only " + open + " of " + connections.length + " connections to " + plan.host()
                        + ":" + plan.port() + " were accepted within 10 s");
            }
        }
    }

    /** A connection that replaces another gets a number, and thereby a key, of its own: nothing is known about the old. */
    private void connect(int place) {
        LoadConnection connection = new LoadConnection(++connectedEver, plan, tally, loop.ticker(), () -> lost(place));
        connections[place] = connection;
        connecting++;
        ChannelFuture connected = bootstrap.clone().handler(connection).connect();
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
    private void step(long limitNs, BooleanSupplier finished) {
        long startNs = loop.ticker().nanoTime();
        long nextCheckNs = startNs + STEP_NS;
        while (!finished.getAsBoolean()) {
            long nowNs = loop.ticker().nanoTime();
            if (nowNs - startNs >= limitNs) {
                return;
            }
            if (nowNs - nextCheckNs >= 0) {
                nextCheckNs = nowNs + STEP_NS;
                for (LoadConnection connection : connections) {
                    connection.checkAge(nowNs);
                }
                watcher.progress(tally.responses());
            }
            loop.run(Math.min(nextCheckNs - nowNs, limitNs - (nowNs - startNs)));
        }
    }

    private boolean allIdle() {
        for (LoadConnection connection : connections) {
            if (!connection.isIdle()) {
                return false;
            }
        }
        return true;
    }

    private void close() {
        closing = true;
        for (LoadConnection connection : connections) {
            if (connection != null) {
                connection.close();
            }
        }
        var unused = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        while (!loop.isTerminated()) {
            loop.run(STEP_NS);
        }
    }
}
