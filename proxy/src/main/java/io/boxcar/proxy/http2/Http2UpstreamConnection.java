package io.boxcar.proxy.http2;

import io.boxcar.metrics.FailureKind;
import io.boxcar.proxy.core.Flushing;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.http.HeadLimits;
import io.boxcar.proxy.http.HttpConnection;
import io.boxcar.proxy.http.HttpExchange;
import io.boxcar.proxy.http.HttpLane;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2ChannelDuplexHandler;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2FrameStreamEvent;
import io.netty.handler.codec.http2.Http2FrameStreamException;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection of a lane, RFC 9113: the requests of all clients, each on a stream of its own. Owned by the lane's event loop.
 *
 * <pre>
 *   CONNECTING --SETTINGS--&gt; READY --GOAWAY, age, count--&gt; RETIRED --last stream is over--&gt; CLOSED
 *       '----- anything else: not HTTP/2, or broken --------------------------------------------^
 * </pre>
 */
public final class Http2UpstreamConnection extends Http2ChannelDuplexHandler implements HttpConnection, Flushing {
    /**
     * What says nothing for this long does not speak HTTP/2. Nearly all servers of HTTP/1.1 answer the preface at once; and a server of
     * HTTP/2 that is just starting may be slow, and must not be taken for something else.
     */
    private static final long PROBE_NS = 500_000_000;

    private enum State {
        CONNECTING,
        READY,
        RETIRED,
        CLOSED
    }

    private final HttpLane lane;
    private final LoopContext context;
    private final boolean isProbe;
    private final int maxInFlight;
    private final Http2FrameCodec codec = Http2Codec.client();
    private final FieldSection fields = new FieldSection();
    private final RequestHeads requests;
    private final Http2Responses responses;
    private final IntObjectHashMap<Http2UpstreamStream> streams = new IntObjectHashMap<>();

    private @Nullable ChannelHandlerContext channelContext;
    private State state = State.CONNECTING;
    private boolean touched;
    private int sent;
    private long readySinceNs;
    private long idleSinceNs;
    private String closeReason = "the upstream closed the connection";

