package io.boxcar.proxy.http1;

import io.boxcar.proxy.config.HttpListenerConfig;
import io.boxcar.proxy.core.ReceivedBytes;
import io.boxcar.proxy.http.ChunkedBody;
import io.boxcar.proxy.http.HeadLimits;
import io.boxcar.proxy.http.HttpExchange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** The body of one request that is passed on as it comes. Owned by the client's event loop. */
final class RequestBody {
    enum Step {
        NEEDS_MORE,
        PROGRESS,
        ENDED,
        TOO_LARGE,
        BROKEN
    }

    private final HttpExchange exchange;
    private final @Nullable ChunkedBody chunks;
    private final long maxBytes;
    private long left;
    private long passedBytes;

    /** Bytes that are on their way and not taken by the upstream. */
    private int onWayBytes;

    /** The exchange has come back, as it may while a piece is being sent: it must not be touched. */
    private boolean isOver;

    RequestBody(HttpExchange exchange, HttpListenerConfig config) {
        this.exchange = exchange;
        HttpListenerConfig.Limits limits = config.limits();
        this.maxBytes = limits.maxBodyBytes();
        this.left = exchange.contentLength;
        this.chunks = left >= 0
                ? null
                : new ChunkedBody(
                        limits.maxLineBytes(),
                        new HeadLimits(limits.maxLineBytes(), limits.maxHeaderBytes(), limits.maxFields()));
    }

    HttpExchange exchange() {
        return exchange;
    }

    /** Whether the upstream must take some before more is read. */
    boolean isPaused() {
        return onWayBytes > HttpExchange.PAUSE_BYTES;
    }

    void isOver() {
        isOver = true;
    }

    void isTaken(int bytes) {
        onWayBytes -= bytes;
    }

    String reason() {
        return chunks == null ? "" : chunks.reason();
    }

    Step read(ReceivedBytes in, ByteBuf bytes) {
        ChunkedBody c = chunks;
        if (c == null) {
            int count = (int) Math.min(left, bytes.readableBytes());
            left -= count;
            send(in.take(count));
            if (left > 0 || isOver) {
                return Step.PROGRESS;
            }
            exchange.sendEnd(null);
            return Step.ENDED;
        }
        ByteBufAllocator allocator = bytes.alloc();
        ByteBuf piece = c.read(bytes);
        in.skip(0); // the buffer may be gone now
        if (piece != null) {
            if (maxBytes > 0 && passedBytes + piece.readableBytes() > maxBytes) {
                piece.release();
                return Step.TOO_LARGE;
            }
            send(piece);
            return Step.PROGRESS;
        }
        if (c.isRefused()) {
            return Step.BROKEN;
        }
        if (c.isEnded()) {
            exchange.sendEnd(c.takeTrailers(allocator));
            return Step.ENDED;
        }
        return Step.NEEDS_MORE;
    }

    private void send(ByteBuf piece) {
        passedBytes += piece.readableBytes();
        onWayBytes += piece.readableBytes();
        exchange.sendData(piece);
    }
}
