package io.boxcar.proxy.core;

import io.boxcar.metrics.LaneMetrics;
import io.boxcar.metrics.LaneState;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.ReadFrom;
import io.boxcar.proxy.config.UpstreamConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelGroupFuture;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A named service: its endpoints, and which of them serves what. Any thread may call any method.
 *
 * <pre>
 *   place (of a key) -> Routes -> Endpoint -> lanes by identity
 *                         ^
 *                         '-- fixed, or, of a cluster, replaced by Topology and by redirections
 * </pre>
 */
public final class Upstream implements Backend {
    private static final long CLEAN_UP_NS = 10_000_000_000L;

    private final UpstreamConfig config;
    private final Protocol protocol;
    private final Connector connector;
    private final boolean isSingle;
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Map<Address, Endpoint> endpoints = new ConcurrentHashMap<>();
    private List<LoopContext> loops = List.of();
    private RandomGenerator random = RandomGenerator.getDefault();
    private Consumer<LaneMetrics> onMetrics = metrics -> {};
    private Consumer<LaneMetrics> onEnd = metrics -> {};
    private final Queue<LaneMetrics> measured = new ConcurrentLinkedQueue<>();
    /** Clients that use it. */
    private final AtomicInteger clients = new AtomicInteger();

    private final CompletableFuture<Void> unused = new CompletableFuture<>();
    private volatile boolean isRetired;
    private volatile boolean isClosing;
    private volatile boolean knowsLayout;
    private volatile Routes routes = new Routes(List.of(), List.of(), null);
    private @Nullable Topology topology;

    public Upstream(UpstreamConfig config, Protocol protocol, Connector connector) {
        this.config = config;
        this.protocol = protocol;
        this.connector = connector;
        this.isSingle = config.endpoints().size() == 1 && !config.routing().cluster();
    }

    /**
     * Makes the lanes, spread over the event loops, and starts to connect them. To be called once, before anything else.
     *
     * @param onNewMetrics is told what each new lane counts
     * @param onEndedMetrics is told, when the upstream has been retired or the cluster has left an endpoint, that nothing more is
     *     counted there
     */
    public void open(
            List<LoopContext> contexts,
            RandomGenerator randomness,
            Consumer<LaneMetrics> onNewMetrics,
            Consumer<LaneMetrics> onEndedMetrics) {
        loops = List.copyOf(contexts);
        random = randomness;
        onMetrics = onNewMetrics;
        onEnd = onEndedMetrics;
        List<Endpoint> all = config.endpoints().stream().map(this::endpoint).toList();
        routes = new Routes(all, List.of(), isCluster() ? nobodyKnown() : null);
        if (isCluster()) {
            Topology watched = new Topology(this, loops.getFirst());
            topology = watched;
            watched.start();
        }
        all.forEach(endpoint -> endpoint.open(protocol.initialIdentity()));
        scheduleCleanUp();
    }

    /** Until the cluster has said more, any node will do: it redirects. */
    private static short[] nobodyKnown() {
        short[] slots = new short[RequestDecoder.FIRST_ENDPOINT];
        Arrays.fill(slots, ClusterLayout.NOBODY);
        return slots;
    }

    private void scheduleCleanUp() {
        LoopContext first = loops.getFirst();
        var unused = first.loop()
                .schedule(
                        () -> {
                            if (!isClosing) {
                                cleanUp(first.nowNs());
                                scheduleCleanUp();
                            }
                        },
                        CLEAN_UP_NS,
                        TimeUnit.NANOSECONDS);
    }

    /** Closes lanes that nobody uses, of identities, and of endpoints that the cluster has left. */
    synchronized void cleanUp(long nowNs) {
        for (Endpoint endpoint : endpoints.values()) {
            endpoint.closeUnused(isMember(endpoint), nowNs);
        }
    }

    private boolean isMember(Endpoint endpoint) {
        return config.endpoints().contains(endpoint.address()) || routes.contains(endpoint);
    }

    private Endpoint endpoint(Address address) {
        return endpoints.computeIfAbsent(address, known -> new Endpoint(this, known));
    }

    /** One more client uses it, until it calls {@link #leave}. */
    void join() {
        clients.incrementAndGet();
    }

    void leave() {
        if (clients.decrementAndGet() == 0 && isRetired) {
            unused.complete(null);
        }
    }

    @Override
    public CompletableFuture<Void> retire() {
        isRetired = true;
        if (clients.get() == 0) {
            unused.complete(null);
        }
        return unused.thenCompose(gone -> drain()).thenRun(() -> measured.forEach(onEnd));
    }

    /** Lets the lanes finish what they have and close; the future completes when they are closed. */
    @Override
    public CompletableFuture<Void> drain() {
        isClosing = true;
        return CompletableFuture.allOf(
                endpoints.values().stream().map(Endpoint::drain).toArray(CompletableFuture[]::new));
    }

