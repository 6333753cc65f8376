package io.boxcar.loadtest.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.util.List;

/**
 * Tells HTTP/2 with prior knowledge (RFC 9113, section 3.3) from HTTP/1.1 by a connection's first bytes, and replaces
 * itself by the handlers for it. Owned by the connection's event loop.
 */
final class Http2Detector extends ByteToMessageDecoder {
    private final Worker worker;
    private final ByteBuf preface = Http2CodecUtil.connectionPrefaceBuf();

    Http2Detector(Worker worker) {
        this.worker = worker;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        int bytes = Math.min(in.readableBytes(), preface.readableBytes());
        boolean http2 = ByteBufUtil.equals(in, in.readerIndex(), preface, preface.readerIndex(), bytes);
        if (http2 && bytes < preface.readableBytes()) {
            return; // or not: one byte more may tell
        }
        ChannelPipeline pipeline = ctx.pipeline();
        if (http2) {
            // Nobody ends one direction only of an HTTP/2 connection: a client that has ended its own is gone.
            ctx.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
            pipeline.addLast(
                    Http2FrameCodecBuilder.forServer().build(),
                    new Http2MultiplexHandler(new StreamInitializer(worker)));
        } else {
            HttpDecoderConfig config =
                    new HttpDecoderConfig().setMaxInitialLineLength(65_536).setMaxHeaderSize(65_536);
            pipeline.addLast(new HttpServerCodec(config), new ExchangeHandler(worker, false));
        }
        pipeline.remove(this);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) {
        preface.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // reset by its client before a request came
    }

    /** Makes an HTTP/2 stream look like a connection with one request. */
    private static final class StreamInitializer extends ChannelInitializer<Channel> {
        private final Worker worker;

        StreamInitializer(Worker worker) {
            this.worker = worker;
        }

        @Override
        protected void initChannel(Channel stream) {
            stream.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(true), new ExchangeHandler(worker, true));
        }
    }
}
