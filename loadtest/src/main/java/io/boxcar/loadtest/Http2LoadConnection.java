package io.boxcar.loadtest;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2ChannelDuplexHandler;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.netty.util.concurrent.Ticker;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection of a load: several requests in flight, each on a stream of its own, whose responses are judged.
 * Owned by the load's event loop.
 */
final class Http2LoadConnection extends LoadClient {
    private static final int STREAM_WINDOW_BYTES = 1 << 20;
    private static final int CONNECTION_WINDOW_BYTES = 16 << 20;
    private static final int MAX_STREAM_ID = Integer.MAX_VALUE - 2;

    private final Http2FrameCodec codec;
    private final StreamMaker streamMaker = new StreamMaker();
    private final Dispatch dispatch;
    private final Http2Script script;
    private final LoadTally tally;
    private final Ticker ticker;
    private final HttpLoadPlan plan;
    private final Runnable onLost;
    private final IntObjectMap<Http2Exchange> exchanges = new IntObjectHashMap<>();

    private @Nullable ChannelHandlerContext context;
    private int streams; // at most; 0 until the server has said what it allows, and again when it goes away
    private boolean goingAway;

    /** Only a handler of this kind can make streams. */
    private static final class StreamMaker extends Http2ChannelDuplexHandler {}

    Http2LoadConnection(
            Dispatch dispatch, Http2Script script, LoadTally tally, Ticker ticker, HttpLoadPlan plan, Runnable onLost) {
        this.dispatch = dispatch;
        this.script = script;
        this.tally = tally;
        this.ticker = ticker;
        this.plan = plan;
        this.onLost = onLost;
        codec = Http2FrameCodecBuilder.forClient()
                .initialSettings(
                        Http2Settings.defaultSettings().pushEnabled(false).initialWindowSize(STREAM_WINDOW_BYTES))
                .validateHeaders(false)
                .build();
    }

    @Override
    void addTo(ChannelPipeline pipeline) {
        pipeline.addLast(codec, streamMaker, this);
    }

    @Override
    boolean isIdle() {
        return exchanges.isEmpty();
    }

    @Override
    int room() {
        return context == null ? 0 : Math.max(0, streams - exchanges.size());
    }

    @Override
    boolean send(long dueNs) {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not connected");
        }
        long number = script.take();
        if (number == HttpScript.NO_MORE) {
            return false;
        }
        ByteBuf body = script.body(number);
        Http2FrameStream stream = streamMaker.newStream();
        boolean tls = plan.target().tls() != null;
        ctx.write(new DefaultHttp2HeadersFrame(script.head(number, tls), body == null).stream(stream));
        if (body != null) {
            ctx.write(new DefaultHttp2DataFrame(body, true).stream(stream));
        }
        exchanges.put(stream.id(), new Http2Exchange(number, dueNs, ticker.nanoTime()));
        if (stream.id() >= MAX_STREAM_ID) {
            goAway();
        }
        return true;
    }

    @Override
    void flush() {
        if (context != null) {
            context.flush();
        }
    }

    @Override
    void checkAge(long nowNs) {
        for (Http2Exchange exchange : exchanges.values()) {
            if (nowNs - exchange.sentNs() > plan.responseLimitNs()) {
                failAll("no response within " + plan.responseLimitNs() / 1_000_000 + " ms");
                close();
                return;
            }
        }
    }

    @Override
    void close() {
        if (context != null) {
            context.close();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        ctx.write(new DefaultHttp2WindowUpdateFrame(CONNECTION_WINDOW_BYTES));
        ctx.flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            switch (message) {
                case Http2HeadersFrame frame -> takeHead(frame);
                case Http2DataFrame frame -> takeData(ctx, frame);
                case Http2SettingsFrame frame -> takeSettings(frame.settings());
                case Http2ResetFrame frame -> takeReset(frame);
                case Http2GoAwayFrame frame -> goAway();
                default -> {
                    // Pings and acknowledgements are the codec's.
                }
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (room() > 0) {
            dispatch.hasRoom(this);
        }
        ctx.flush();
    }

    private void takeSettings(Http2Settings settings) {
        Long allowed = settings.maxConcurrentStreams();
        if (!goingAway && (streams == 0 || allowed != null)) {
            streams = (int) Math.min(plan.streams(), allowed == null ? Long.MAX_VALUE : allowed);
        }
    }

    private void takeHead(Http2HeadersFrame frame) {
        Http2Exchange exchange = exchange(frame.stream());
        if (exchange == null) {
            return;
        }
        CharSequence status = frame.headers().status();
        if (status != null) {
            exchange.takeStatus(status);
        }
        if (frame.isEndStream()) {
            judge(frame.stream(), exchange);
        }
    }

    private void takeData(ChannelHandlerContext ctx, Http2DataFrame frame) {
        ctx.write(new DefaultHttp2WindowUpdateFrame(frame.initialFlowControlledBytes()).stream(frame.stream()));
        Http2Exchange exchange = exchange(frame.stream());
        if (exchange == null) {
            return;
        }
        exchange.takeBody(frame.content());
        if (frame.isEndStream()) {
            judge(frame.stream(), exchange);
        }
    }

    /** Null after it was given up. */
    private @Nullable Http2Exchange exchange(@Nullable Http2FrameStream stream) {
        return stream == null ? null : exchanges.get(stream.id());
    }

    private void judge(@Nullable Http2FrameStream stream, Http2Exchange exchange) {
        switch (script.judge(exchange.number(), exchange)) {
            case RIGHT -> tally.answered(ticker.nanoTime() - exchange.dueNs());
            case MISPAIRED -> tally.mispaired();
            case FAILED -> tally.error(HttpLoadConnection.describe(exchange), 1);
            case OTHER_LENGTH -> tally.error(HttpLoadConnection.describeLength(exchange), 1);
        }
        end(stream);
    }

    private void takeReset(Http2ResetFrame frame) {
        if (exchange(frame.stream()) != null) {
            tally.error("stream reset with error code " + frame.errorCode(), 1);
            end(frame.stream());
        }
    }

    private void end(@Nullable Http2FrameStream stream) {
        if (stream != null) {
            exchanges.remove(stream.id());
        }
        if (goingAway && exchanges.isEmpty()) {
            close();
        }
    }

    private void goAway() {
        goingAway = true;
        streams = 0;
        if (exchanges.isEmpty()) {
            close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context = null;
        dispatch.isGone(this);
        failAll("connection closed before the response");
        onLost.run();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failAll("connection failed before the response: " + cause.getMessage());
        ctx.close();
    }

    private void failAll(String text) {
        if (!exchanges.isEmpty()) {
            tally.error(text, exchanges.size());
            exchanges.clear();
        }
    }
}
