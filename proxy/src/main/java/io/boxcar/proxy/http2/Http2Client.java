package io.boxcar.proxy.http2;

import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.accesslog.AccessEntry;
import io.boxcar.proxy.accesslog.ClientLog;
import io.boxcar.proxy.config.HttpListenerConfig;
import io.boxcar.proxy.core.Client;
import io.boxcar.proxy.core.Flushing;
import io.boxcar.proxy.core.Listener;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.Service;
import io.boxcar.proxy.http.HeadLimits;
import io.boxcar.proxy.http.HttpExchange;
import io.boxcar.proxy.http.HttpLog;
import io.boxcar.proxy.http.HttpLoop;
import io.boxcar.proxy.http.HttpService;
import io.boxcar.proxy.http.Method;
import io.boxcar.proxy.http.OwnResponse;
import io.boxcar.proxy.http.ResponseSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameStreamEvent;
import io.netty.handler.codec.http2.Http2FrameStreamException;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One application's connection in HTTP/2, RFC 9113: each stream is an exchange. Owned by its event loop.
 *
 * <pre>
 *   HEADERS, DATA -> Http2ClientStream -> HttpExchange -> lanes, shared with other clients
 *     ^                      |
 *     '--- HEADERS, DATA ----' one flush at the end of the turn
 * </pre>
 *
 * It installs the frame codec before itself, and may be added to a channel of which bytes were read already: these are then given to
 * it or to its pipeline, from the preface on.
 */
public final class Http2Client extends ChannelInboundHandlerAdapter implements Client, ResponseSink, Flushing {
    /** A client that is to be closed, and does not end its streams or take the last bytes for this long, is cut off. */
    private static final long CLOSING_NS = 10_000_000_000L;

    private final HttpLoop loop;
    private final LoopContext context;
    private final ListenerMetrics metrics;
    private final HttpListenerConfig config;
    private final Http2FrameCodec codec;
    private final ResponseHeads responses;
    private final FieldSection fields = new FieldSection();
    private final Http2Requests requests;

    /** Null if there is no access log. */
    private final @Nullable HttpLog log;

    private final IntObjectHashMap<Http2ClientStream> streams = new IntObjectHashMap<>();

    private @Nullable ChannelHandlerContext channelContext;
    private boolean touched;
    private boolean settingsCame;
    private boolean draining;
    private boolean closing;
    private boolean closed;
    private int received;
    private long activeNs;
    private long drainingSinceNs;

    public Http2Client(HttpService service, Listener listener, HttpLoop loop, ListenerMetrics metrics) {
        this.loop = loop;
        this.context = loop.context();
        this.metrics = metrics;
        this.config = service.config();
        HttpListenerConfig.Limits limits = config.limits();
        this.codec = Http2Codec.server(limits);
        this.responses =
                new ResponseHeads(new HeadLimits(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE), fields);
        this.log = HttpLog.of(context, listener.config().name(), "http/2");
        this.requests = new Http2Requests(this, service, loop, fields, log);
    }

    private ChannelHandlerContext channelContext() {
        ChannelHandlerContext c = channelContext;
        if (c == null) {
            throw new IllegalStateException("not yet in a pipeline");
        }
        return c;
    }

    ListenerMetrics metrics() {
        return metrics;
    }

    ByteBufAllocator alloc() {
        return channelContext().alloc();
    }

    long nowNs() {
        return context.turnNs();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        channelContext = ctx;
        activeNs = context.nowNs();
        if (log != null) {
            log.isFrom(ctx.channel().remoteAddress());
        }
        ctx.pipeline().addBefore(ctx.name(), null, codec);
        write(new DefaultHttp2WindowUpdateFrame(Http2Codec.MORE_CONNECTION_BYTES));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        assert context.loop().inEventLoop();
        closed = true;
        for (Http2ClientStream stream : streams()) {
            forget(stream);
        }
    }

    private List<Http2ClientStream> streams() {
        return new ArrayList<>(streams.values());
    }

