package io.boxcar.proxy.core;

import io.boxcar.metrics.LaneMetrics;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.UpstreamConfig;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelGroupFuture;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A named service and the lanes to it. Immutable after {@link #open}; any thread may ask it. */
public final class Upstream {
    private final UpstreamConfig config;
    private final Protocol protocol;
    private final Connector connector;
    private final Address endpoint;
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final List<Lane> lanes = new ArrayList<>();

    /** @throws IllegalArgumentException if the configuration has not exactly one endpoint */
    public Upstream(UpstreamConfig config, Protocol protocol, Connector connector) {
        if (config.endpoints().size() != 1) {
            throw new IllegalArgumentException("upstream " + config.name() + " has "
                    + config.endpoints().size() + " endpoints; the " + protocol.name() + " protocol needs exactly one");
        }
        this.config = config;
        this.protocol = protocol;
        this.connector = connector;
        this.endpoint = config.endpoints().getFirst();
    }

    /** Makes the lanes, spread over the event loops, and starts to connect them. */
    public void open(List<LoopContext> loops, RandomGenerator random) {
        for (int i = 0; i < config.connections(); i++) {
            LaneMetrics metrics = new LaneMetrics(config.name(), endpoint.toString());
            Lane lane = new Lane(this, loops.get(i % loops.size()), metrics, random);
            lanes.add(lane);
            lane.context().loop().execute(lane::open);
        }
    }

    /** Lets the lanes finish what they have and close; the future completes when they are closed. */
    public CompletableFuture<Void> drain() {
        return CompletableFuture.allOf(lanes.stream().map(Lane::drained).toArray(CompletableFuture[]::new));
    }

    /** Ends the lanes and the connections of clients' own at once; the future completes when their sockets are closed. */
    public ChannelGroupFuture close() {
        lanes.forEach(lane -> lane.context().loop().execute(lane::close));
        return channels.close();
    }

    public List<Lane> lanes() {
        return List.copyOf(lanes);
    }

    /** The lane of a client, the same for its whole life: that is what keeps its requests in order. */
    Lane laneFor(long clientNumber) {
        return lanes.get((int) Long.remainderUnsigned(clientNumber, lanes.size()));
    }

    public UpstreamConfig config() {
        return config;
    }

    public Address endpoint() {
        return endpoint;
    }

    public Protocol protocol() {
        return protocol;
    }

    ChannelFuture connect(EventLoop loop, ChannelHandler handler) {
        ChannelFuture connecting =
                connector.connect(loop, endpoint, handler, config.timeout().connectNs());
        channels.add(connecting.channel());
        return connecting;
    }

    /** Closes a connection that is still in its handshake when the connect timeout has passed once more. */
    void closeUnlessReady(Channel channel, BooleanSupplier isHandshaking) {
        var timer = channel.eventLoop()
                .schedule(
                        () -> {
                            if (isHandshaking.getAsBoolean()) {
                                channel.close();
                            }
                        },
                        config.timeout().connectNs(),
                        TimeUnit.NANOSECONDS);
        channel.closeFuture().addListener(closed -> timer.cancel(false));
    }

    /** The sentence for clients: {@code upstream 127.0.0.1:6379 unreachable: connection refused}. */
    String unreachable(@Nullable Throwable cause) {
        return "upstream " + endpoint + " unreachable: " + reason(cause);
    }

    private static String reason(@Nullable Throwable cause) {
        if (cause == null) {
            return "the connection was closed";
        }
        if (cause instanceof io.netty.channel.ConnectTimeoutException) {
            return "connect timed out";
        }
        String text = String.valueOf(cause.getMessage()).toLowerCase(java.util.Locale.ROOT);
        for (String known : List.of(
                "connection refused",
                "no route to host",
                "network is unreachable",
                "no such file or directory",
                "permission denied",
                "connection reset",
                "unresolved")) {
            if (text.contains(known)) {
                return known;
            }
        }
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }
}
