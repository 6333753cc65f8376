package io.boxcar.proxy.tls;

import io.boxcar.metrics.TlsMetrics;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.UpstreamTls;
import io.boxcar.proxy.core.Connector;
import io.boxcar.proxy.core.Peer;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Connects to one upstream and shakes hands with it. The future that it gives completes when the handshake is over; only then the
 * handler is in the pipeline, and hears that the channel is active. If it fails, the future's cause is a {@link
 * io.boxcar.proxy.core.ConnectFailure} that says what was wrong. Any event loop.
 */
final class TlsConnector implements Connector {
    private final UpstreamTls tls;
    private final Reloading<TlsContexts.OfUpstream> contexts;
    private final Connector transport;
    private final Map<EventLoop, TlsMetrics> metrics = new HashMap<>();

    TlsConnector(
            String upstream,
            UpstreamTls tls,
            Reloading<TlsContexts.OfUpstream> contexts,
            Connector transport,
            List<EventLoop> loops) {
        this.tls = tls;
        this.contexts = contexts;
        this.transport = transport;
        for (EventLoop loop : loops) {
            metrics.put(loop, TlsMetrics.ofUpstream(upstream));
        }
    }

    Reloading<TlsContexts.OfUpstream> contexts() {
        return contexts;
    }

    List<TlsMetrics> metrics() {
        return List.copyOf(metrics.values());
    }

    @Override
    public boolean isSecure() {
        return true;
    }

    @Override
    public ChannelFuture connect(EventLoop loop, Address address, ChannelHandler handler, long timeoutNs) {
        return connect(loop, address, Peer.at(address), handler, timeoutNs);
    }

    @Override
    public ChannelFuture connect(EventLoop loop, Address address, Peer peer, ChannelHandler handler, long timeoutNs) {
        assert loop.inEventLoop();
        TlsMetrics counted = metrics.get(loop);
        if (counted == null) {
            throw new IllegalStateException("not one of the upstream's event loops");
        }
        Peer named = tls.serverName().isEmpty() ? peer : new Peer(tls.serverName(), peer.protocols());
        int port = address instanceof Address.Tcp tcp ? tcp.port() : 0;
        UpstreamHandshake handshake =
                new UpstreamHandshake(contexts.current(), named, port, handler, timeoutNs, counted);
        return handshake.completes(transport.connect(loop, address, peer, handshake, timeoutNs));
    }
}