    /** @param isProbe whether the pool is to be told that this is not HTTP/2, if it is not, and nothing is wrong with that */
    public Http2UpstreamConnection(HttpLane lane, boolean isProbe) {
        this.lane = lane;
        this.context = lane.context();
        this.isProbe = isProbe;
        this.maxInFlight = lane.endpoint().upstream().config().limits().maxInFlight();
        this.requests = new RequestHeads(
                new HeadLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE),
                fields,
                lane.endpoint().upstream().isSecure());
        this.responses = new Http2Responses(this, lane, fields);
    }

    @Override
    public ChannelHandler handler() {
        return new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(codec, Http2UpstreamConnection.this);
            }
        };
    }

    private ChannelHandlerContext channelContext() {
        ChannelHandlerContext c = channelContext;
        if (c == null) {
            throw new IllegalStateException("not yet in a pipeline");
        }
        return c;
    }

    ByteBufAllocator alloc() {
        return channelContext().alloc();
    }

    // ---- as the lane sees it ----

    @Override
    public boolean isHttp1() {
        return false;
    }

    @Override
    public int room() {
        if (state != State.READY) {
            return 0;
        }
        int allowed = codec.connection().local().maxActiveStreams()
                - codec.connection().local().numActiveStreams();
        return Math.max(0, Math.min(allowed, maxInFlight - streams.size()));
    }

    @Override
    public boolean isIdle() {
        return state == State.READY && streams.isEmpty();
    }

    @Override
    public void send(HttpExchange exchange, boolean alone, long nowNs) {
        assert context.loop().inEventLoop() && state == State.READY;
        ByteBuf request = exchange.request;
        if (request == null) {
            throw new IllegalStateException("a request without bytes");
        }
        int bodyBytes = request.readableBytes() - exchange.headLength;
        boolean hasBody = !exchange.isWhole || bodyBytes > 0;
        Http2UpstreamStream stream = new Http2UpstreamStream(newStream(), exchange, nowNs);
        ChannelFuture written = channelContext()
                .write(new DefaultHttp2HeadersFrame(requests.toHttp2(request, exchange.acceptsTrailers), !hasBody)
                        .stream(stream.frames));
        if (written.isDone() && !written.isSuccess()) {
            isNotSent(exchange, written.cause());
            return;
        }
        Http2UpstreamStream before = streams.put(stream.id(), stream);
        assert before == null : "two requests on one stream";
        exchange.carrierTag = stream.id();
        lane.httpMetrics().streams.add(1);
        stream.requestEnded = exchange.isWhole;
        if (exchange.isWhole && bodyBytes > 0) {
            ByteBuf body = request.retainedSlice(request.readerIndex() + exchange.headLength, bodyBytes);
            write(new DefaultHttp2DataFrame(body, true).stream(stream.frames));
        }
        exchange.isCarriedBy(this);
        sent++;
        int most = lane.pool().requestsPerConnection();
        if (most > 0 && sent >= most) {
            rotate();
        }
    }

    private void isNotSent(HttpExchange exchange, @Nullable Throwable cause) {
        exchange.isCarriedBy(this);
        if (cause instanceof Http2Exception.HeaderListSizeException) {
            exchange.fail(
                    FailureKind.REFUSED, "not sent: its head is larger than " + lane.endpoint() + " accepts", false);
        } else {
            retire(); // the numbers of streams are used up, or worse
            exchange.fail(FailureKind.UNREACHABLE, "not sent: no stream could be opened: " + cause, true);
        }
    }

    @Override
    public void flush(long nowNs) {
        flush();
    }

    @Override
    public void flush() {
        touched = false;
        channelContext().flush();
    }

    void write(Object frame) {
        channelContext().write(frame);
        touch();
    }

    private void touch() {
        if (!touched) {
            touched = true;
            context.clientIsTouched(this);
        }
    }

    // ---- what the client of an exchange does ----

    private @Nullable Http2UpstreamStream streamOf(HttpExchange exchange) {
        Http2UpstreamStream stream = streams.get(exchange.carrierTag);
        return stream != null && stream.exchange == exchange ? stream : null;
    }

    @Override
    public void onRequestData(HttpExchange exchange, ByteBuf data) {
        Http2UpstreamStream stream = streamOf(exchange);
        if (stream == null) {
            data.release();
            return;
        }
        int bytes = data.readableBytes();
        stream.activeNs = context.turnNs();
        lane.metrics().bytesOut.add(bytes);
        channelContext()
                .write(new DefaultHttp2DataFrame(data).stream(stream.frames))
                .addListener(written -> {
                    if (streams.get(stream.id()) == stream) {
                        exchange.requestTaken(bytes);
                    }
                });
        touch();
    }

    @Override
    public void onRequestEnd(HttpExchange exchange, @Nullable ByteBuf trailers) {
        Http2UpstreamStream stream = streamOf(exchange);
        if (stream != null) {
            stream.requestEnded = true;
            stream.activeNs = context.turnNs();
            exchange.writtenNs = stream.activeNs;
            write(
                    trailers == null
                            ? new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true).stream(stream.frames)
                            : new DefaultHttp2HeadersFrame(fields.trailers(trailers), true).stream(stream.frames));
        }
        if (trailers != null) {
            trailers.release();
        }
    }

    @Override
    public void onCancel(HttpExchange exchange) {
        Http2UpstreamStream stream = streamOf(exchange);
        if (stream != null) {
            abort(stream, Http2Error.CANCEL, FailureKind.OUTCOME_UNKNOWN, "the client has gone", false);
        }
    }

    @Override
    public void onTaken(HttpExchange exchange, int bytes) {
        Http2UpstreamStream stream = streamOf(exchange);
        if (stream != null) {
            giveBack(stream);
        }
    }

    /** The upstream may send so much more. */
    void giveBack(Http2UpstreamStream stream) {
        int bytes = stream.isOver ? 0 : stream.takeOwed();
        if (bytes > 0) {
            giveBack(stream.frames, bytes);
        }
    }

    void giveBack(Http2FrameStream frames, int bytes) {
        write(new DefaultHttp2WindowUpdateFrame(bytes).stream(frames));
    }

    // ---- frames ----

    @Override
    protected void handlerAdded0(ChannelHandlerContext ctx) {
        channelContext = ctx;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws Exception {
        long limitNs = isProbe
                ? PROBE_NS
                : lane.endpoint().upstream().config().timeout().connectNs();
        ctx.executor().schedule(this::isSilent, limitNs, TimeUnit.NANOSECONDS);
        super.channelActive(ctx);
    }

    private void isSilent() {
        if (state == State.CONNECTING) {
            isNotReady("the upstream " + lane.endpoint() + " did not begin HTTP/2 in time");
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        switch (message) {
            case Http2HeadersFrame frame -> responses.onHeaders(frame, expect(frame.stream()));
            case Http2DataFrame frame -> responses.onData(frame, expect(frame.stream()));
            case Http2ResetFrame frame -> onReset(frame, expect(frame.stream()));
            case Http2SettingsFrame settings -> onSettings();
            case Http2GoAwayFrame frame -> onGoAway(frame);
            default -> ReferenceCountUtil.release(message);
        }
    }

    /** The request that the frame answers; null if that has been given up. Never another one. */
    private @Nullable Http2UpstreamStream expect(Http2FrameStream frames) {
        Http2UpstreamStream stream = streams.get(frames.id());
        assert stream == null || stream.frames == frames : "a frame of another stream";
        return stream;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (responses.endOfRead()) {
            lane.mayDepart();
        }
    }

    private void onSettings() {
        if (state == State.CONNECTING) {
            state = State.READY;
            readySinceNs = context.turnNs();
            idleSinceNs = readySinceNs;
            write(new DefaultHttp2WindowUpdateFrame(Http2Codec.MORE_CONNECTION_BYTES));
            lane.pool().isReady(this);
        } else {
            lane.mayDepart(); // it may allow more streams now
        }
    }

    private void onReset(Http2ResetFrame frame, @Nullable Http2UpstreamStream stream) {
        if (stream == null) {
            return;
        }
        remove(stream);
        if (frame.errorCode() == Http2Error.REFUSED_STREAM.code()) {
            lane.httpMetrics().streamsRefused.increment();
            stream.exchange.fail(FailureKind.OVERLOADED, "upstream " + lane.endpoint() + " refused the stream", true);
        } else {
            stream.exchange.fail(
                    FailureKind.OUTCOME_UNKNOWN,
                    "upstream " + lane.endpoint() + " reset the stream with error " + frame.errorCode(),
                    stream.exchange.isIdempotent());
        }
        responses.somethingEnded();
    }

    private void onGoAway(Http2GoAwayFrame frame) {
        int last = frame.lastStreamId();
        frame.release();
        lane.httpMetrics().goAways.increment();
        retire();
        for (Http2UpstreamStream stream : streams()) {
            if (stream.id() > last) {
                remove(stream);
                isNotProcessed(stream.exchange);
            }
        }
        closeIfDone();
    }

    /** The upstream says that it has done nothing with it: another connection may carry it, whatever it is. */
    private void isNotProcessed(HttpExchange exchange) {
        if (exchange.isWhole && !exchange.isAnswering) {
            lane.takeBack(exchange);
        } else {
            exchange.fail(
                    FailureKind.UNREACHABLE, "upstream " + lane.endpoint() + " asked to leave with GOAWAY", false);
        }
    }

    /** Codec events of streams end here: the frames tell all. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (!(event instanceof Http2FrameStreamEvent)) {
            super.userEventTriggered(ctx, event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof Http2FrameStreamException broken) {
            Http2UpstreamStream stream = streams.get(broken.stream().id());
            if (stream != null) {
                isBad(stream, String.valueOf(broken.getMessage()));
            } else {
                write(new DefaultHttp2ResetFrame(broken.error()).stream(broken.stream()));
            }
        } else if (cause instanceof Http2Exception) {
            close("upstream " + lane.endpoint() + " broke HTTP/2: " + cause.getMessage());
        } else {
            LoopContext.reportMistake(cause);
            close("upstream " + lane.endpoint() + ": " + cause.getMessage());
        }
    }

    // ---- the end of a stream ----

    private List<Http2UpstreamStream> streams() {
        return new ArrayList<>(streams.values());
    }

    /** The response on this stream is not HTTP. */
    void isBad(Http2UpstreamStream stream, String why) {
        abort(
                stream,
                Http2Error.PROTOCOL_ERROR,
                FailureKind.BAD_RESPONSE,
                "the response of upstream " + lane.endpoint() + " was not valid: " + why,
                stream.exchange.isIdempotent());
    }

    private void abort(
            Http2UpstreamStream stream, Http2Error error, FailureKind kind, String detail, boolean mayRepeat) {
        write(new DefaultHttp2ResetFrame(error).stream(stream.frames));
        remove(stream);
        stream.exchange.fail(kind, detail, mayRepeat);
        responses.somethingEnded();
        closeIfDone();
    }

    /** All of the response is there. If the request is not, the upstream does not want the rest. */
    void isComplete(Http2UpstreamStream stream) {
        if (!stream.requestEnded) {
            write(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR).stream(stream.frames));
        }
        remove(stream);
        closeIfDone();
    }

    private void remove(Http2UpstreamStream stream) {
        Http2UpstreamStream removed = streams.remove(stream.id());
        assert removed == stream : "a stream ended twice";
        stream.isOver = true;
        stream.releaseCollected();
        lane.httpMetrics().streams.add(-1);
        if (streams.isEmpty()) {
            idleSinceNs = context.turnNs();
        }
    }

    // ---- time and the end ----

    @Override
    public void sweep(long nowNs) {
        long responseNs = lane.config().timeout().responseNs();
        long bodyNs = lane.config().timeout().bodyNs();
        for (Http2UpstreamStream stream : streams()) {
            long silentNs = nowNs - stream.activeNs;
            boolean isLate = stream.headCame
                    ? bodyNs > 0 && silentNs > bodyNs && !stream.isPaused()
                    : responseNs > 0 && silentNs > responseNs && stream.requestEnded;
            if (isLate) {
                isLate(stream, stream.headCame ? bodyNs : responseNs);
            }
        }
        if (state == State.READY) {
            checkAge(nowNs);
        }
        if (responses.endOfRead()) {
            lane.mayDepart();
        }
    }

    private void isLate(Http2UpstreamStream stream, long limitNs) {
        lane.metrics().timeouts.increment();
        abort(
                stream,
                Http2Error.CANCEL,
                FailureKind.REQUEST_TIMEOUT,
                "upstream " + lane.endpoint() + " was silent for " + limitNs / 1_000_000 + " ms",
                false);
    }

    private void checkAge(long nowNs) {
        long ageNs = lane.config().connectionAgeNs();
        long idleNs = lane.config().idleTimeoutNs();
        if (ageNs > 0 && nowNs - readySinceNs > ageNs) {
            rotate();
        } else if (idleNs > 0 && streams.isEmpty() && nowNs - idleSinceNs > idleNs) {
            retire();
        }
    }

    private void rotate() {
        if (state == State.READY) {
            lane.httpMetrics().connectionsRotated.increment();
            retire();
        }
    }

    /** Takes no more requests; closes when those in flight are answered. */
    private void retire() {
        if (state == State.READY) {
            state = State.RETIRED;
            lane.pool().isLeaving(this);
            closeIfDone();
        }
    }

    private void closeIfDone() {
        if (state == State.RETIRED && streams.isEmpty()) {
            channelContext().close();
        }
    }

    @Override
    public void close(String reason) {
        if (state == State.CONNECTING) {
            isNotReady(reason);
        } else {
            closeReason = reason;
            retire();
            channelContext().close();
        }
    }

    /** It closes without having been of use. */
    private void isNotReady(String why) {
        state = State.CLOSED;
        channelContext().close();
        if (isProbe) {
            lane.pool().isNotHttp2();
        } else {
            lane.pool().isUnreachable(why);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (state == State.CONNECTING) {
            isNotReady("upstream " + lane.endpoint() + " closed the connection before it began HTTP/2");
        } else if (state != State.CLOSED) {
            state = State.CLOSED;
            for (Http2UpstreamStream stream : streams()) {
                remove(stream);
                boolean isIdempotent = stream.exchange.isIdempotent();
                lane.metrics().lost.add(isIdempotent ? 0 : 1);
                stream.exchange.fail(FailureKind.OUTCOME_UNKNOWN, closeReason, isIdempotent);
            }
            lane.pool().isClosed(this);
        }
    }
}