    /** Ends the lanes and the pinned connections at once; the future completes when their sockets are closed. */
    @Override
    public ChannelGroupFuture close() {
        isClosing = true;
        lanes().forEach(lane -> lane.context().loop().execute(lane::close));
        return channels.close();
    }

    // ---- what others ask ----

    @Override
    public List<String> obstacles() {
        List<String> obstacles = new ArrayList<>();
        if (isCluster() && !knowsLayout) {
            obstacles.add("upstream " + config.name() + " " + addresses() + " has not said yet which node serves what");
        }
        for (Endpoint endpoint : serving()) {
            for (Lane lane : endpoint.initialLanes()) {
                if (lane.state() != LaneState.READY) {
                    String why = lane.obstacle();
                    obstacles.add("upstream " + config.name() + " " + endpoint + " "
                            + lane.state().label() + (why == null ? "" : ": " + why));
                }
            }
        }
        return obstacles;
    }

    public UpstreamConfig config() {
        return config;
    }

    public Protocol protocol() {
        return protocol;
    }

    /** All lanes that are open now. */
    public List<Lane> lanes() {
        return endpoints.values().stream()
                .flatMap(endpoint -> endpoint.lanes().stream())
                .toList();
    }

    /** The endpoints that serve now, for each its lanes for clients that have not said who they are. */
    public List<Endpoint> serving() {
        return routes.primaries();
    }

    /** For people: {@code 127.0.0.1:6379}, or several, with commas. */
    public String addresses() {
        List<String> texts = new ArrayList<>();
        config.endpoints().forEach(address -> texts.add(address.toString()));
        return String.join(",", texts);
    }

    List<LoopContext> loops() {
        return loops;
    }

    RandomGenerator random() {
        return random;
    }

    void isMeasuredBy(LaneMetrics lane) {
        measured.add(lane);
        onMetrics.accept(lane);
    }

    void isMeasuredNoMore(LaneMetrics lane) {
        measured.remove(lane);
        onEnd.accept(lane);
    }

    /** Whether the last connection of each identity is kept for what could hold up others. */
    boolean hasSlowLanes() {
        return config.connections() > 1 && config.slowLaneAboveBytes() > 0;
    }

    /** Whether there is just one endpoint, for ever. */
    boolean isSingle() {
        return isSingle;
    }

    boolean isCluster() {
        return config.routing().cluster();
    }

    boolean isClosing() {
        return isClosing;
    }

    Routes routes() {
        return routes;
    }

    ChannelFuture connect(EventLoop loop, Address address, ChannelHandler handler) {
        ChannelFuture connecting =
                connector.connect(loop, address, handler, config.timeout().connectNs());
        channels.add(connecting.channel());
        return connecting;
    }

    // ---- routes of a cluster ----

    /** A lane has lost its connection or cannot get one: perhaps the cluster has changed. */
    void isInTrouble() {
        Topology watched = topology;
        if (watched != null) {
            watched.lookSoon();
        }
    }

    /** Where a redirection leads; what has moved for good is remembered. */
    Endpoint redirected(Redirection to) {
        Address address = to.address();
        if (address == null) {
            throw new IllegalArgumentException("this redirection names no address");
        }
        Endpoint endpoint = endpoint(address);
        if (to.kind() == Redirection.Kind.MOVED) {
            moved(to.place(), endpoint);
            isInTrouble();
        }
        return endpoint;
    }

    private synchronized void moved(int place, Endpoint endpoint) {
        Routes before = routes;
        short[] slots = before.slots();
        int index = before.primaries().indexOf(endpoint);
        if (slots == null || index < 0 || slots[place] == index) {
            return; // the topology, which is asked for now, knows better
        }
        short[] after = slots.clone();
        after[place] = (short) index;
        routes = new Routes(before.primaries(), before.replicas(), after);
    }

    /** The cluster has said who serves what. */
    synchronized void take(ClusterLayout layout) {
        List<Endpoint> primaries =
                layout.primaries().stream().map(this::endpoint).toList();
        List<List<Endpoint>> replicas = config.routing().readFrom() == ReadFrom.REPLICA
                ? layout.replicas().stream()
                        .map(group -> group.stream().map(this::endpoint).toList())
                        .toList()
                : List.of();
        knowsLayout = true;
        Routes before = routes;
        Routes after = new Routes(primaries, replicas, layout.slots());
        if (after.isLike(before)) {
            return;
        }
        primaries.forEach(endpoint -> endpoint.open(protocol.initialIdentity()));
        routes = after;
        for (Endpoint endpoint : endpoints.values()) {
            if (!primaries.contains(endpoint)) {
                endpoint.lanes().forEach(Lane::handBackWaiting);
            }
        }
    }

    /** Addresses that may know the cluster: those that serve now, and the configured ones. */
    List<Address> seeds() {
        List<Address> seeds = new ArrayList<>();
        routes.primaries().forEach(endpoint -> seeds.add(endpoint.address()));
        config.endpoints().stream().filter(address -> !seeds.contains(address)).forEach(seeds::add);
        return seeds;
    }
}
