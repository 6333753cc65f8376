package io.boxcar.proxy.core;

import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.config.ListenerLimits;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Where applications connect: makes a {@link Client} of each accepted channel and keeps the limits that all its
 * clients share. Used by all event loops; what belongs to one loop is in its {@link PerLoop}.
 */
public final class Listener {
    private static final long CHECK_NS = 1_000_000_000;

    /** Written by whoever applies a configuration, read by all event loops. */
    private volatile ListenerConfig config;

    private volatile Service service;

    /** As {@link #config}. */
    private volatile ClientGate gate;

    private final List<PerLoop> loops = new ArrayList<>();
    private final AtomicInteger clients = new AtomicInteger();
    private final AtomicLong clientNumbers = new AtomicLong();

    public Listener(ListenerConfig config, Service service, List<LoopContext> contexts) {
        this(config, service, ClientGate.OPEN, contexts);
    }

    public Listener(ListenerConfig config, Service service, ClientGate gate, List<LoopContext> contexts) {
        this.config = config;
        this.service = service;
        this.gate = gate;
        for (LoopContext context : contexts) {
            loops.add(new PerLoop(context, new ListenerMetrics(config.name())));
        }
    }

    public ListenerConfig config() {
        return config;
    }

    public Service service() {
        return service;
    }

    ListenerLimits limits() {
        return config.limits();
    }

    /** What this listener counts, one for each event loop. */
    public List<ListenerMetrics> metrics() {
        return loops.stream().map(loop -> loop.metrics).toList();
    }

    /** Client connections open now. */
    public int clients() {
        return clients.get();
    }

    /** The handler for channels accepted on the event loop with this index. */
    public ChannelInitializer<Channel> clientInitializer(int loopIndex) {
        return loops.get(loopIndex);
    }

    /**
     * Goes on with this configuration: new clients at once, open ones from their next request on, as far as that can change for them.
     * The future completes when no event loop gives requests to what was served before, but for clients that have state there.
     */
    public CompletableFuture<Void> reconfigure(ListenerConfig nextConfig, Service nextService) {
        config = nextConfig;
        service = nextService;
        return onEachLoop(loop -> loop.open.forEach(client -> client.moveTo(nextService)));
    }

    /** New clients come in by this gate; open ones stay as they are. */
    public void admitThrough(ClientGate nextGate) {
        gate = nextGate;
    }

    /** Clients are told that their connections will end, as far as their protocol has words for that; they are served on. */
    public CompletableFuture<Void> announceEnd() {
        return onEachLoop(loop -> {
            loop.isEnding = true;
            loop.open.forEach(Client::announceEnd);
        });
    }

    private CompletableFuture<Void> onEachLoop(Consumer<PerLoop> action) {
        return CompletableFuture.allOf(loops.stream()
                .map(loop -> CompletableFuture.runAsync(() -> action.accept(loop), loop.context.loop()))
                .toArray(CompletableFuture[]::new));
    }

    /** Lets every client finish what it has outstanding and closes it then. The future completes when none is left. */
    public CompletableFuture<Void> drain() {
        return CompletableFuture.allOf(loops.stream().map(PerLoop::drain).toArray(CompletableFuture[]::new));
    }

    /** Closes every client at once. */
    public CompletableFuture<Void> closeClients() {
        return CompletableFuture.allOf(loops.stream().map(PerLoop::closeAll).toArray(CompletableFuture[]::new));
    }

    /** The clients on one event loop. Owned by that loop, but for the two methods that say so. */
    @Sharable
    final class PerLoop extends ChannelInitializer<Channel> {
        private final LoopContext context;
        private final ListenerMetrics metrics;
        private final Set<Client> open = new LinkedHashSet<>();
        private final CompletableFuture<Void> drained = new CompletableFuture<>();
        private boolean isEnding;
        private boolean draining;
        private boolean checking;

        PerLoop(LoopContext context, ListenerMetrics metrics) {
            this.context = context;
            this.metrics = metrics;
        }

        @Override
        protected void initChannel(Channel channel) {
            ClientGate entrance = gate;
            if (clients.incrementAndGet() > limits().maxClients()) {
                clients.decrementAndGet();
                metrics.clientsRefused.increment();
                if (!entrance.isOpen()) {
                    channel.close(); // to say why would take a handshake
                    return;
                }
                channel.pipeline().addLast(new Refused());
                channel.writeAndFlush(service.refusal(channel.alloc())).addListener(ChannelFutureListener.CLOSE);
                return;
            }
            metrics.clientsAccepted.increment();
            int pause = (int) Math.min(limits().pauseOutputBytes(), Integer.MAX_VALUE);
            channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(pause / 2, pause));
            Client client =
                    service.newClient(Listener.this, channel, context, metrics, clientNumbers.getAndIncrement());
            open.add(client);
            channel.closeFuture().addListener(closed -> remove(client));
            entrance.admit(channel);
            channel.pipeline().addLast(client);
            if (draining) {
                channel.close();
            } else if (isEnding) {
                client.announceEnd();
            }
            startChecking();
        }

        /** Until the channel is closed: what the client does meanwhile matters to nobody. */
        private static final class Refused extends ChannelInboundHandlerAdapter {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ReferenceCountUtil.release(message);
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                ctx.close();
            }
        }

        private void remove(Client client) {
            clients.decrementAndGet();
            metrics.clientsClosed.increment();
            open.remove(client);
            if (draining && open.isEmpty()) {
                drained.complete(null);
            }
        }

        /** Any thread. */
        CompletableFuture<Void> drain() {
            context.loop().execute(() -> {
                draining = true;
                if (open.isEmpty()) {
                    drained.complete(null);
                }
                List.copyOf(open).forEach(Client::drain);
            });
            return drained;
        }

        /** Any thread. */
        CompletableFuture<Void> closeAll() {
            context.loop().execute(() -> List.copyOf(open).forEach(Client::close));
            return drained;
        }

        private void startChecking() {
            if (!checking) {
                checking = true;
                context.loop().schedule(this::check, CHECK_NS, TimeUnit.NANOSECONDS);
            }
        }

        private void check() {
            checking = false;
            long nowNs = context.nowNs();
            if (!open.isEmpty()) {
                startChecking();
            }
            List.copyOf(open).forEach(client -> client.checkTimeouts(nowNs));
        }
    }
}
