package io.boxcar.proxy.http;

import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.config.HttpListenerConfig;
import io.boxcar.proxy.core.Client;
import io.boxcar.proxy.core.Listener;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.Service;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an HTTP listener serves: upstreams by host and path. Used by all event loops. */
public final class HttpService implements Service {
    private final HttpListenerConfig config;
    private final HttpClients clients;
    private final Map<LoopContext, HttpLoop> loops;
    private final RouteTable routes;
    private final HttpUpstream main;
    private final List<HttpUpstream> routed;
    private final byte @Nullable [] via;

    /**
     * @param main where requests go that no route matches
     * @param routed the upstreams of the configured routes, in their order
     */
    public HttpService(
            HttpListenerConfig config,
            HttpClients clients,
            Map<LoopContext, HttpLoop> loops,
            HttpUpstream main,
            List<HttpUpstream> routed) {
        this.config = config;
        this.clients = clients;
        this.loops = Map.copyOf(loops);
        this.routes = new RouteTable(config);
        this.main = main;
        this.routed = List.copyOf(routed);
        this.via = config.via().isEmpty() ? null : config.via().getBytes(StandardCharsets.US_ASCII);
    }

    public HttpListenerConfig config() {
        return config;
    }

    public HttpClients clients() {
        return clients;
    }

    /** The pseudonym for the Via field; null for none. */
    public byte @Nullable [] via() {
        return via;
    }

    /** The upstream for a request with this authority and path, which lie in the buffer's readable bytes. */
    public HttpUpstream upstream(ByteBuf inView, int authorityAt, int authorityLength, int pathAt, int pathLength) {
        int route = routes.match(inView, authorityAt, authorityLength, pathAt, pathLength);
        return route < 0 ? main : routed.get(route);
    }

    @Override
    public Client newClient(
            Listener listener, Channel channel, LoopContext context, ListenerMetrics metrics, long number) {
        HttpLoop loop = loops.get(context);
        if (loop == null) {
            throw new IllegalArgumentException("a loop that is not served");
        }
        return clients.http1(this, listener, loop, metrics);
    }

    @Override
    public ByteBuf refusal(ByteBufAllocator allocator) {
        String fields = "Retry-After: 1\r\nConnection: close\r\n";
        return OwnResponse.of(allocator, 503, "overloaded", fields, "too many connections")
                .bytes();
    }

    @Override
    public String addresses() {
        return main.addresses();
    }
}
