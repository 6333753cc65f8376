package io.boxcar.proxy.tls;

import io.boxcar.metrics.TlsFailure;
import io.boxcar.metrics.TlsMetrics;
import io.boxcar.proxy.core.ClientGate;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Lets clients of one listener in by a TLS handshake. Used by all event loops; what belongs to one is in its {@link PerLoop}. */
final class ListenerGate implements ClientGate {
    private static final System.Logger LOG = System.getLogger(ListenerGate.class.getName());
    private static final long HANDSHAKE_TIMEOUT_MS = 10_000;

    /** A client that is closed gets so long to take the end of TLS. */
    private static final long LAST_WORD_MS = 1_000;

    private static final long LOG_EVERY_NS = TimeUnit.SECONDS.toNanos(1);

    private final String listener;
    private final Reloading<TlsContexts.OfListener> context;
    private final Map<EventLoop, PerLoop> loops = new HashMap<>();

    ListenerGate(String listener, Reloading<TlsContexts.OfListener> context, List<EventLoop> eventLoops) {
        this.listener = listener;
        this.context = context;
        for (EventLoop loop : eventLoops) {
            loops.put(loop, new PerLoop(loop, TlsMetrics.ofListener(listener)));
        }
    }

    Reloading<TlsContexts.OfListener> context() {
        return context;
    }

    List<TlsMetrics> metrics() {
        return loops.values().stream().map(loop -> loop.metrics).toList();
    }

    @Override
    public void admit(Channel channel) {
        PerLoop loop = loops.get(channel.eventLoop());
        if (loop == null) {
            throw new IllegalStateException("not one of the listener's event loops");
        }
        SslHandler ssl = context.current().context().newHandler(channel.alloc());
        ssl.setHandshakeTimeoutMillis(HANDSHAKE_TIMEOUT_MS);
        ssl.setCloseNotifyFlushTimeoutMillis(LAST_WORD_MS);
        channel.pipeline().addLast(ssl, new ClientHandshake(ssl, loop));
    }

    @Override
    public boolean isOpen() {
        return false;
    }

    /** The handshakes on one event loop. Owned by that loop. */
    final class PerLoop {
        private final EventLoop loop;
        private final TlsMetrics metrics;
        private boolean hasLogged;
        private long loggedNs;
        private int unlogged;

        PerLoop(EventLoop loop, TlsMetrics metrics) {
            this.loop = loop;
            this.metrics = metrics;
        }

        void succeeded() {
            metrics.handshakes.increment();
        }

        /** A client that has just gone is not worth a line: so do port scanners and health checks. */
        void failed(Channel channel, @Nullable Throwable cause) {
            HandshakeFault fault = HandshakeFault.ofClient(cause);
            metrics.failures(fault.kind()).increment();
            if (fault.kind() == TlsFailure.CLOSED) {
                return;
            }
            long nowNs = loop.ticker().nanoTime();
            if (hasLogged && nowNs - loggedNs < LOG_EVERY_NS) {
                unlogged++;
                return;
            }
            LOG.log(
                    Level.WARNING,
                    "listener {0}: TLS handshake with {1} failed: {2}{3}",
                    listener,
                    String.valueOf(channel.remoteAddress()),
                    fault.reason(),
                    unlogged == 0 ? "" : " (and " + unlogged + " others before)");
            hasLogged = true;
            loggedNs = nowNs;
            unlogged = 0;
        }
    }
}
