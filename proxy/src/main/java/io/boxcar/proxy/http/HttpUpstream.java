package io.boxcar.proxy.http;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.LaneState;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.core.Backend;
import io.boxcar.proxy.core.Connector;
import io.boxcar.proxy.core.LoopContext;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
    private final UpstreamConfig config;
    private final Connector connector;
    private final HttpConnections wire;
    private final RetryBudget budget;
    private final RandomGenerator random;
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private volatile @Nullable Endpoints endpoints;

    /** The endpoints of a moment. */
    private record Endpoints(List<HttpEndpoint> all, Balancer balancer, OutlierDetector outliers) {}

    /** @param random for what happens on several loops, such as back-off times; safe for any thread */
    public HttpUpstream(UpstreamConfig config, Connector connector, HttpConnections wire, RandomGenerator random) {
        this.config = config;
        this.connector = connector;
        this.wire = wire;
        this.random = random;
        this.budget = new RetryBudget(config.http().retry());
    }

    /** Makes the lanes, spread over the event loops, and starts to connect them. To be called once, before anything else. */
    public void open(List<LoopContext> contexts, BoxcarMetrics metrics) {
        List<Address> addresses = config.endpoints();
        List<HttpEndpoint> all = new ArrayList<>();
        EndpointLoad[] loads = new EndpointLoad[addresses.size()];
        for (int i = 0; i < loads.length; i++) {
            loads[i] = new EndpointLoad();
            HttpEndpoint endpoint =
                    new HttpEndpoint(this, addresses.get(i), contexts.get(i % contexts.size()), loads[i]);
            metrics.add(endpoint.lane().metrics());
            metrics.add(endpoint.lane().httpMetrics());
            all.add(endpoint);
        }
        endpoints = new Endpoints(
                List.copyOf(all),
                new Balancer(config.http().balance(), loads),
                new OutlierDetector(config.http().outlier(), loads));
        all.forEach(endpoint -> endpoint.lane().context().loop().execute(endpoint.lane()::open));
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

    ChannelFuture connect(EventLoop loop, Address address, ChannelHandler handler) {
        ChannelFuture connecting =
                connector.connect(loop, address, handler, config.timeout().connectNs());
        channels.add(connecting.channel());
        return connecting;
    }

    // ---- requests ----

    /** Sends the request to an endpoint. If none takes it, its sink is told at once. Client's loop. */
    public void send(HttpExchange exchange) {
        assert exchange.home().loop().inEventLoop();
        Endpoints now = endpoints();
        long nowNs = exchange.home().context().turnNs();
        int index = now.balancer.choose(nowNs, exchange.home().random(), exchange.endpointIndex);
        HttpEndpoint endpoint = now.all.get(index);
        exchange.endpointIndex = index;
        exchange.isSentTo(this, endpoint.lane(), nowNs);
        int most = config.http().maxRequests();
        if (endpoint.load().inFlight() >= most) {
            refuse(exchange, "not sent: " + most + " requests are outstanding at upstream " + endpoint);
            return;
        }
        endpoint.load().begin();
        if (!endpoint.lane().offer(exchange)) {
            endpoint.load().end();
            refuse(exchange, "not sent: the queue of upstream " + endpoint + " is full");
        }
    }

    private static void refuse(HttpExchange exchange, String why) {
        exchange.failure = FailureKind.OVERLOADED;
        exchange.failureDetail = why;
        exchange.sink().onFailed(exchange);
    }

    /** Whether a request that has failed, and is safe to send again, is. Loop of the lane on which it failed. */
    boolean mayRepeat(HttpExchange exchange, HttpLane lane) {
        Endpoints now = endpoints();
        if (!exchange.isWritten) {
            return now.all.size() > 1 && exchange.dispatches <= now.all.size();
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
                        + endpoint.lane().pool().state().label())
                .toList();
    }

    @Override
    public CompletableFuture<Void> drain() {
        return CompletableFuture.allOf(endpoints().all.stream()
                .map(endpoint -> endpoint.lane().pool().drained())
                .toArray(CompletableFuture[]::new));
    }

    @Override
    public Future<?> close() {
        for (HttpEndpoint endpoint : endpoints().all) {
            endpoint.lane().context().loop().execute(endpoint.lane().pool()::close);
        }
        return channels.close();
    }
}
