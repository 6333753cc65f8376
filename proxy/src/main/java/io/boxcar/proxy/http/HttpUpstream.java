package io.boxcar.proxy.http;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.metrics.LaneState;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.core.Backend;
import io.boxcar.proxy.core.Connector;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.Peer;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A named HTTP service: its endpoints, which of them gets a request, and whether one that failed is sent again. Any thread may call
 * any method, but for those that say otherwise.
 *
 * <pre>
 *   request -> Balancer -> endpoint -> HttpLane
 *                 ^                        |  failed, and safe to send again: within the RetryBudget
 *                 '------------------------'
 * </pre>
 */
public final class HttpUpstream implements Backend {
    private static final long QUIET_LOOK_NS = 100_000_000;
    private static final int QUIET_LOOKS = 3;
    private static final System.Logger LOG = System.getLogger(HttpUpstream.class.getName());

    private final UpstreamConfig config;
    private final Connector connector;
    private final HttpConnections wire;
    private final RetryBudget budget;
    private final RandomGenerator random;
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    /** Host names that are being watched. */
    private final List<AutoCloseable> watches = new ArrayList<>();

    private Map<LoopContext, HttpLoop> loops = Map.of();
    private @Nullable BoxcarMetrics metrics;
    private int made;
    private boolean isClosing;

    /** For each configured address the ones that it means now: itself, or those of its name. Guarded by this. */
    private final Map<Address, List<Address>> meanings = new LinkedHashMap<>();

    private volatile @Nullable Endpoints endpoints;

