package io.boxcar.proxy.http1;

import io.boxcar.proxy.core.DirectCopy;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.OutputEnd;
import io.boxcar.proxy.http.ChunkedBody;
import io.boxcar.proxy.http.HttpExchange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** Writes requests on one connection: whole ones gathered into one buffer, streamed ones piece by piece. Owned by its event loop. */
final class RequestWriter {
    /** Smaller requests are copied behind each other, which is cheaper than handing each to the kernel on its own. */
    private static final int COPY_BELOW_BYTES = 4096;

    private static final int BATCH_BYTES = 16 * 1024;
    private static final int END_OF_HEAD = 2;
    private static final int LINE_END = '\r' << 8 | '\n';

    private final Channel channel;
    private final LoopContext context;
    private @Nullable ByteBuf batch;

    /** The request that is being sent in pieces. */
    private @Nullable HttpExchange streaming;

    private boolean isChunked;
    private boolean isTunnel;

    /** Bytes of it that were written while the connection took no more. */
    private int untaken;

    RequestWriter(Channel channel, LoopContext context) {
        this.channel = channel;
        this.context = context;
    }

    /** Whether the last request has been written to its end. */
    boolean isAtBoundary() {
        return streaming == null;
    }

    /** Writes the head, and the body if it is there. */
    void write(HttpExchange exchange) {
        ByteBuf request = exchange.request;
        if (request == null || streaming != null) {
            throw new IllegalStateException("nothing to send, or in the middle of another");
        }
        int length = request.readableBytes();
        if (exchange.isWhole) {
            append(request, length, exchange.home().context() == context);
        } else {
            isChunked = exchange.contentLength < 0;
            if (exchange.contentLength != 0) {
                streaming = exchange;
            }
            if (isChunked) {
                append(request, length - END_OF_HEAD, exchange.home().context() == context);
                ByteBufUtil.writeAscii(batch(64), "Transfer-Encoding: chunked\r\n\r\n");
            } else {
                append(request, length, exchange.home().context() == context);
            }
        }
        if (!exchange.isIdempotent() || !exchange.isWhole) {
            exchange.releaseRequest(); // it will not be sent again
        }
    }

    private ByteBuf batch(int room) {
        ByteBuf b = batch;
        if (b == null) {
            b = channel.alloc().directBuffer(Math.max(room, BATCH_BYTES));
            batch = b;
        }
        return b;
    }

    private void append(ByteBuf request, int length, boolean isOwn) {
        if (length < COPY_BELOW_BYTES) {
            DirectCopy.append(batch(length), request, request.readerIndex(), length, isOwn);
        } else {
            writeBatch();
            channel.write(request.retainedSlice(request.readerIndex(), length), channel.voidPromise());
        }
    }

    private void writeBatch() {
        ByteBuf b = batch;
        if (b != null) {
            batch = null;
            channel.write(b, channel.voidPromise());
        }
    }

    void flush() {
        writeBatch();
        channel.flush();
    }

    /** The next piece of the body; takes it. */
    void writeData(ByteBuf data) {
        HttpExchange exchange = streaming;
        if (exchange == null) {
            data.release();
            return;
        }
        int length = data.readableBytes();
        if (length == 0) {
            data.release();
            return;
        }
        writeBatch();
        if (isChunked) {
            writeChunk(data, length);
        } else {
            channel.write(data, channel.voidPromise());
        }
        flush();
        untaken += length;
        if (channel.isWritable()) {
            isWritable();
        }
    }

    /** In buffers just large enough: many small chunks may wait for a slow upstream. */
    private void writeChunk(ByteBuf data, int length) {
        boolean isCopied = length < COPY_BELOW_BYTES;
        ByteBuf chunk = channel.alloc().directBuffer(isCopied ? length + 16 : 16);
        ChunkedBody.writeSize(chunk, length);
        if (isCopied) {
            chunk.writeBytes(data).writeShort(LINE_END);
            data.release();
            channel.write(chunk, channel.voidPromise());
        } else {
            channel.write(chunk, channel.voidPromise());
            channel.write(data, channel.voidPromise());
            channel.write(channel.alloc().directBuffer(2).writeShort(LINE_END), channel.voidPromise());
        }
    }

    /** The connection takes bytes again. */
    void isWritable() {
        HttpExchange exchange = streaming;
        int taken = untaken;
        if (exchange != null && taken > 0) {
            untaken = 0;
            exchange.requestTaken(taken);
        }
    }

    /** The body is over; takes the trailers. A tunnel is closed in this direction. */
    void end(@Nullable ByteBuf trailers) {
        if (streaming != null && isChunked) {
            ByteBuf b = batch(64);
            ByteBufUtil.writeAscii(b, "0\r\n");
            if (trailers != null) {
                b.writeBytes(trailers);
            }
            b.writeShort(LINE_END);
        }
        if (trailers != null) {
            trailers.release();
        }
        flush();
        streaming = null;
        untaken = 0;
        if (isTunnel && channel instanceof io.netty.channel.socket.DuplexChannel duplex) {
            OutputEnd.of(duplex);
        }
    }

    /** What follows is bytes in both directions, of which this end knows nothing. */
    void becomeTunnel(HttpExchange exchange) {
        isTunnel = true;
        isChunked = false;
        streaming = exchange;
    }

    void release() {
        ByteBuf b = batch;
        if (b != null) {
            batch = null;
            b.release();
        }
        streaming = null;
    }
}
