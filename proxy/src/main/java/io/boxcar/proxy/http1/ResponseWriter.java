package io.boxcar.proxy.http1;

import io.boxcar.batching.ResponseWindow;
import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.accesslog.AccessEntry;
import io.boxcar.proxy.accesslog.ClientLog;
import io.boxcar.proxy.http.ChunkedBody;
import io.boxcar.proxy.http.HttpExchange;
import io.boxcar.proxy.http.HttpLoop;
import io.boxcar.proxy.http.Method;
import io.boxcar.proxy.http.OwnResponse;
import io.boxcar.proxy.http.ResponseSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The responses of one HTTP/1.1 client: in the order of its requests, and framed as that client understands. Owned by the client's
 * event loop.
 *
 * <pre>
 *   exchange at the head of the window -> framed -> written, flushed at the end of the turn
 *   others                             -> framed -> held until their turn comes; their upstream is paused when that is much
 * </pre>
 */
final class ResponseWriter implements ResponseSink {
    // In HttpExchange.tag.
    /** The client speaks HTTP/1.0. */
    static final int HTTP_1_0 = 1;

    /** The connection closes behind the response. */
    static final int CLOSE = 2;

    private static final int HEAD_WRITTEN = 4;
    private static final int CHUNKED = 8;

    /** It broke off behind its head. */
    private static final int BROKEN = 16;

