package io.boxcar.proxy.tls;

import io.boxcar.proxy.core.OutputEnd;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;

/**
 * Between TLS and a client: hides the handshake from it, and says the end of TLS in the words of a plain connection. Owned by the
 * event loop of the client. It stands in the way of no byte.
 *
 * <p>Who ends TLS gets no more answers: by RFC 5246, section 7.2.1, neither side sends anything behind that, and no engine at hand
 * does what RFC 8446, section 6.1, allows instead. Who ends only the TCP stream does.
 */
final class ClientHandshake extends ChannelInboundHandlerAdapter implements OutputEnd {
    private final SslHandler ssl;
    private final ListenerGate.PerLoop loop;
    private final Silence silence = new Silence();
    private boolean isDone;
    private boolean inputEnded;

    ClientHandshake(SslHandler ssl, ListenerGate.PerLoop loop) {
        this.ssl = ssl;
        this.loop = loop;
    }

    /** Until the handshake is over, a client that writes is only going to close: it has read nothing that it could answer. */
    private static final class Silence extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            ReferenceCountUtil.release(message);
            promise.tryFailure(new ClosedChannelException());
            ctx.close();
        }

        @Override
        public void flush(ChannelHandlerContext ctx) {}
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.pipeline().addAfter(ctx.name(), null, silence);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        switch (event) {
            case SslHandshakeCompletionEvent handshake
            when handshake.isSuccess() -> {
                isDone = true;
                ctx.pipeline().remove(silence);
                loop.succeeded();
            }
            case SslHandshakeCompletionEvent handshake -> loop.failed(ctx.channel(), handshake.cause());
            case SslCloseCompletionEvent end when end.isSuccess() -> endInput(ctx);
            case SslCloseCompletionEvent cut -> {} // the channel is about to say so itself
            case ChannelInputShutdownEvent end -> endInput(ctx);
            default -> ctx.fireUserEventTriggered(event);
        }
    }

    private void endInput(ChannelHandlerContext ctx) {
        if (!isDone) {
            ctx.close();
        } else if (!inputEnded) {
            inputEnded = true;
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    @Override
    public void endOutput(DuplexChannel channel) {
        ssl.closeOutbound().addListener(sent -> channel.shutdownOutput());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        boolean isOfTls = cause instanceof SSLException
                || cause instanceof DecoderException && cause.getCause() instanceof SSLException;
        if (isOfTls) {
            ctx.close(); // what was wrong with a handshake has been told
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }
}
