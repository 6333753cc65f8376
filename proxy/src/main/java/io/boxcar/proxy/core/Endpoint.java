package io.boxcar.proxy.core;

import io.boxcar.metrics.LaneMetrics;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.UpstreamConfig;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One address of an upstream: its lanes, some for each identity that clients have taken on, and its pinned connections, a pool
 * for each event loop. Any thread may call any method.
 */
public final class Endpoint {
    /** Identities beyond this number are not given lanes; their clients keep pinned connections. */
    private static final int MAX_IDENTITIES = 256;

    /** Lanes of an identity that nobody has used for this long are closed. */
    private static final long UNUSED_NS = 60_000_000_000L;

    private final Upstream upstream;
    private final Address address;
    private final Map<Identity, LaneSet> lanes = new ConcurrentHashMap<>();
    private final Map<LoopContext, PinnedPool> pools = new HashMap<>();
    private final Map<LoopContext, ConcurrentLinkedQueue<LaneMetrics>> spareMetrics = new HashMap<>();
    private final AtomicInteger nextLoop = new AtomicInteger();

    /** Guarded by the upstream. */
    private long lastMemberNs;

    /** The lanes of one identity. The count of passengers changes only inside the map's compute methods. */
    private static final class LaneSet {
        final List<Lane> shared;
        final @Nullable Lane slow;
        int passengers;
        long unusedSinceNs;

        LaneSet(List<Lane> shared, @Nullable Lane slow) {
            this.shared = shared;
            this.slow = slow;
        }

        boolean isProven() {
            return all().stream().allMatch(Lane::isProven);
        }

        List<Lane> all() {
            List<Lane> all = new ArrayList<>(shared);
            if (slow != null) {
                all.add(slow);
            }
            return all;
        }
    }

    Endpoint(Upstream upstream, Address address) {
        this.upstream = upstream;
        this.address = address;
        PinnedPermits permits = new PinnedPermits(upstream.config().pinned().max());
        for (LoopContext context : upstream.loops()) {
            pools.put(context, new PinnedPool(this, context, permits));
            spareMetrics.put(context, new ConcurrentLinkedQueue<>());
        }
        permits.shareAmong(List.copyOf(pools.values()));
    }

    public Address address() {
        return address;
    }

    Upstream upstream() {
        return upstream;
    }

    UpstreamConfig config() {
        return upstream.config();
    }

    @Override
    public String toString() {
        return address.toString();
    }

    // ---- lanes ----

    /** Opens the lanes of this identity, if there are none yet. */
    void open(Identity identity) {
        lanes.computeIfAbsent(identity, this::newLanes);
    }

    /**
     * Whether clients of this identity can be given lanes, because the upstream has accepted it on a new connection; some
     * are accepted only on the way that a client took (SELECT, then AUTH as a user who may not). Lanes that are missing are
     * opened. With several endpoints nobody waits for that: meanwhile a pinned connection would lead all keys to one of them.
     */
    boolean admits(Identity identity, long nowNs) {
        LaneSet known = lanes.get(identity);
        if (known == null && lanes.size() < MAX_IDENTITIES) {
            known = lanes.computeIfAbsent(identity, key -> {
                LaneSet made = newLanes(key);
                made.unusedSinceNs = nowNs;
                return made;
            });
        }
        return known != null && (!upstream.isSingle() || known.isProven());
    }

    /** The first connection of a lane stands: clients may wait for that. */
    void isProven() {
        pools.values().forEach(PinnedPool::retrySharingFromAnyThread);
    }

    /** The lane for one client, which uses it until it calls {@link #leave}. */
    Lane board(Identity identity, long clientNumber, boolean slow) {
        List<Lane> boarded = new ArrayList<>(1);
        lanes.compute(identity, (key, known) -> {
            LaneSet set = known == null ? newLanes(key) : known;
            set.passengers++;
            Lane slowLane = set.slow;
            boarded.add(
                    slow && slowLane != null
                            ? slowLane
                            : set.shared.get((int) Long.remainderUnsigned(clientNumber, set.shared.size())));
            return set;
        });
        return boarded.getFirst();
    }

    /** The client does not use the lane any more. */
    void leave(Lane lane, long nowNs) {
        lanes.computeIfPresent(lane.identity(), (identity, set) -> {
            set.passengers--;
            set.unusedSinceNs = nowNs;
            return set;
        });
    }

    private LaneSet newLanes(Identity identity) {
        boolean withSlow = upstream.hasSlowLanes();
        int count = config().connections();
        List<Lane> made = new ArrayList<>();
        int first = nextLoop.getAndAdd(count);
        for (int i = 0; i < count; i++) {
            LoopContext context =
                    upstream.loops().get((first + i) % upstream.loops().size());
            Lane lane = new Lane(this, identity, context, false, metrics(context), upstream.random());
            made.add(lane);
            context.loop().execute(lane::open);
        }
        return withSlow
                ? new LaneSet(List.copyOf(made.subList(0, count - 1)), made.getLast())
                : new LaneSet(List.copyOf(made), null);
    }

