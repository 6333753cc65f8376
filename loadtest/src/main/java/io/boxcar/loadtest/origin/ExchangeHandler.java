package io.boxcar.loadtest.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Answers the requests of one HTTP/1.1 connection one after the other, or the only one of an HTTP/2 stream. What a client
 * pipelines behind a request that is still being answered waits here. Owned by the connection's event loop.
 */
final class ExchangeHandler extends ChannelInboundHandlerAdapter {
    private static final int MAX_WAITING = 64;
    private static final int PIECES_PER_TURN = 64;

    private final Worker worker;
    private final boolean multiplexed;
    private final Deque<HttpObject> waiting = new ArrayDeque<>();

    private @Nullable HttpRequest request;
    private @Nullable ByteBuf body;
    private boolean keepAlive;
    private boolean echoing;
    private boolean answering; // the request is all there, its response is not
    private boolean inputEnded;
    private boolean closing;
    private Answer.@Nullable Pieces pieces;
    private long piecesSent;

    ExchangeHandler(Worker worker, boolean multiplexed) {
        this.worker = worker;
        this.multiplexed = multiplexed;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (answering && !closing) {
            waiting.add((HttpObject) message);
            updateReading(ctx);
        } else {
            take(ctx, (HttpObject) message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        updateReading(ctx);
        if (pieces != null && ctx.channel().isWritable()) {
            sendPieces(ctx);
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent && !multiplexed) {
            inputEnded = true;
            if (!answering) {
                close(ctx);
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        closing = true;
        pieces = null;
        releaseBody();
        waiting.forEach(ReferenceCountUtil::release);
        waiting.clear();
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // the client is gone, or was told to go
    }

    /** A client that does not read its responses, or pipelines without an end, is not read from. */
    private void updateReading(ChannelHandlerContext ctx) {
        boolean reading = ctx.channel().isWritable() && waiting.size() < MAX_WAITING;
        if (ctx.channel().config().isAutoRead() != reading) {
            ctx.channel().config().setAutoRead(reading);
        }
    }

    private void take(ChannelHandlerContext ctx, HttpObject message) {
        if (closing) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message.decoderResult().isFailure()) {
            ReferenceCountUtil.release(message);
            refuse(ctx, String.valueOf(message.decoderResult().cause().getMessage()));
            return;
        }
        // The only object of a request without a body is both.
        if (message instanceof HttpRequest head) {
            begin(ctx, head);
        }
        if (message instanceof HttpContent content) {
            if (echoing) {
                echo(ctx, content);
            } else {
                keep(ctx, content);
            }
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest head) {
        request = head;
        keepAlive = HttpUtil.isKeepAlive(head);
        worker.countRequest();
        if (HttpUtil.is100ContinueExpected(head)) {
            ctx.write(new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
        }
        echoing = worker.site().echoes(head);
        if (echoing) {
            ByteBuf text = Unpooled.copiedBuffer(describe(head), StandardCharsets.ISO_8859_1);
            long bodyBytes = HttpUtil.isTransferEncodingChunked(head) ? -1 : HttpUtil.getContentLength(head, 0L);
            // An HTTP/2 request need not say how long it is.
            long bytes = bodyBytes < 0 || multiplexed ? -1 : text.readableBytes() + bodyBytes;
            ctx.write(head(HttpResponseStatus.OK, Answer.TEXT, bytes));
            writeContent(ctx, text);
        }
    }

    private static String describe(HttpRequest head) {
        StringBuilder text = new StringBuilder(256);
        text.append(head.method()).append(' ').append(head.uri()).append('\n');
        for (Map.Entry<String, String> header : head.headers()) {
            text.append(header.getKey()).append(": ").append(header.getValue()).append('\n');
        }
        return text.append('\n').toString();
    }

    private void echo(ChannelHandlerContext ctx, HttpContent content) {
        writeContent(ctx, content.content());
        if (content instanceof LastHttpContent) {
            echoing = false;
            ctx.write(LastHttpContent.EMPTY_LAST_CONTENT);
            finish(ctx);
        } else {
            ctx.flush(); // a client may wait for the echo before it sends more
        }
    }

    private void keep(ChannelHandlerContext ctx, HttpContent content) {
        Site site = worker.site();
        ByteBuf kept = body;
        try {
            ByteBuf more = content.content();
            int room = site.maxBodyBytes() + 1 - (kept == null ? 0 : kept.readableBytes());
            if (more.isReadable() && room > 0) {
                if (kept == null) {
                    kept = ctx.alloc().buffer(room);
                    body = kept;
                }
                kept.writeBytes(more, Math.min(room, more.readableBytes()));
            }
        } finally {
            content.release();
        }
        HttpRequest head = request;
        if (content instanceof LastHttpContent && head != null) {
            answering = true;
            Answer answer = site.answer(head, kept == null ? Unpooled.EMPTY_BUFFER : kept);
            releaseBody();
            send(ctx, answer);
        }
    }

    private void releaseBody() {
        if (body != null) {
            body.release();
            body = null;
        }
    }

    private void send(ChannelHandlerContext ctx, Answer answer) {
        switch (answer) {
            case Answer.Whole whole -> sendWhole(ctx, whole);
            case Answer.Delayed(long delayMs, Answer then) -> {
                var unused = ctx.executor().schedule(() -> sendLater(ctx, then), delayMs, TimeUnit.MILLISECONDS);
            }
            case Answer.Pending(var future) -> future.addListener(done -> sendLater(ctx, future.getNow()));
            case Answer.Pieces several -> {
                ctx.write(head(
                        HttpResponseStatus.OK,
                        "application/octet-stream",
                        several.chunked() ? -1 : several.totalBytes()));
                pieces = several;
                piecesSent = 0;
                sendPieces(ctx);
            }
            case Answer.Events events -> {
                ctx.write(head(HttpResponseStatus.OK, "text/event-stream", -1));
                sendEvent(ctx, events, 1);
            }
        }
    }

    private void sendLater(ChannelHandlerContext ctx, Answer answer) {
        if (closing) {
            if (answer instanceof Answer.Whole whole) {
                whole.body().release();
            }
            return;
        }
        send(ctx, answer);
        resume(ctx);
    }

    private void sendWhole(ChannelHandlerContext ctx, Answer.Whole whole) {
        ByteBuf content = whole.body();
        int bytes = content.readableBytes();
        if (isHead()) {
            content.release();
            content = Unpooled.EMPTY_BUFFER;
        }
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, whole.status(), content);
        setUp(response, whole.contentType(), bytes);
        whole.headers().forEach(response.headers()::set);
        ctx.write(response);
        finish(ctx);
    }

    private void sendPieces(ChannelHandlerContext ctx) {
        Answer.Pieces several = pieces;
        for (int i = 0; i < PIECES_PER_TURN && several != null && ctx.channel().isWritable(); i++) {
            if (piecesSent == several.pieces() || isHead()) {
                pieces = null;
                LastHttpContent last = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
                if (several.chunked() && !isHead()) {
                    last.trailingHeaders().set(Answer.Pieces.TRAILER, several.pieces());
                }
                ctx.write(last);
                finish(ctx);
                resume(ctx);
                return;
            }
            piecesSent++;
            ByteBuf piece = several.pieceView();
            ctx.write(new DefaultHttpContent(
                    piecesSent == several.pieces()
                            ? piece.retainedSlice(piece.readerIndex(), several.lastBytes())
                            : piece.retainedDuplicate()));
        }
        ctx.flush();
        if (several != null && ctx.channel().isWritable()) {
            ctx.executor()
                    .execute(
                            () -> { // lets others have a turn
                                if (pieces == several) {
                                    sendPieces(ctx);
                                }
                            });
        }
    }

    private void sendEvent(ChannelHandlerContext ctx, Answer.Events events, long number) {
        if (closing) {
            return;
        }
        if (number > events.events() || isHead()) {
            ctx.write(LastHttpContent.EMPTY_LAST_CONTENT);
            finish(ctx);
            resume(ctx);
            return;
        }
        String event = "id: " + number + "\ndata: event " + number + "\n\n";
        ctx.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer(event, StandardCharsets.UTF_8)));
        var unused = ctx.executor()
                .schedule(() -> sendEvent(ctx, events, number + 1), events.intervalMs(), TimeUnit.MILLISECONDS);
    }

    private void writeContent(ChannelHandlerContext ctx, ByteBuf content) {
        if (isHead() || !content.isReadable()) {
            content.release();
        } else {
            ctx.write(new DefaultHttpContent(content));
        }
    }

    private boolean isHead() {
        return request != null && HttpMethod.HEAD.equals(request.method());
    }

    /** The head of a response whose body has {@code bytes}, or -1 for a length that its end will tell. */
    private HttpResponse head(HttpResponseStatus status, String contentType, long bytes) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
        setUp(response, contentType, bytes);
        return response;
    }

    private void setUp(HttpResponse response, String contentType, long bytes) {
        HttpVersion version = request == null ? HttpVersion.HTTP_1_1 : request.protocolVersion();
        int code = response.status().code();
        if (code != 204 && code != 304) {
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
            if (bytes >= 0) {
                response.headers().set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(bytes));
            } else if (version.equals(HttpVersion.HTTP_1_0)) {
                keepAlive = false; // RFC 9112, section 6.3: only the end of the connection can tell
            } else {
                response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            }
        }
        HttpUtil.setKeepAlive(response.headers(), version, keepAlive);
    }

    private void refuse(ChannelHandlerContext ctx, String reason) {
        if (request == null) { // otherwise its response has begun, or its end is unknown
            keepAlive = false;
            send(ctx, Answer.text(HttpResponseStatus.BAD_REQUEST, reason + "\n"));
            ctx.flush();
        } else {
            close(ctx);
        }
    }

    /** The response is written. */
    private void finish(ChannelHandlerContext ctx) {
        request = null;
        answering = false;
        if (!keepAlive) {
            close(ctx);
        }
    }

    /** Goes on with the requests that have waited for a response that came later than its request. */
    private void resume(ChannelHandlerContext ctx) {
        while (!answering && !waiting.isEmpty()) {
            take(ctx, waiting.remove());
        }
        ctx.flush();
        if (inputEnded && !answering && !closing) {
            close(ctx);
        }
        if (!closing) {
            updateReading(ctx);
        }
    }

    /** When all that is written has left. */
    private void close(ChannelHandlerContext ctx) {
        if (!closing) {
            closing = true;
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