    // ---- frames ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        switch (message) {
            case Http2HeadersFrame frame -> onHeaders(frame);
            case Http2DataFrame frame -> onData(frame);
            case Http2ResetFrame frame -> onReset(frame);
            case Http2SettingsFrame settings -> settingsCame = true;
            case ByteBuf bytes -> codec.channelRead(ctx.pipeline().context(codec), bytes);
            default -> ReferenceCountUtil.release(message); // PING, PRIORITY and WINDOW_UPDATE are the codec's
        }
    }

    private void onHeaders(Http2HeadersFrame frame) {
        activeNs = nowNs();
        Http2ClientStream stream = streams.get(frame.stream().id());
        if (stream != null) {
            requests.onTrailers(stream, frame);
            return;
        }
        stream = new Http2ClientStream(this, frame.stream(), activeNs);
        streams.put(stream.id, stream);
        requests.onHead(stream, frame);
        if (++received == config.limits().maxRequests()) {
            drain();
        }
    }

    private void onData(Http2DataFrame frame) {
        activeNs = nowNs();
        metrics.bytesIn.add(frame.content().readableBytes());
        Http2ClientStream stream = streams.get(frame.stream().id());
        if (stream != null) {
            requests.onData(stream, frame);
            return;
        }
        int bytes = frame.initialFlowControlledBytes();
        frame.release();
        write(new DefaultHttp2WindowUpdateFrame(bytes).stream(frame.stream()));
    }

    private void onReset(Http2ResetFrame frame) {
        Http2ClientStream stream = streams.get(frame.stream().id());
        if (stream != null) {
            forget(stream);
            closeIfDone();
        }
    }

    /** Codec events of streams end here: the frames tell all. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof ChannelInputShutdownEvent) {
            close(); // nobody half-closes in HTTP/2, where frames end streams: the client has gone
        } else if (!(event instanceof Http2FrameStreamEvent)) {
            super.userEventTriggered(ctx, event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof Http2FrameStreamException broken) {
            isMalformed(streams.get(broken.stream().id()), broken);
        } else if (cause instanceof Http2Exception) {
            metrics.protocolErrors.increment(); // the codec says GOAWAY and closes
        } else {
            LoopContext.reportMistake(cause);
            ctx.close();
        }
    }

    private void isMalformed(@Nullable Http2ClientStream stream, Http2FrameStreamException broken) {
        if (stream != null) {
            isMalformed(stream);
        } else {
            metrics.protocolErrors.increment();
            write(new DefaultHttp2ResetFrame(broken.error()).stream(broken.stream()));
        }
    }

    // ---- what streams do ----

    /** The client may send so much more. */
    void giveBack(Http2ClientStream stream) {
        int bytes = stream.takeOwed();
        if (bytes > 0) {
            write(new DefaultHttp2WindowUpdateFrame(bytes).stream(stream.frames));
        }
    }

    /** What the client sends on this stream is not HTTP. */
    void isMalformed(Http2ClientStream stream) {
        metrics.protocolErrors.increment();
        reset(stream, Http2Error.PROTOCOL_ERROR);
    }

    void reset(Http2ClientStream stream, Http2Error error) {
        write(new DefaultHttp2ResetFrame(error).stream(stream.frames));
        forget(stream);
        closeIfDone();
    }

    /** The stream is gone; what it has outstanding is not wanted any more. */
    private void forget(Http2ClientStream stream) {
        streams.remove(stream.id);
        stream.responseEnded = true;
        abandon(stream);
        AccessEntry entry = stream.entry;
        if (entry != null && !entry.isEnded()) {
            entry.ended(AccessEntry.Outcome.GONE, "");
        }
        finishEntry(stream);
    }

    private void finishEntry(Http2ClientStream stream) {
        AccessEntry entry = stream.entry;
        if (entry != null) {
            stream.entry = null;
            ClientLog.finish(entry, context.nowNs());
        }
    }

    /** What it has outstanding is not wanted any more, but Boxcar may still answer. */
    void abandon(Http2ClientStream stream) {
        stream.releaseCollected();
        HttpExchange exchange = stream.exchange;
        if (exchange != null) {
            stream.exchange = null;
            exchange.abandon();
        }
    }

    /** The response has left, as far as it will. */
    void isOver(Http2ClientStream stream, boolean isComplete) {
        if (closed || streams.get(stream.id) != stream) {
            return;
        }
        if (!isComplete) {
            reset(stream, Http2Error.INTERNAL_ERROR); // the client does not take so large a head, for example
        } else if (!stream.requestEnded) {
            reset(stream, Http2Error.NO_ERROR); // the client need not send the rest (RFC 9113, section 8.1)
        } else {
            streams.remove(stream.id);
            closeIfDone();
        }
    }

    private void write(Object frame) {
        channelContext().write(frame);
        touch();
    }

    private void touch() {
        if (!touched) {
            touched = true;
            context.clientIsTouched(this);
        }
    }

    @Override
    public void flush() {
        touched = false;
        channelContext().flush();
    }

    // ---- responses ----

    /** The stream that waits for this response; none other may get it. */
    private Http2ClientStream streamOf(HttpExchange exchange) {
        Http2ClientStream stream = streams.get(exchange.tag);
        if (stream == null || stream.exchange != exchange) {
            throw new IllegalStateException("a response that no stream waits for");
        }
        return stream;
    }

    @Override
    public void onInformational(HttpExchange exchange, ByteBuf head) {
        writeHead(streamOf(exchange), head);
        head.release();
    }

    @Override
    public void onHead(HttpExchange exchange, ByteBuf head, int status, long contentLength) {
        Http2ClientStream stream = streamOf(exchange);
        stream.headWritten = true;
        writeHead(stream, head);
        head.release();
    }

    @Override
    public void onSwitched(HttpExchange exchange, ByteBuf head) {
        onHead(exchange, head, exchange.responseStatus, -1);
    }

    @Override
    public void onData(HttpExchange exchange, ByteBuf data) {
        Http2ClientStream stream = streamOf(exchange);
        int bytes = data.readableBytes();
        AccessEntry entry = exchange.entry;
        if (entry != null) {
            entry.bytesOut += bytes;
        }
        metrics.bytesOut.add(bytes);
        stream.isWritten(nowNs());
        channelContext()
                .write(new DefaultHttp2DataFrame(data).stream(stream.frames))
                .addListener(stream.piece(bytes));
        touch();
    }

    @Override
    public void onEnd(HttpExchange exchange, @Nullable ByteBuf trailers) {
        Http2ClientStream stream = streamOf(exchange);
        release(stream, exchange);
        if (trailers == null) {
            writeLast(stream, new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true).stream(stream.frames));
        } else {
            writeLast(stream, new DefaultHttp2HeadersFrame(fields.trailers(trailers), true).stream(stream.frames));
            trailers.release();
        }
    }

    @Override
    public void onAnswered(HttpExchange exchange) {
        Http2ClientStream stream = streamOf(exchange);
        ByteBuf response = exchange.response;
        int headLength = exchange.responseHeadLength;
        if (response == null) {
            throw new IllegalStateException("answered without a response");
        }
        exchange.response = null;
        release(stream, exchange);
        writeWhole(stream, response, headLength);
    }

    @Override
    public void onFailed(HttpExchange exchange) {
        Http2ClientStream stream = streamOf(exchange);
        FailureKind failure = exchange.failure;
        String detail = exchange.failureDetail;
        release(stream, exchange);
        FailureKind kind = failure == null ? FailureKind.OUTCOME_UNKNOWN : failure;
        metrics.errors(kind).increment();
        if (stream.headWritten) {
            reset(stream, Http2Error.INTERNAL_ERROR);
        } else {
            answer(stream, OwnResponse.of(alloc(), kind, detail));
        }
    }

    /** It is back, and with it all that is to be told of it. */
    private void release(Http2ClientStream stream, HttpExchange exchange) {
        stream.exchange = null;
        stream.entry = exchange.takeEntry(context.nowNs());
        loop.release(exchange);
    }

    @Override
    public void end() {
        close();
    }

    @Override
    public void onRequestTaken(HttpExchange exchange, int bytes) {
        Http2ClientStream stream = streamOf(exchange);
        stream.isOnItsWay(bytes);
        giveBack(stream);
    }

    /** Boxcar's own response; what the request was is not looked at any more. */
    void answer(Http2ClientStream stream, OwnResponse own) {
        HttpExchange outstanding = stream.exchange;
        if (outstanding != null) {
            stream.entry = outstanding.takeEntry(context.nowNs());
        }
        AccessEntry entry = stream.entry;
        if (entry != null) {
            entry.answered(own.status(), own.code());
        }
        abandon(stream);
        giveBack(stream);
        writeWhole(stream, own.bytes(), own.headLength());
    }

    private void writeWhole(Http2ClientStream stream, ByteBuf response, int headLength) {
        int headStart = response.readerIndex();
        boolean isHeadAll = response.readableBytes() == headLength || stream.method == Method.HEAD;
        stream.headWritten = true;
        AccessEntry entry = stream.entry;
        if (entry != null && !isHeadAll) {
            entry.bytesOut = response.readableBytes() - headLength;
        }
        if (isHeadAll) {
            writeLast(stream, new DefaultHttp2HeadersFrame(responses.toHttp2(response), true).stream(stream.frames));
            response.release();
            return;
        }
        if (!writeHead(stream, response)) {
            response.release();
            return;
        }
        response.readerIndex(headStart + headLength);
        metrics.bytesOut.add(response.readableBytes());
        writeLast(stream, new DefaultHttp2DataFrame(response, true).stream(stream.frames));
    }

    /** False if the client does not take such a head; then the stream is reset. */
    private boolean writeHead(Http2ClientStream stream, ByteBuf headView) {
        ChannelFuture written = channelContext()
                .write(new DefaultHttp2HeadersFrame(responses.toHttp2(headView), false).stream(stream.frames));
        touch();
        if (written.isDone() && !written.isSuccess()) {
            reset(stream, Http2Error.INTERNAL_ERROR);
            return false;
        }
        return true;
    }

    private void writeLast(Http2ClientStream stream, Object frame) {
        long now = nowNs();
        stream.responseEnded = true;
        stream.isWritten(now);
        metrics.responses.increment();
        metrics.totalTimeNs.record(now - stream.receivedNs);
        finishEntry(stream);
        channelContext().write(frame).addListener(stream);
        touch();
    }

    // ---- time and the end ----

    @Override
    public void moveTo(Service next) {
        if (next instanceof HttpService http) {
            requests.moveTo(http);
        }
    }

    /** A first GOAWAY that refuses nothing: streams under way to here are still served (RFC 9113, section 6.8). */
    @Override
    public void announceEnd() {
        if (!draining && !closed) {
            write(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR).setExtraStreamIds(Integer.MAX_VALUE));
        }
    }

    @Override
    public void drain() {
        assert context.loop().inEventLoop();
        if (draining || closed) {
            return;
        }
        draining = true;
        drainingSinceNs = context.turnNs();
        write(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
        closeIfDone();
    }

    private void closeIfDone() {
        if (draining && streams.isEmpty() && !closing && !closed) {
            closing = true;
            channelContext().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void checkTimeouts(long nowNs) {
        HttpListenerConfig.Timeout timeout = config.timeout();
        if (!settingsCame && nowNs - activeNs > timeout.headerNs()) {
            metrics.idleClientsClosed.increment();
            close();
            return;
        }
        for (Http2ClientStream stream : streams()) {
            check(stream, timeout, nowNs);
        }
        if (streams.isEmpty() && timeout.idleNs() > 0 && nowNs - activeNs > timeout.idleNs() && !draining) {
            metrics.idleClientsClosed.increment();
            drain();
        }
        if (draining && nowNs - drainingSinceNs > CLOSING_NS && streams.isEmpty()) {
            close();
        }
    }

    private void check(Http2ClientStream stream, HttpListenerConfig.Timeout timeout, long nowNs) {
        if (timeout.writeNs() > 0 && stream.stuckNs(nowNs) > timeout.writeNs()) {
            metrics.slowClientsClosed.increment();
            reset(stream, Http2Error.CANCEL);
            if (!channelContext().channel().isWritable()) {
                close();
            }
        } else if (!stream.requestEnded
                && !stream.responseEnded
                && !stream.isPaused()
                && timeout.bodyNs() > 0
                && nowNs - stream.lastReadNs > timeout.bodyNs()) {
            if (stream.headWritten) {
                return; // both sides talk: the upstream's own limits tell when that is over
            }
            answer(
                    stream,
                    OwnResponse.of(
                            channelContext().alloc(),
                            408,
                            "request-timeout",
                            "",
                            "the rest of the request has not come in time"));
        }
    }

    @Override
    public void close() {
        channelContext().close();
    }
}
