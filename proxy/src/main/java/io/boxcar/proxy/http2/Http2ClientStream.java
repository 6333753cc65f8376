package io.boxcar.proxy.http2;

import io.boxcar.proxy.accesslog.AccessEntry;
import io.boxcar.proxy.http.HttpExchange;
import io.boxcar.proxy.http.Method;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http2.Http2FrameStream;
import org.jspecify.annotations.Nullable;

/**
 * One request of an HTTP/2 client and its response. Owned by the client's event loop.
 *
 * <pre>
 *   HEADERS -> collects a short body -> exchange is out -> response written -> gone from the table
 *         '--------- or streams it ----'
 * </pre>
 */
final class Http2ClientStream implements ChannelFutureListener {
    private final Http2Client client;
    final Http2FrameStream frames;
    final int id;
    final long receivedNs;

    // ---- the request ----

    Method method = Method.GET;
    int headLength;
    int authorityStart;
    int authorityLength;
    int pathStart;
    int pathLength;
    boolean acceptsTrailers;
    boolean expectsContinue;

    /** What the head says of the body's length; -1 = nothing. */
    long expectedBytes;

    /** Of the body, so far. */
    long receivedBytes;

    /** The head, and the body as far as it is there, until an exchange takes it. */
    @Nullable
    ByteBuf collected;

    /** Null before the request is sent, and once the response is complete or not wanted. */
    @Nullable
    HttpExchange exchange;

    /** For the access log, while no exchange has it; null if there is none. */
    @Nullable
    AccessEntry entry;

    boolean requestEnded;
    long lastReadNs;

    /** Bytes of the body that were given to the exchange and are not on their way yet. */
    private long onWayBytes;

    /** Bytes of the flow-control window that the client does not have back yet. */
    private int owedBytes;

    // ---- the response ----

    boolean headWritten;
    boolean responseEnded;

    /** Pieces of the response that the client has not taken yet. */
    private int unsentPieces;

    /** When the first of them was written, or the client took one. */
    private long unsentSinceNs;

    Http2ClientStream(Http2Client client, Http2FrameStream frames, long nowNs) {
        this.client = client;
        this.frames = frames;
        this.id = frames.id();
        this.receivedNs = nowNs;
        this.lastReadNs = nowNs;
    }

    /** Whether the body is read and kept, to be sent in one piece with the head. */
    boolean isCollecting() {
        return collected != null;
    }

    boolean isPaused() {
        return owedBytes > 0;
    }

    void releaseCollected() {
        if (collected != null) {
            collected.release();
            collected = null;
        }
    }

    /** Bytes of the request have come. */
    void received(int bytes, int windowBytes, long nowNs) {
        receivedBytes += bytes;
        owedBytes += windowBytes;
        lastReadNs = nowNs;
    }

    void isGiven(int bytes) {
        onWayBytes += bytes;
    }

    void isOnItsWay(int bytes) {
        onWayBytes -= bytes;
    }

    /** What the client may send again of what it has sent: nothing while the upstream is behind. */
    int takeOwed() {
        if (exchange != null && onWayBytes >= HttpExchange.PAUSE_BYTES) {
            return 0;
        }
        int bytes = owedBytes;
        owedBytes = 0;
        return bytes;
    }

    // ---- what is written ----

    void isWritten(long nowNs) {
        if (unsentPieces++ == 0) {
            unsentSinceNs = nowNs;
        }
    }

    void isSent(long nowNs) {
        unsentPieces--;
        unsentSinceNs = nowNs;
    }

    /** How long the client has taken nothing of what waits for it. */
    long stuckNs(long nowNs) {
        return unsentPieces == 0 ? 0 : nowNs - unsentSinceNs;
    }

    /** The last piece of the response has left, or cannot leave any more. */
    @Override
    public void operationComplete(ChannelFuture written) {
        client.isOver(this, written.isSuccess());
    }

    /** A piece of the response: its exchange is told when it has left. */
    ChannelFutureListener piece(int bytes) {
        HttpExchange of = exchange;
        return written -> {
            isSent(client.nowNs());
            if (of != null && exchange == of) {
                of.taken(bytes);
            }
        };
    }
}
