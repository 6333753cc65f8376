package io.boxcar.proxy.capture;

import io.boxcar.proxy.core.Client;
import io.boxcar.proxy.core.Service;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/** A client that is reset as soon as it is there. Owned by its event loop. */
final class RefusedClient extends ChannelInboundHandlerAdapter implements Client {
    private @Nullable ChannelHandlerContext context;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        if (ctx.channel().isActive()) {
            close();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        close();
    }

    @Override
    public void moveTo(Service next) {}

    @Override
    public void announceEnd() {}

    @Override
    public void drain() {
        close();
    }

    @Override
    public void close() {
        ChannelHandlerContext c = context;
        if (c != null) {
            TcpRelay.abort(c.channel());
        }
    }

    @Override
    public void checkTimeouts(long nowNs) {
        close();
    }
}
