package io.boxcar.proxy.http;

import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.HttpMetrics;
import io.boxcar.metrics.LaneMetrics;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.HttpUpstreamConfig;
import io.boxcar.proxy.core.Peer;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One address of an HTTP upstream: its lane, and how it has been doing. Any thread. */
public final class HttpEndpoint {
    private final HttpUpstream upstream;
    private final Address address;
    private final String host;
    private final HttpLane lane;
    private final EndpointLoad load = new EndpointLoad();
    private final @Nullable HealthCheck check;

    /** @param host the configured host that the address is one of */
    HttpEndpoint(HttpUpstream upstream, Address address, String host, HttpLoop loop) {
        this.upstream = upstream;
        this.address = address;
        this.host = host;
        String name = upstream.config().name();
        this.lane = new HttpLane(
                this,
                loop.context(),
                new LaneMetrics(name, address.toString()),
                new HttpMetrics(name, address.toString()));
        HttpUpstreamConfig.HealthCheck config = upstream.config().http().healthCheck();
        this.check = config.isOn() ? new HealthCheck(this, config, loop) : null;
    }

    /** Any thread. */
    void open() {
        lane.context().loop().execute(() -> {
            lane.open();
            if (check != null) {
                check.start();
            }
        });
    }

    /** Any thread: finishes what is there, then closes. */
    CompletableFuture<Void> drained() {
        stopChecking();
        return lane.pool().drained();
    }

    /** Ends everything at once. Lane's loop. */
    void close() {
        stopChecking();
        lane.pool().close();
    }

    private void stopChecking() {
        if (check != null) {
            lane.context().loop().execute(check::stop);
        }
    }

    public Address address() {
        return address;
    }

    public HttpUpstream upstream() {
        return upstream;
    }

    HttpLane lane() {
        return lane;
    }

    EndpointLoad load() {
        return load;
    }

    /** @param protocols that may be spoken, if that is negotiated, as of {@link Peer#protocols} */
    ChannelFuture connect(EventLoop loop, List<String> protocols, ChannelHandler handler) {
        return upstream.connect(loop, address, new Peer(host, protocols), handler);
    }

    String unreachable(@Nullable Throwable cause) {
        String why = cause == null ? "" : ": " + cause.getMessage();
        return "upstream " + upstream.config().name() + " " + address + " cannot be reached" + why;
    }

    /** Sends the request here. If it is not taken, its sink is told at once. Client's loop. */
    void send(HttpExchange exchange) {
        exchange.isSentTo(upstream, lane, exchange.home().context().turnNs());
        int most = upstream.config().http().maxRequests();
        if (load.inFlight() >= most) {
            refuse(exchange, "not sent: " + most + " requests are outstanding at upstream " + address);
            return;
        }
        load.begin();
        if (!lane.offer(exchange)) {
            load.end();
            refuse(exchange, "not sent: the queue of upstream " + address + " is full");
        }
    }

    private static void refuse(HttpExchange exchange, String why) {
        exchange.failure = FailureKind.OVERLOADED;
        exchange.failureDetail = why;
        exchange.sink().onFailed(exchange);
    }

    // ---- how it does: on the lane's loop ----

    void isAnswered(HttpExchange exchange, int status, long tookNs, long nowNs) {
        load.end();
        if (exchange.isCheck) {
            return; // a good page of its own does not make up for what others get, nor the other way round
        }
        if (OutlierDetector.isFailure(status)) {
            hasFailed(tookNs, nowNs);
        } else {
            load.answered(tookNs, nowNs);
            upstream.outliers().succeeded(load, nowNs);
        }
    }

    /** @param isFault whether it failed because of the endpoint, and not because the client has gone, for example */
    void isFailed(boolean isFault, long tookNs, long nowNs) {
        load.end();
        if (isFault) {
            hasFailed(tookNs, nowNs);
        }
    }

    private void hasFailed(long tookNs, long nowNs) {
        if (load.ejection.isActive(nowNs)) {
            return; // sent before; it says no more than those that have ejected it
        }
        load.failed(tookNs, nowNs);
        if (upstream.outliers().failed(load, nowNs)) {
            load.forget(); // else it would look slow for long after the ejection
            lane.httpMetrics().ejections.increment();
        }
    }

    @Override
    public String toString() {
        return address.toString();
    }
}
