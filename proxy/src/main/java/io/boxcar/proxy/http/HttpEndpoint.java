package io.boxcar.proxy.http;

import io.boxcar.metrics.HttpMetrics;
import io.boxcar.metrics.LaneMetrics;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.core.LoopContext;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/** One address of an HTTP upstream: its lane, and how it has been doing. Any thread. */
public final class HttpEndpoint {
    private final HttpUpstream upstream;
    private final Address address;
    private final HttpLane lane;
    private final EndpointLoad load;

    HttpEndpoint(HttpUpstream upstream, Address address, LoopContext context, EndpointLoad load) {
        this.upstream = upstream;
        this.address = address;
        this.load = load;
        String name = upstream.config().name();
        this.lane = new HttpLane(
                this, context, new LaneMetrics(name, address.toString()), new HttpMetrics(name, address.toString()));
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

    ChannelFuture connect(EventLoop loop, ChannelHandler handler) {
        return upstream.connect(loop, address, handler);
    }

    String unreachable(@Nullable Throwable cause) {
        String why = cause == null ? "" : ": " + cause.getMessage();
        return "upstream " + upstream.config().name() + " " + address + " cannot be reached" + why;
    }

    // ---- how it does: on the lane's loop ----

    void isAnswered(int status, long tookNs, long nowNs) {
        load.end();
        if (OutlierDetector.isFailure(status)) {
            hasFailed(tookNs, nowNs);
        } else {
            load.answered(tookNs, nowNs);
            upstream.outliers().succeeded(load, nowNs);
        }
    }

    /** @param isFault whether it failed because of the endpoint, and not because the client has gone */
    void isFailed(boolean isFault, long tookNs, long nowNs) {
        load.end();
        if (isFault) {
            hasFailed(tookNs, nowNs);
        }
    }

    private void hasFailed(long tookNs, long nowNs) {
        load.failed(tookNs, nowNs);
        if (upstream.outliers().failed(load, nowNs)) {
            lane.httpMetrics().ejections.increment();
        }
    }

    @Override
    public String toString() {
        return address.toString();
    }
}
