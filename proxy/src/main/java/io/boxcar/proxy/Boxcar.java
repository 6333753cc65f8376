package io.boxcar.proxy;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.proxy.accesslog.AccessLog;
import io.boxcar.proxy.capture.OwnConnections;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.Direction;
import io.boxcar.proxy.config.ListenerConfig;
import io.boxcar.proxy.core.Backend;
import io.boxcar.proxy.core.Listener;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.Service;
import io.boxcar.proxy.tls.InvalidTls;
import io.boxcar.proxy.tls.Tls;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A running sidecar: {@link #start}, then {@link #reload}, {@link #drain} and {@link #close}. Safe for use by any thread.
 *
 * <pre>
 *   start:  transport -> event loops -> lanes (connecting) -> listeners (accepting)
 *   reload: new listeners accept -> clients move to new upstreams -> old listeners drain, old upstreams are retired
 *   drain:  lame duck -> listeners closed -> clients answered and closed -> lanes drained -> event loops stopped
 * </pre>
 */
public final class Boxcar implements AutoCloseable {
    private static final String VERSION =
            java.util.Objects.requireNonNullElse(Boxcar.class.getPackage().getImplementationVersion(), "development");
    private static final long STOP_SECONDS = 2;
    private static final long CONNECTED_NS = TimeUnit.SECONDS.toNanos(1);

    private final EventLoops loops;
    private final Tls tls;
    private final Protocols protocols;
    private final BoxcarMetrics metrics = new BoxcarMetrics(VERSION);

    /** By the name of the listener. A new map for each change. */
    private volatile Map<String, Front> fronts = new TreeMap<>();

    /** Listeners that accept no more and still have clients. */
    private final Set<Listener> leaving = ConcurrentHashMap.newKeySet();

    private volatile BoxcarConfig config;
    private volatile boolean isDraining;
    private volatile boolean isInboundDraining;

    private Boxcar(BoxcarConfig config, EventLoops loops) {
        this.config = config;
        this.loops = loops;
        AccessLog accessLog = loops.accessLog();
        if (accessLog != null) {
            accessLog.metrics().forEach(metrics::add);
        }
        OwnConnections connections = new OwnConnections(loops.transport());
        this.tls = new Tls(
                metrics, loops.contexts().stream().map(LoopContext::loop).toList(), connections);
        this.protocols = new Protocols(loops.transport(), connections, tls, loops.contexts(), metrics);
    }

    /**
     * Starts everything and returns when all listeners accept; upstreams connect meanwhile.
     *
     * @throws CannotServe if an address cannot be listened on, or the transport is not available
     */
    public static Boxcar start(BoxcarConfig config) throws CannotServe {
        return start(config, false);
    }

    /**
     * As {@link #start(BoxcarConfig)}.
     *
     * @param besideAnother whether another Boxcar of the same user may be serving the same addresses, which will {@link #handOver}
     */
    public static Boxcar start(BoxcarConfig config, boolean besideAnother) throws CannotServe {
        Boxcar boxcar = new Boxcar(config, EventLoops.start(config));
        try {
            boxcar.fronts = boxcar.open(config, besideAnother);
            boxcar.protocols.areListening(boxcar.addresses(config));
            boxcar.fronts.values().forEach(front -> boxcar.show(front.listener()));
            boxcar.metrics.lifecycle().started(nowSeconds(), mostDrainSeconds(config));
        } catch (CannotServe | RuntimeException e) {
            boxcar.close();
            throw e;
        }
        return boxcar;
    }

    /** All addresses at which this Boxcar accepts connections, to which nothing captured may go. */
    private List<Address> addresses(BoxcarConfig of) {
        List<Address> addresses = new ArrayList<>();
        fronts.values().forEach(front -> addresses.add(front.acceptor().address()));
        if (of.admin() != null) {
            addresses.add(of.admin().listen());
        }
        return addresses;
    }

    private void show(Listener listener) {
        listener.metrics().forEach(metrics::add);
    }

    // ---- configurations ----

    /** What is there for each listener of this configuration, or is opened now; all of it or nothing. */
    private Map<String, Front> open(BoxcarConfig next, boolean besideAnother) throws CannotServe {
        Map<String, Front> before = fronts;
        Map<String, Front> after = new TreeMap<>();
        try {
            tls.load(next);
        } catch (InvalidTls e) {
            throw new CannotServe(String.valueOf(e.getMessage()), e);
        }
        try {
            for (ListenerConfig listener : next.listeners()) {
                after.put(listener.name(), open(next, listener, before.get(listener.name()), besideAnother));
            }
        } catch (CannotServe e) {
            after.values().stream()
                    .filter(front -> !acceptors(before).contains(front.acceptor()))
                    .forEach(front -> front.acceptor().close());
            throw e;
        }
        return after;
    }

    private static List<Acceptor> acceptors(Map<String, Front> fronts) {
        return fronts.values().stream().map(Front::acceptor).toList();
    }

    private Front open(BoxcarConfig next, ListenerConfig listener, @Nullable Front known, boolean besideAnother)
            throws CannotServe {
        Listener serving;
        if (known != null && known.speaks(listener)) {
            if (known.acceptsAt(listener)) {
                return known;
            }
            serving = known.listener();
        } else {
            serving = new Listener(listener, protocols.service(next, listener), tls.gate(listener), loops.contexts());
        }
        boolean isOurs = fronts.values().stream().anyMatch(front -> front.isAt(listener.listen()));
        return new Front(
                serving,
                Acceptor.open(listener, serving, loops.contexts(), loops.transport(), besideAnother || isOurs));
    }

    /**
     * Goes over to another configuration without dropping a connection: what is new is opened first, then clients move, between two
     * requests, then what is not configured any more is drained.
     *
     * @throws CannotServe if a new address cannot be listened on, or Boxcar is draining; then nothing has changed
     */
    public synchronized Reloaded reload(BoxcarConfig next) throws CannotServe {
        if (isDraining || isInboundDraining) {
            throw new CannotServe("the configuration is not changed any more, since Boxcar is draining", null);
        }
        ConfigChanges changes = new ConfigChanges(config, next);
        Map<String, Front> before = fronts;
        Map<String, Front> after;
        try {
            after = open(next, false);
        } catch (CannotServe e) {
            protocols.retireAllBut(config);
            tls.retain(config);
            throw e;
        }
        Map<ListenerConfig, Service> services = new LinkedHashMap<>();
        for (ListenerConfig listener : next.listeners()) {
            Listener serving = serving(after, listener);
            if (before.values().stream().anyMatch(front -> front.listener() == serving)) {
                services.put(listener, protocols.service(next, listener));
            } else {
                show(serving); // it was made for this configuration
            }
        }
        awaitConnections();
        List<CompletableFuture<Void>> moves = new ArrayList<>();
        services.forEach((listener, service) -> {
            Listener serving = serving(after, listener);
            serving.admitThrough(tls.gate(listener));
            moves.add(serving.reconfigure(listener, service));
        });
        fronts = after;
        config = next;
        protocols.areListening(addresses(next));
        before.values().forEach(front -> end(front, after));
        moves.forEach(CompletableFuture::join);
        protocols.retireAllBut(next);
        tls.retain(next);
        metrics.lifecycle().drainTimeout(mostDrainSeconds(next));
        return changes.reloaded();
    }

    private static Listener serving(Map<String, Front> fronts, ListenerConfig listener) {
        return Objects.requireNonNull(fronts.get(listener.name())).listener();
    }

    /** So that clients do not have to wait at upstreams that are new; but those that cannot be reached hold up nothing. */
    private void awaitConnections() {
        long deadlineNs = System.nanoTime() + CONNECTED_NS;
        while (!protocols.serving().stream()
                        .allMatch(backend -> backend.obstacles().isEmpty())
                && System.nanoTime() < deadlineNs) {
            LockSupport.parkNanos(CONNECTED_NS / 1000);
        }
    }

    /** What is not there any more accepts no more, and its clients leave. */
    private void end(Front front, Map<String, Front> after) {
        if (acceptors(after).contains(front.acceptor())) {
            return;
        }
        boolean hasSuccessor = after.values().stream()
                .anyMatch(next -> next.isAt(front.acceptor().address()));
        if (hasSuccessor) {
            front.acceptor().handOver();
            after.values().stream()
                    .filter(next -> next.isAt(front.acceptor().address()))
                    .forEach(next -> next.acceptor().takesAll());
        } else {
            front.acceptor().close();
        }
        Listener listener = front.listener();
        if (after.values().stream().noneMatch(next -> next.listener() == listener)) {
            leaving.add(listener);
            var unused = afterLameDuck(listener)
                    .thenCompose(over -> listener.drain())
                    .thenRun(() -> {
                        leaving.remove(listener);
                        listener.metrics().forEach(metrics::remove);
                    });
        }
    }

    private CompletableFuture<Void> afterLameDuck(Listener listener) {
        return listener.announceEnd()
                .thenRunAsync(
                        () -> {},
                        CompletableFuture.delayedExecutor(config.shutdown().lameDuckNs(), TimeUnit.NANOSECONDS));
    }

    // ---- what others ask ----

    public BoxcarConfig config() {
        return config;
    }

    /** For the log: {@code redis 127.0.0.1:6380 -> 127.0.0.1:6379}, one for each listener. */
    public String routes() {
        List<String> routes = new ArrayList<>();
        for (Front front : fronts.values()) {
            routes.add(front.listener().config().protocol() + " "
                    + front.acceptor().address() + " -> "
                    + front.listener().service().addresses());
        }
        return String.join(", ", routes);
    }

    /** Where the listener of this name accepts; for port 0, with the port that the system chose. */
    public Address address(String listener) {
        Front front = fronts.get(listener);
        if (front == null) {
            throw new IllegalArgumentException("there is no listener " + listener);
        }
        return front.acceptor().address();
    }

    /** Which transport serves, and why. */
    public String transport() {
        return loops.transport().toString();
    }

    public int loopCount() {
        return loops.contexts().size();
    }

    public BoxcarMetrics metrics() {
        return metrics;
    }

    /** Reads all certificates again; what could not be used, a sentence each. */
    public List<String> reloadCertificates() {
        return tls.reloadNow();
    }

    /** Why requests cannot be served right now, a sentence each; empty when they can. */
    public List<String> obstacles() {
        List<String> obstacles = new ArrayList<>();
        if (isDraining) {
            obstacles.add("shutting down");
        } else if (isInboundDraining) {
            obstacles.add("draining inbound traffic");
        }
        protocols.serving().forEach(backend -> obstacles.addAll(backend.obstacles()));
        return obstacles;
    }

    // ---- the end ----

    /**
     * Drains the listeners of inbound traffic and leaves the others, and all upstreams, as they are. Takes at most the lame-duck time
     * and the drain timeout.
     *
     * @return how many clients had to be cut off because the time was over
     */
    public int drainInbound() throws InterruptedException {
        synchronized (this) {
            isInboundDraining = true;
        }
        List<Front> inbound = fronts.values().stream()
                .filter(front -> front.listener().config().direction() == Direction.INBOUND)
                .toList();
        return drain(inbound, config.shutdown().lameDuckNs(), drainDeadlineNs());
    }

    /**
     * Serves clients on for the lame-duck time, then stops accepting, answers what is outstanding and closes clients between two
     * responses; waits for that at most the configured time.
     *
     * @return how many clients had to be cut off because the time was over
     */
    public int drain() throws InterruptedException {
        synchronized (this) {
            isDraining = true;
        }
        metrics.lifecycle().draining(true, nowSeconds());
        long deadlineNs = drainDeadlineNs();
        int left = drain(List.copyOf(fronts.values()), config.shutdown().lameDuckNs(), deadlineNs);
        for (Backend backend : protocols.backends()) {
            awaits(backend.drain(), Math.max(0, deadlineNs - System.nanoTime()));
        }
        return left;
    }

    /** Leaves all addresses to another Boxcar that listens there too ({@link #start(BoxcarConfig, boolean)}). */
    public void handOver() {
        synchronized (this) {
            isDraining = true;
        }
        fronts.values().forEach(front -> front.acceptor().handOver());
    }

    /** The other Boxcar has handed over. */
    public void takesAll() {
        fronts.values().forEach(front -> front.acceptor().takesAll());
    }

    private static long nowSeconds() {
        return Instant.now().getEpochSecond();
    }

    private static long mostDrainSeconds(BoxcarConfig config) {
        return TimeUnit.NANOSECONDS.toSeconds(
                config.shutdown().lameDuckNs() + config.shutdown().drainTimeoutNs());
    }

    private long drainDeadlineNs() {
        return System.nanoTime()
                + config.shutdown().lameDuckNs()
                + config.shutdown().drainTimeoutNs();
    }

    private int drain(List<Front> ending, long lameDuckNs, long deadlineNs) throws InterruptedException {
        List<Listener> all =
                new ArrayList<>(ending.stream().map(Front::listener).toList());
        all.addAll(leaving);
        if (lameDuckNs > 0) {
            all.forEach(Listener::announceEnd);
            TimeUnit.NANOSECONDS.sleep(lameDuckNs);
        }
        ending.forEach(front -> front.acceptor().close());
        CompletableFuture<Void> drained =
                CompletableFuture.allOf(all.stream().map(Listener::drain).toArray(CompletableFuture[]::new));
        if (awaits(drained, deadlineNs - System.nanoTime())) {
            return 0;
        }
        int left = all.stream().mapToInt(Listener::clients).sum();
        all.forEach(Listener::closeClients);
        awaits(drained, TimeUnit.SECONDS.toNanos(STOP_SECONDS));
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

    /** Ends everything at once; after {@link #drain} that is nothing but the event loops. */
    @Override
    public void close() {
        synchronized (this) {
            isDraining = true;
        }
        tls.close();
        fronts.values().forEach(front -> front.acceptor().close());
        if (!loops.isStopping()) {
            fronts.values().forEach(front -> front.listener().closeClients());
            leaving.forEach(Listener::closeClients);
            // An event loop that is told to stop in the middle of a turn may leave its sockets open.
            protocols
                    .backends()
                    .forEach(backend -> backend.close().awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS));
        }
        loops.stop();
    }
}
