package io.boxcar.proxy.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2ChannelDuplexHandler;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** One end of an HTTP/2 connection, client or origin: collects what comes on each stream. Methods are for any thread. */
class H2Peer extends Http2ChannelDuplexHandler {
    final CompletableFuture<Long> goAway = new CompletableFuture<>();
    final Map<Http2FrameStream, H2Message> messages = new ConcurrentHashMap<>();

    /** Whether the window is given back for what comes. */
    volatile boolean isTaking = true;

    /** Bodies longer than this are counted only. */
    private static final int KEPT_BYTES = 1 << 20;

    private @Nullable ChannelHandlerContext context;

    @Override
    protected void handlerAdded0(ChannelHandlerContext ctx) {
        context = ctx;
    }

    Channel channel() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not connected");
        }
        return ctx.channel();
    }

    /** {@code "name", "value", ...} */
    static Http2Headers headers(String... namesAndValues) {
        Http2Headers headers = new DefaultHttp2Headers(false);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(AsciiString.of(namesAndValues[i]), AsciiString.of(namesAndValues[i + 1]));
        }
        return headers;
    }

    ChannelFuture send(Http2FrameStream stream, Http2Headers headers, boolean isLast) {
        return channel().writeAndFlush(new DefaultHttp2HeadersFrame(headers, isLast).stream(stream));
    }

    ChannelFuture send(Http2FrameStream stream, String data, boolean isLast) {
        return send(stream, Unpooled.copiedBuffer(data, StandardCharsets.ISO_8859_1), isLast);
    }

    ChannelFuture send(Http2FrameStream stream, ByteBuf data, boolean isLast) {
        return channel().writeAndFlush(new DefaultHttp2DataFrame(data, isLast).stream(stream));
    }

    ChannelFuture reset(Http2FrameStream stream, Http2Error error) {
        return channel().writeAndFlush(new DefaultHttp2ResetFrame(error).stream(stream));
    }

    ChannelFuture leave(Http2Error error) {
        return channel().writeAndFlush(new DefaultHttp2GoAwayFrame(error));
    }

    /** A request on a new stream. */
    Http2FrameStream open(Http2Headers headers, boolean isLast) {
        Http2FrameStream stream = newStream();
        messages.put(stream, new H2Message());
        send(stream, headers, isLast);
        return stream;
    }

    H2Message get(String path, String... fields) {
        Http2FrameStream stream = open(request("GET", path, fields), true);
        return message(stream);
    }

    H2Message message(Http2FrameStream stream) {
        return messages.computeIfAbsent(stream, s -> new H2Message());
    }

    static Http2Headers request(String method, String path, String... fields) {
        Http2Headers headers = headers(fields);
        headers.method(method).scheme("http").authority("example.com").path(path);
        return headers;
    }

    /** A request has begun; for origins. */
    void onRequest(Http2FrameStream stream, H2Message request, boolean isWhole) {}

    /** A request is complete; for origins. */
    void onWhole(Http2FrameStream stream, H2Message request) {}

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        switch (message) {
            case Http2HeadersFrame frame -> onHeaders(frame);
            case Http2DataFrame frame -> onData(frame);
            case Http2ResetFrame frame -> {
                H2Message of = message(frame.stream());
                of.reset.complete(frame.errorCode());
                of.whole.completeExceptionally(new IllegalStateException("reset " + frame.errorCode()));
            }
            case Http2GoAwayFrame frame -> {
                goAway.complete(frame.errorCode());
                frame.release();
            }
            default -> ReferenceCountUtil.release(message);
        }
    }

    private void onHeaders(Http2HeadersFrame frame) {
        H2Message of = message(frame.stream());
        CharSequence status = frame.headers().status();
        if (status != null && status.charAt(0) == '1') {
            of.interim.add(status.toString());
            return;
        }
        if (of.headCame.isDone()) {
            of.trailers = frame.headers();
        } else {
            of.head = frame.headers();
            of.headCame.complete(of);
            onRequest(frame.stream(), of, frame.isEndStream());
        }
        if (frame.isEndStream()) {
            of.whole.complete(of);
            onWhole(frame.stream(), of);
        }
    }

    private void onData(Http2DataFrame frame) {
        H2Message of = message(frame.stream());
        ByteBuf data = frame.content();
        of.bytes += data.readableBytes();
        if (of.bytes <= KEPT_BYTES) {
            byte[] bytes = new byte[data.readableBytes()];
            data.readBytes(bytes);
            of.body.writeBytes(bytes);
        }
        int window = frame.initialFlowControlledBytes();
        frame.release();
        if (isTaking) {
            channel().write(new DefaultHttp2WindowUpdateFrame(window).stream(frame.stream()));
        }
        if (frame.isEndStream()) {
            of.whole.complete(of);
            onWhole(frame.stream(), of);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        for (H2Message message : messages.values()) {
            message.whole.completeExceptionally(new IllegalStateException("closed"));
        }
        goAway.completeExceptionally(new IllegalStateException("closed without GOAWAY"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
