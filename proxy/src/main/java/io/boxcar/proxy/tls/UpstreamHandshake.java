package io.boxcar.proxy.tls;

import io.boxcar.metrics.TlsFailure;
import io.boxcar.metrics.TlsMetrics;
import io.boxcar.proxy.core.ConnectFailure;
import io.boxcar.proxy.core.OutputEnd;
import io.boxcar.proxy.core.Peer;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Between TLS and the handler of an upstream connection, which it lets into the pipeline when the handshake is over. Owned by the
 * event loop of the connection. It stands in the way of no byte.
 */
final class UpstreamHandshake extends ChannelDuplexHandler implements OutputEnd {
    private static final String HTTP1 = "http/1.1";
    private static final long LAST_WORD_MS = 1_000;

    private final TlsContexts.OfUpstream contexts;
    private final Peer peer;
    private final int port;
    private final ChannelHandler handler;
    private final long timeoutNs;
    private final TlsMetrics metrics;

    private @Nullable SslHandler ssl;
    private @Nullable ChannelPromise promise;
    private boolean isDone;
    private boolean isClosedByUs;

    UpstreamHandshake(
            TlsContexts.OfUpstream contexts,
            Peer peer,
            int port,
            ChannelHandler handler,
            long timeoutNs,
            TlsMetrics metrics) {
        this.contexts = contexts;
        this.peer = peer;
        this.port = port;
        this.handler = handler;
        this.timeoutNs = timeoutNs;
        this.metrics = metrics;
    }

    /** A future that is done when the handshake is; to be called in the turn in which {@code connecting} began. */
    ChannelFuture completes(ChannelFuture connecting) {
        ChannelPromise completed = connecting.channel().newPromise();
        promise = completed;
        connecting.addListener(done -> {
            if (!done.isSuccess()) {
                completed.tryFailure(done.cause());
            }
        });
        return completed;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        SslContext context = contexts.offering(peer.protocols());
        SslHandler made = peer.host().isEmpty()
                ? context.newHandler(ctx.alloc())
                : context.newHandler(ctx.alloc(), peer.host(), port);
        made.setHandshakeTimeoutMillis(Math.max(1, TimeUnit.NANOSECONDS.toMillis(timeoutNs)));
        made.setCloseNotifyFlushTimeoutMillis(LAST_WORD_MS);
        ssl = made;
        ctx.pipeline().addBefore(ctx.name(), null, made);
    }

    /** Of use only when the handshake is over. */
    @Override
    public void channelActive(ChannelHandlerContext ctx) {}

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        switch (event) {
            case SslHandshakeCompletionEvent handshake when handshake.isSuccess() -> isDone(ctx);
            case SslHandshakeCompletionEvent handshake -> fail(handshake.cause());
            case SslCloseCompletionEvent end when end.isSuccess() -> ctx.close(); // it will send no more
            case SslCloseCompletionEvent cut -> {
                if (isDone && !isClosedByUs) {
                    // Whoever cuts the TCP stream could make a part of a response look like all of it.
                    ctx.fireExceptionCaught(
                            new ConnectFailure("the connection was closed without the end of TLS", null));
                }
            }
            default -> ctx.fireUserEventTriggered(event);
        }
    }

    private void isDone(ChannelHandlerContext ctx) {
        ChannelPromise completed = promise;
        SslHandler secured = ssl;
        if (completed == null || secured == null) {
            throw new IllegalStateException("a handshake before the connection");
        }
        String chosen = secured.applicationProtocol();
        List<String> offered = peer.protocols();
        if (!offered.isEmpty()) {
            String spoken = chosen == null || chosen.isEmpty() ? HTTP1 : chosen;
            if (!offered.contains(spoken)) {
                refuse(
                        ctx,
                        TlsFailure.NOTHING_IN_COMMON,
                        "it does not offer " + String.join(" or ", offered) + " (ALPN)",
                        null);
                return;
            }
            Peer.hasChosen(ctx.channel(), spoken);
        }
        metrics.handshakes.increment();
        isDone = true;
        ctx.pipeline().addAfter(ctx.name(), null, handler);
        if (completed.trySuccess() && ctx.channel().isActive()) {
            ctx.fireChannelActive();
        }
    }

    private void fail(@Nullable Throwable cause) {
        HandshakeFault fault = HandshakeFault.ofUpstream(cause, contexts.credentials() != null);
        ChannelPromise completed = promise;
        if (completed != null && completed.tryFailure(new ConnectFailure(fault.reason(), cause))) {
            metrics.failures(fault.kind()).increment();
        }
    }

    private void refuse(ChannelHandlerContext ctx, TlsFailure kind, String reason, @Nullable Throwable cause) {
        ChannelPromise completed = promise;
        if (completed != null && completed.tryFailure(new ConnectFailure(reason, cause))) {
            metrics.failures(kind).increment();
        }
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (isDone) {
            ctx.fireChannelInactive();
        } else {
            fail(new ClosedChannelException());
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise closed) {
        isClosedByUs = true;
        ctx.close(closed);
    }

    @Override
    public void endOutput(DuplexChannel channel) {
        SslHandler secured = ssl;
        if (secured != null) {
            secured.closeOutbound().addListener(sent -> channel.shutdownOutput());
        }
    }

    /** With TLS 1.3 an upstream may find fault with the certificate of Boxcar only after the handshake. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
        Throwable cause = thrown instanceof DecoderException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (!isDone) {
            fail(cause);
            ctx.close();
        } else if (cause instanceof SSLException) {
            HandshakeFault fault = HandshakeFault.ofUpstream(cause, contexts.credentials() != null);
            metrics.failures(fault.kind()).increment();
            ctx.fireExceptionCaught(new ConnectFailure(fault.reason(), cause));
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }
}