    private static final int COPY_BELOW_BYTES = 4096;
    private static final int END_OF_HEAD = 2;
    private static final byte[] NOTHING = {};
    private static final byte[] CONNECTION_CLOSE = ascii("Connection: close\r\n");
    private static final byte[] KEEP_ALIVE = ascii("Connection: keep-alive\r\n");
    private static final byte[] TRANSFER_CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] TRANSFER_CHUNKED_CLOSE = ascii("Transfer-Encoding: chunked\r\nConnection: close\r\n");

    private final Http1Client client;
    private final HttpLoop loop;
    private final ListenerMetrics metrics;
    private final ResponseWindow<HttpExchange> window;
    private @Nullable ChannelHandlerContext channelContext;
    private boolean isTouched;
    private long writtenBytes;

    /** Body bytes of the head of the window that were written while the client took no more. */
    private int untaken;

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    ResponseWriter(Http1Client client, HttpLoop loop, ListenerMetrics metrics, int maxPipeline) {
        this.client = client;
        this.loop = loop;
        this.metrics = metrics;
        this.window = new ResponseWindow<>(maxPipeline);
    }

    void isIn(ChannelHandlerContext ctx) {
        channelContext = ctx;
    }

    private ChannelHandlerContext channelContext() {
        ChannelHandlerContext c = channelContext;
        if (c == null) {
            throw new IllegalStateException("not yet in a pipeline");
        }
        return c;
    }

    ResponseWindow<HttpExchange> window() {
        return window;
    }

    long writtenBytes() {
        return writtenBytes;
    }

    /** Boxcar's own response takes its place in the order of responses. */
    void answer(HttpExchange exchange, OwnResponse own) {
        setOwn(exchange, own);
        exchange.markAnswered();
        release();
    }

    private static void setOwn(HttpExchange exchange, OwnResponse own) {
        ByteBuf bytes = own.bytes();
        if (exchange.method == Method.HEAD) {
            bytes.writerIndex(bytes.readerIndex() + own.headLength());
        }
        AccessEntry entry = exchange.entry;
        if (entry != null) {
            entry.answered(own.status(), own.code());
        }
        exchange.response = bytes;
        exchange.responseHeadLength = own.headLength();
        exchange.responseStatus = own.status();
        exchange.responseLength = bytes.readableBytes() - own.headLength();
    }

    // ---- what comes back ----

    @Override
    public void onAnswered(HttpExchange exchange) {
        client.isOver(exchange);
        exchange.markAnswered();
        release();
    }

    @Override
    public void onFailed(HttpExchange exchange) {
        client.isOver(exchange);
        FailureKind failure = exchange.failure;
        if (failure == null) {
            throw new IllegalStateException("failed without a reason");
        }
        metrics.errors(failure).increment();
        if ((exchange.tag & HEAD_WRITTEN) != 0) {
            exchange.tag |= BROKEN;
        } else {
            setOwn(exchange, OwnResponse.of(channelContext().alloc(), failure, exchange.failureDetail));
        }
        exchange.markAnswered();
        release();
    }

    @Override
    public void onInformational(HttpExchange exchange, ByteBuf head) {
        if ((exchange.tag & HTTP_1_0) != 0) {
            head.release();
        } else {
            emit(exchange, head, 0);
        }
    }

    @Override
    public void onHead(HttpExchange exchange, ByteBuf head, int status, long contentLength) {
        boolean isHttp10 = (exchange.tag & HTTP_1_0) != 0;
        if (contentLength < 0) {
            exchange.tag |= isHttp10 ? CLOSE : CHUNKED;
        }
        boolean closes = closes(exchange);
        byte[] fields;
        if (contentLength < 0 && !isHttp10) {
            fields = closes ? TRANSFER_CHUNKED_CLOSE : TRANSFER_CHUNKED;
        } else {
            fields = connection(exchange, closes);
        }
        exchange.tag |= HEAD_WRITTEN;
        emit(exchange, with(fields, head, head.readableBytes()), 0);
    }

    @Override
    public void onSwitched(HttpExchange exchange, ByteBuf head) {
        exchange.tag |= HEAD_WRITTEN | CLOSE;
        emit(exchange, head, 0);
        client.becomeTunnel(exchange);
    }

    @Override
    public void onData(HttpExchange exchange, ByteBuf data) {
        int length = data.readableBytes();
        AccessEntry entry = exchange.entry;
        if (entry != null) {
            entry.bytesOut += length;
        }
        if ((exchange.tag & CHUNKED) == 0) {
            emit(exchange, data, length);
        } else if (length < COPY_BELOW_BYTES) {
            ByteBuf chunk = data.alloc().directBuffer(length + 16);
            ChunkedBody.writeSize(chunk, length);
            chunk.writeBytes(data).writeShort('\r' << 8 | '\n');
            data.release();
            emit(exchange, chunk, length);
        } else {
            ByteBufAllocator alloc = data.alloc();
            ByteBuf size = alloc.directBuffer(24);
            ChunkedBody.writeSize(size, length);
            emit(exchange, size, 0);
            emit(exchange, data, length);
            emit(exchange, alloc.directBuffer(2).writeShort('\r' << 8 | '\n'), 0);
        }
    }

    @Override
    public void onEnd(HttpExchange exchange, @Nullable ByteBuf trailers) {
        if ((exchange.tag & CHUNKED) != 0) {
            ByteBuf end = channelContext().alloc().directBuffer(8 + (trailers == null ? 0 : trailers.readableBytes()));
            ByteBufUtil.writeAscii(end, "0\r\n");
            if (trailers != null) {
                end.writeBytes(trailers);
            }
            emit(exchange, end.writeShort('\r' << 8 | '\n'), 0);
        }
        if (trailers != null) {
            trailers.release();
        }
        onAnswered(exchange);
    }

    @Override
    public void end() {
        client.abort();
    }

    @Override
    public void onRequestTaken(HttpExchange exchange, int bytes) {
        client.onRequestTaken(exchange, bytes);
    }

    // ---- framing ----

    private boolean closes(HttpExchange exchange) {
        if (client.isClosing() && window.size() == 1) {
            exchange.tag |= CLOSE; // the last one that is outstanding tells the client
        }
        return (exchange.tag & CLOSE) != 0;
    }

    private static byte[] connection(HttpExchange exchange, boolean closes) {
        if (closes) {
            return CONNECTION_CLOSE;
        }
        return (exchange.tag & HTTP_1_0) != 0 ? KEEP_ALIVE : NOTHING;
    }

    private void writeWhole(HttpExchange exchange, ByteBuf message) {
        exchange.response = null;
        int headLength = exchange.responseHeadLength;
        AccessEntry entry = exchange.entry;
        if (entry != null) {
            entry.bytesOut = message.readableBytes() - headLength;
        }
        byte[] fields = connection(exchange, closes(exchange));
        if (exchange.responseLength < 0) {
            // Its length was not known where it came from; here it is.
            String length = "Content-Length: " + (message.readableBytes() - headLength) + "\r\n";
            fields = ascii(length + new String(fields, StandardCharsets.US_ASCII));
        }
        write(with(fields, message, headLength));
    }

    /** The message with more fields at the end of its head; takes it. */
    private static ByteBuf with(byte[] fields, ByteBuf message, int headLength) {
        if (fields.length == 0) {
            return message;
        }
        int index = message.readerIndex();
        int before = headLength - END_OF_HEAD;
        ByteBuf out = message.alloc().directBuffer(message.readableBytes() + fields.length);
        out.writeBytes(message, index, before)
                .writeBytes(fields)
                .writeBytes(message, index + before, message.readableBytes() - before);
        message.release();
        return out;
    }

    // ---- writing ----

    /** A part of a response, framed; takes it. */
    private void emit(HttpExchange exchange, ByteBuf bytes, int bodyBytes) {
        if (exchange == window.head()) {
            write(bytes);
            isWritten(exchange, bodyBytes);
        } else {
            exchange.heldBytes += bodyBytes;
            ByteBuf held = exchange.held;
            if (held == null) {
                held = bytes.alloc().directBuffer(bytes.readableBytes());
                exchange.held = held;
            }
            held.writeBytes(bytes);
            bytes.release();
        }
    }

    private void writeHeld(HttpExchange exchange) {
        ByteBuf held = exchange.held;
        if (held != null) {
            exchange.held = null;
            int bodyBytes = exchange.heldBytes;
            exchange.heldBytes = 0;
            write(held);
            if (!exchange.isAnswered()) {
                isWritten(exchange, bodyBytes);
            }
        }
    }

    private void isWritten(HttpExchange exchange, int bodyBytes) {
        if (bodyBytes == 0) {
            return;
        }
        if (channelContext().channel().isWritable()) {
            exchange.taken(bodyBytes);
        } else {
            untaken += bodyBytes;
        }
    }

    /** The client takes bytes again. */
    void isWritable() {
        HttpExchange head = window.head();
        int taken = untaken;
        if (head != null && taken > 0 && !head.isAnswered()) {
            untaken = 0;
            head.taken(taken);
        }
    }

    private void write(ByteBuf bytes) {
        metrics.bytesOut.add(bytes.readableBytes());
        writtenBytes += bytes.readableBytes();
        ChannelHandlerContext ctx = channelContext();
        ctx.write(bytes, ctx.voidPromise());
        if (!isTouched) {
            isTouched = true;
            loop.context().clientIsTouched(client);
        }
    }

    void flush() {
        isTouched = false;
        channelContext().flush();
    }

    /** Writes the responses that are now at the head. */
    private void release() {
        long nowNs = loop.context().turnNs();
        HttpExchange exchange;
        while ((exchange = window.head()) != null && exchange.isAnswered()) {
            writeHeld(exchange);
            ByteBuf response = exchange.response;
            if (response != null) {
                writeWhole(exchange, response);
            }
            boolean isBroken = (exchange.tag & BROKEN) != 0;
            boolean isLast = closes(exchange);
            window.poll();
            untaken = 0;
            metrics.responses.increment();
            metrics.totalTimeNs.record(nowNs - exchange.receivedNs);
            if (exchange.entry != null) {
                finishEntry(exchange);
            }
            loop.release(exchange);
            if (isBroken) {
                client.abort(); // nothing else tells the client that this is not the end
                return;
            }
            if (isLast) {
                client.closeBehindOutput();
                return;
            }
        }
        if (exchange != null) {
            writeHeld(exchange);
        }
        client.goOn();
    }

    private void finishEntry(HttpExchange exchange) {
        long nowNs = loop.context().nowNs();
        AccessEntry entry = exchange.takeEntry(nowNs);
        if (entry != null) {
            ClientLog.finish(entry, nowNs);
        }
    }

    /** Of a request that broke off: its response, if it has not begun, is this one. It is the only one outstanding. */
    void replace(HttpExchange exchange, OwnResponse own) {
        boolean isTooLate = (exchange.tag & HEAD_WRITTEN) != 0;
        HttpExchange instead = isTooLate ? null : loop.acquire(this);
        window.poll();
        if (instead == null) {
            exchange.abandon();
            own.bytes().release();
            client.abort();
            return;
        }
        instead.method = exchange.method;
        instead.tag = exchange.tag | CLOSE;
        instead.receivedNs = exchange.receivedNs;
        instead.entry = exchange.entry;
        exchange.entry = null;
        exchange.abandon();
        window.add(instead);
        answer(instead, own);
    }

    /** Nobody waits for what is outstanding. */
    void close() {
        HttpExchange exchange;
        while ((exchange = window.poll()) != null) {
            if (exchange.isAnswered()) {
                loop.release(exchange);
            } else {
                exchange.abandon();
            }
        }
    }
}