    Lane spareOf(Lane lane) {
        LoopContext context = lane.context();
        return new Lane(this, lane.identity(), context, true, metrics(context), upstream.random());
    }

    /** Metrics of a lane that is closed go on with another, so that what they count never goes backwards. */
    private LaneMetrics metrics(LoopContext context) {
        LaneMetrics spare = spare(context).poll();
        if (spare != null) {
            return spare;
        }
        LaneMetrics metrics = new LaneMetrics(config().name(), address.toString());
        upstream.isMeasuredBy(metrics);
        return metrics;
    }

    private ConcurrentLinkedQueue<LaneMetrics> spare(LoopContext context) {
        ConcurrentLinkedQueue<LaneMetrics> queue = spareMetrics.get(context);
        if (queue == null) {
            throw new IllegalStateException("not one of the upstream's event loops");
        }
        return queue;
    }

    /**
     * Closes the lanes of identities that nobody uses, and, if the cluster has left this endpoint for good, all that nobody uses; when
     * the last one has closed, its series end. What remains is small. Called with the upstream's lock.
     */
    void closeUnused(boolean isMember, long nowNs) {
        if (isMember) {
            lastMemberNs = nowNs;
        }
        boolean hasGone = nowNs - lastMemberNs >= UNUSED_NS;
        for (Identity identity : lanes.keySet()) {
            if (identity.equals(upstream.protocol().initialIdentity()) && !hasGone) {
                continue;
            }
            lanes.computeIfPresent(identity, (key, set) -> {
                if (set.passengers > 0 || nowNs - set.unusedSinceNs < UNUSED_NS) {
                    return set;
                }
                set.all().forEach(this::retire);
                return null;
            });
        }
        if (hasGone && lanes.isEmpty()) {
            spareMetrics.values().forEach(this::forget);
        }
    }

    private void forget(ConcurrentLinkedQueue<LaneMetrics> spares) {
        for (LaneMetrics spare = spares.poll(); spare != null; spare = spares.poll()) {
            upstream.isMeasuredNoMore(spare);
        }
    }

    private void retire(Lane lane) {
        var unused = lane.drained().thenRun(() -> {
            keepMetrics(lane);
            Lane besides = lane.spare();
            if (besides != null) {
                keepMetrics(besides);
            }
        });
    }

    private void keepMetrics(Lane lane) {
        lane.metrics().rest();
        spare(lane.context()).add(lane.metrics());
    }

    public List<Lane> lanes() {
        return lanes.values().stream()
                .flatMap(set -> set.all().stream())
                .<Lane>mapMulti((lane, sink) -> {
                    sink.accept(lane);
                    Lane besides = lane.spare();
                    if (besides != null) {
                        sink.accept(besides);
                    }
                })
                .toList();
    }

    /** Lanes of the identity that clients have before they say who they are. */
    public List<Lane> initialLanes() {
        LaneSet set = lanes.get(upstream.protocol().initialIdentity());
        return set == null ? List.of() : set.all();
    }

    /** Lets the lanes finish what they have and close. */
    CompletableFuture<Void> drain() {
        pools.values().forEach(PinnedPool::closeFromAnyThread);
        return CompletableFuture.allOf(lanes().stream().map(Lane::drained).toArray(CompletableFuture[]::new));
    }

    // ---- pinned connections ----

    PinnedPool pool(LoopContext context) {
        PinnedPool pool = pools.get(context);
        if (pool == null) {
            throw new IllegalStateException("not one of the upstream's event loops");
        }
        return pool;
    }

    // ---- connections ----

    ChannelFuture connect(EventLoop loop, ChannelHandler handler) {
        return upstream.connect(loop, address, handler);
    }

    /** Closes a connection whose handshake has not ended when the connect timeout has passed once more; to be cancelled then. */
    Future<?> closeLater(Channel channel) {
        return channel.eventLoop()
                .schedule(() -> channel.close(), config().timeout().connectNs(), TimeUnit.NANOSECONDS);
    }

    /** The sentence for clients: {@code upstream 127.0.0.1:6379 unreachable: connection refused}. */
    String unreachable(@Nullable Throwable cause) {
        return "upstream " + address + " unreachable: " + reason(cause);
    }

    private static String reason(@Nullable Throwable cause) {
        if (cause == null) {
            return "the connection was closed";
        }
        if (cause instanceof io.netty.channel.ConnectTimeoutException) {
            return "connect timed out";
        }
        if (cause instanceof ConnectFailure explained) {
            return String.valueOf(explained.getMessage());
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
