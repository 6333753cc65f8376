package io.boxcar.proxy.http2;

import io.boxcar.proxy.http.HttpExchange;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2FrameStream;
import org.jspecify.annotations.Nullable;

/**
 * One request on an upstream connection. Owned by the lane's event loop.
 *
 * <pre>
 *   sent -> head of the response -> collects what comes in the same read -> whole response
 *                                                  '-> head, pieces, end
 * </pre>
 */
final class Http2UpstreamStream {
    final Http2FrameStream frames;
    final HttpExchange exchange;

    boolean requestEnded;

    /** Whether the exchange is not this stream's any more: it must not be touched. */
    boolean isOver;

    /** When the request was complete, or the last of the response came. */
    long activeNs;

    // ---- the response ----

    boolean headCame;
    int status;

    /** The head, and the body as far as it came in the same read; null before that and behind it. */
    @Nullable
    ByteBuf collected;

    int headLength;

    /** What the head says of the body's length, if there is one; -1 = nothing. */
    long expectedBytes;

    /** What the head says of a length, even if there is no body. */
    long namedBytes;

    /** Of the body, so far. */
    long receivedBytes;

    /** Bytes of the flow-control window that the upstream does not have back yet. */
    private int owedBytes;

    Http2UpstreamStream(Http2FrameStream frames, HttpExchange exchange, long nowNs) {
        this.frames = frames;
        this.exchange = exchange;
        this.activeNs = nowNs;
    }

    int id() {
        return frames.id();
    }

    void releaseCollected() {
        if (collected != null) {
            collected.release();
            collected = null;
        }
    }

    /** Whether so many more bytes of body, the last ones or not, contradict the head. */
    boolean contradicts(int bytes, boolean isLast) {
        long sum = receivedBytes + bytes;
        return expectedBytes >= 0 && (sum > expectedBytes || isLast && sum < expectedBytes);
    }

    void owes(int windowBytes) {
        owedBytes += windowBytes;
    }

    boolean isPaused() {
        return owedBytes > 0;
    }

    /** What the upstream may send again of what it has sent: nothing while the client is behind. */
    int takeOwed() {
        if (exchange.onWayBytes() >= HttpExchange.PAUSE_BYTES) {
            return 0;
        }
        int bytes = owedBytes;
        owedBytes = 0;
        return bytes;
    }
}
