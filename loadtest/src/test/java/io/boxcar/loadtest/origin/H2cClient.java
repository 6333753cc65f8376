package io.boxcar.loadtest.origin;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrame;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An HTTP/2 client with prior knowledge that does one exchange at a time, and puts the whole response into a string. */
final class H2cClient implements AutoCloseable {
    private static final long TIMEOUT_SECONDS = 10;

    private final EventLoopGroup loop;
    private final Channel connection;

    private H2cClient(EventLoopGroup loop, Channel connection) {
        this.loop = loop;
        this.connection = connection;
    }

    static H2cClient connect(int port) {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        Channel connection = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        Http2FrameCodecBuilder.forClient().build(),
                                        new Http2MultiplexHandler(new Response(new CompletableFuture<>())));
                    }
                })
                .connect("127.0.0.1", port)
                .syncUninterruptibly()
                .channel();
        return new H2cClient(loop, connection);
    }

    /** Status and body, and trailers as {@code name=value}, separated by spaces. */
    String exchange(String method, String path, String body) throws Exception {
        CompletableFuture<String> response = new CompletableFuture<>();
        Channel stream = new Http2StreamChannelBootstrap(connection)
                .handler(new Response(response))
                .open()
                .syncUninterruptibly()
                .getNow();
        Http2Headers headers = new DefaultHttp2Headers()
                .method(method)
                .path(path)
                .scheme("http")
                .authority("origin");
        stream.write(new DefaultHttp2HeadersFrame(headers, body.isEmpty()));
        if (!body.isEmpty()) {
            stream.write(new DefaultHttp2DataFrame(Unpooled.copiedBuffer(body, StandardCharsets.UTF_8), true));
        }
        stream.flush();
        return response.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        connection.close().syncUninterruptibly();
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static final class Response extends SimpleChannelInboundHandler<Http2StreamFrame> {
        private final CompletableFuture<String> whole;
        private final StringBuilder text = new StringBuilder();

        Response(CompletableFuture<String> whole) {
            this.whole = whole;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, Http2StreamFrame frame) {
            boolean last = false;
            if (frame instanceof Http2HeadersFrame head) {
                CharSequence status = head.headers().status();
                if (status != null) {
                    text.append(status).append(' ');
                } else {
                    head.headers()
                            .forEach(e -> text.append(' ')
                                    .append(e.getKey())
                                    .append('=')
                                    .append(e.getValue()));
                }
                last = head.isEndStream();
            } else if (frame instanceof Http2DataFrame data) {
                text.append(data.content().toString(StandardCharsets.UTF_8));
                ctx.write(new DefaultHttp2WindowUpdateFrame(data.initialFlowControlledBytes()).stream(data.stream()));
                last = data.isEndStream();
            }
            if (last) {
                whole.complete(text.toString());
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }
    }
}
