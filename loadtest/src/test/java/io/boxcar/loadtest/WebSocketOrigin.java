package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.net.InetSocketAddress;

/** A server whose WebSocket at {@code /ws} says again what it hears. */
final class WebSocketOrigin implements AutoCloseable {
    private static final int MAX_FRAME_BYTES = 4 * 1024 * 1024;

    private final EventLoopGroup loops;
    private final Channel listening;

    private WebSocketOrigin(EventLoopGroup loops, Channel listening) {
        this.loops = loops;
        this.listening = listening;
    }

    static WebSocketOrigin start() throws InterruptedException {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        Channel listening = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        connection
                                .pipeline()
                                .addLast(
                                        new HttpServerCodec(),
                                        new HttpObjectAggregator(MAX_FRAME_BYTES),
                                        new WebSocketServerProtocolHandler("/ws", null, false, MAX_FRAME_BYTES),
                                        new Echo());
                    }
                })
                .bind(Address.DEFAULT_HOST, 0)
                .sync()
                .channel();
        return new WebSocketOrigin(loops, listening);
    }

    Address address() {
        return Loopback.port(((InetSocketAddress) listening.localAddress()).getPort());
    }

    @Override
    public void close() {
        listening.close().syncUninterruptibly();
        loops.shutdownGracefully(0, 5, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static final class Echo extends SimpleChannelInboundHandler<WebSocketFrame> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
            ctx.writeAndFlush(frame.retain());
        }
    }
}