    /** The endpoints of a moment. */
    private record Endpoints(List<HttpEndpoint> all, Balancer balancer, OutlierDetector outliers) {
        int indexOf(@Nullable HttpLane lane) {
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i).lane() == lane) {
                    return i;
                }
            }
            return Balancer.NONE;
        }
    }

    /** @param random for what happens on several loops, such as back-off times; safe for any thread */
    public HttpUpstream(UpstreamConfig config, Connector connector, HttpConnections wire, RandomGenerator random) {
        this.config = config;
        this.connector = connector;
        this.wire = wire;
        this.random = random;
        this.budget = new RetryBudget(config.http().retry());
    }

    /**
     * Makes the lanes, spread over the event loops, and starts to connect them. To be called once, before anything else, and not
     * on an event loop.
     */
    public synchronized void open(Map<LoopContext, HttpLoop> allLoops, BoxcarMetrics toMetrics, Names names) {
        loops = allLoops;
        metrics = toMetrics;
        for (Address address : config.endpoints()) {
            meanings.put(address, List.of(address));
        }
        rebuild();
        EventLoop first = loops.keySet().iterator().next().loop();
        for (Address address : config.endpoints()) {
            if (address instanceof Address.Tcp tcp && Names.needsLookUp(tcp.host())) {
                watches.add(names.watch(
                        first,
                        tcp.host(),
                        config.http().resolveMinNs(),
                        config.http().resolveMaxNs(),
                        hosts -> means(tcp, hosts)));
            }
        }
    }

    /** The name of this endpoint means these addresses now. */
    private synchronized void means(Address.Tcp name, List<InetAddress> hosts) {
        if (!isClosing) {
            LOG.log(Level.INFO, "upstream {0}: {1} means {2} now", config.name(), name.host(), hosts);
            meanings.put(
                    name,
                    hosts.stream()
                            .map(host -> (Address) new Address.Tcp(host.getHostAddress(), name.port()))
                            .toList());
            rebuild();
        }
    }

    /** The configured host that this address is one of. Guarded by this. */
    private String hostOf(Address address) {
        for (Map.Entry<Address, List<Address>> meaning : meanings.entrySet()) {
            if (meaning.getValue().contains(address)) {
                return Peer.at(meaning.getKey()).host();
            }
        }
        return Peer.at(address).host();
    }

    /** Makes what is missing, keeps what stays with all it knows, and lets what is not meant any more finish and close. */
    private void rebuild() {
        List<HttpEndpoint> before = endpoints == null ? List.of() : endpoints().all;
        List<HttpEndpoint> after = meanings.values().stream()
                .flatMap(List::stream)
                .distinct()
                .map(address -> before.stream()
                        .filter(known -> known.address().equals(address))
                        .findFirst()
                        .orElseGet(() -> newEndpoint(address)))
                .toList();
        EndpointLoad[] loads = after.stream().map(HttpEndpoint::load).toArray(EndpointLoad[]::new);
        endpoints = new Endpoints(
                after,
                new Balancer(config.http().balance(), loads),
                new OutlierDetector(config.http().outlier(), loads));
        // Only now: a connection may fail at once, on a loop that then asks for the others.
        after.stream().filter(endpoint -> !before.contains(endpoint)).forEach(HttpEndpoint::open);
        for (HttpEndpoint endpoint : before) {
            if (!after.contains(endpoint)) {
                var unused = remove(endpoint);
            }
        }
    }

    private HttpEndpoint newEndpoint(Address address) {
        List<HttpLoop> all = List.copyOf(loops.values());
        HttpEndpoint endpoint = new HttpEndpoint(this, address, hostOf(address), all.get(made++ % all.size()));
        metrics().add(endpoint.lane().metrics());
        metrics().add(endpoint.lane().httpMetrics());
        return endpoint;
    }

    private CompletableFuture<Void> remove(HttpEndpoint endpoint) {
        return endpoint.drained().thenRun(() -> {
            metrics().remove(endpoint.lane().metrics());
            metrics().remove(endpoint.lane().httpMetrics());
        });
    }

    private BoxcarMetrics metrics() {
        BoxcarMetrics m = metrics;
        if (m == null) {
            throw new IllegalStateException("not opened yet");
        }
        return m;
    }

    private Endpoints endpoints() {
        Endpoints e = endpoints;
        if (e == null) {
            throw new IllegalStateException("not opened yet");
        }
        return e;
    }

    public UpstreamConfig config() {
        return config;
    }

    HttpConnections wire() {
        return wire;
    }

    RandomGenerator random() {
        return random;
    }

    RetryBudget budget() {
        return budget;
    }

    OutlierDetector outliers() {
        return endpoints().outliers;
    }

    /** Whether a request that cannot go to one endpoint may go to another. */
    boolean hasOthers() {
        return endpoints().all.size() > 1;
    }

    /** For people: {@code 127.0.0.1:8000}, or several, with commas. */
    public String addresses() {
        return config.endpoints().stream().map(Address::toString).collect(Collectors.joining(","));
    }

    /** Whether requests go over TLS. */
    public boolean isSecure() {
        return connector.isSecure();
    }

    ChannelFuture connect(EventLoop loop, Address address, Peer peer, ChannelHandler handler) {
        ChannelFuture connecting =
                connector.connect(loop, address, peer, handler, config.timeout().connectNs());
        channels.add(connecting.channel());
        return connecting;
    }

    // ---- requests ----

    /** Sends the request to an endpoint. If none takes it, its sink is told at once. Client's loop. */
    public void send(HttpExchange exchange) {
        assert exchange.home().loop().inEventLoop();
        Endpoints now = endpoints();
        int failedAt = exchange.dispatches == 0 ? Balancer.NONE : now.indexOf(exchange.lane);
        int index = now.balancer.choose(
                exchange.home().context().turnNs(), exchange.home().random(), failedAt);
        now.all.get(index).send(exchange);
    }

    /** Whether a request that has failed, and is safe to send again, is. Loop of the lane on which it failed. */
    boolean mayRepeat(HttpExchange exchange, HttpLane lane) {
        if (exchange.isCheck) {
            return false;
        }
        Endpoints now = endpoints();
        if (!exchange.isWritten) {
            boolean isElsewhere = now.all.size() > 1 || now.indexOf(lane) == Balancer.NONE;
            return isElsewhere && exchange.dispatches <= now.all.size();
        }
        if (exchange.repeats >= config.http().retry().attempts()) {
            return false;
        }
        if (!exchange.isRetry && !budget.tryAcquire(outstanding())) {
            lane.httpMetrics().retriesRefused.increment();
            return false;
        }
        lane.httpMetrics().retries.increment();
        exchange.isRetry = true;
        exchange.repeats++;
        return true;
    }

    /** Requests that were given to an endpoint and have not ended. */
    int outstanding() {
        List<HttpEndpoint> all = endpoints().all;
        int sum = 0;
        for (int i = 0; i < all.size(); i++) {
            sum += all.get(i).load().inFlight();
        }
        return sum;
    }

    // ---- the beginning and the end ----

    @Override
    public List<String> obstacles() {
        Endpoints now = endpoints();
        if (now.all.stream().anyMatch(endpoint -> endpoint.lane().pool().state() == LaneState.READY)) {
            return List.of();
        }
        return now.all.stream()
                .map(endpoint -> "upstream " + config.name() + " " + endpoint + " "
                        + endpoint.lane().pool().state().label() + ": "
                        + endpoint.lane().pool().lastFailure())
                .toList();
    }

    @Override
    public CompletableFuture<Void> drain() {
        stopWatching();
        return CompletableFuture.allOf(
                endpoints().all.stream().map(HttpEndpoint::drained).toArray(CompletableFuture[]::new));
    }

    @Override
    public Future<?> close() {
        stopWatching();
        for (HttpEndpoint endpoint : endpoints().all) {
            endpoint.lane().context().loop().execute(endpoint::close);
        }
        return channels.close();
    }

    /** It is not known who uses it, only that nobody will; it drains when nothing has been outstanding for a while. */
    @Override
    public CompletableFuture<Void> retire() {
        stopWatching();
        CompletableFuture<Void> gone = new CompletableFuture<>();
        awaitQuiet(loops.keySet().iterator().next().loop(), gone, 0);
        return gone;
    }

    /** An exchange that is on its way back to be sent again is not outstanding, so one look is not enough. */
    private void awaitQuiet(EventLoop loop, CompletableFuture<Void> gone, int looksSoFar) {
        var unused = loop.schedule(
                () -> {
                    int looks = outstanding() == 0 ? looksSoFar + 1 : 0;
                    if (looks < QUIET_LOOKS) {
                        awaitQuiet(loop, gone, looks);
                        return;
                    }
                    CompletableFuture<?>[] removed =
                            endpoints().all.stream().map(this::remove).toArray(CompletableFuture[]::new);
                    var whenGone = CompletableFuture.allOf(removed).thenRun(() -> gone.complete(null));
                },
                QUIET_LOOK_NS,
                TimeUnit.NANOSECONDS);
    }

    private synchronized void stopWatching() {
        isClosing = true;
        for (AutoCloseable watch : watches) {
            try {
                watch.close();
            } catch (Exception e) {
                throw new IllegalStateException(e); // it only sends a message to an event loop
            }
        }
        watches.clear();
    }
}
