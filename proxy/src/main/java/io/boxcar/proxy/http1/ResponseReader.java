package io.boxcar.proxy.http1;

import io.boxcar.proxy.core.ReceivedBytes;
import io.boxcar.proxy.http.ChunkedBody;
import io.boxcar.proxy.http.HeadLimits;
import io.boxcar.proxy.http.HttpExchange;
import io.boxcar.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Reads one response after the other from a connection and gives each to its exchange: as a whole if all of it is there, else in
 * pieces as they come. Owned by the connection's event loop.
 *
 * <pre>
 *   HEAD --> LENGTH | CHUNKED | UNTIL_CLOSE --> HEAD
 *     '--- no body --------------------------------^
 * </pre>
 */
final class ResponseReader {
    private static final HeadLimits LIMITS = new HeadLimits(64 * 1024, 256 * 1024, 1000);

    /** A longer response is given away in pieces. */
    private static final int MAX_WHOLE_BYTES = 64 * 1024;

    /** What a read has come to. */
    enum Step {
        /** Everything was looked at. */
        NEEDS_MORE,
        /** A part of a response has been read. */
        PROGRESS,
        /** The response is over: {@link #giveAway}. */
        ENDED,
        /** What follows is not HTTP any more. */
        SWITCHED,
        /** Nothing that follows can be trusted. */
        BROKEN
    }

    private enum Framing {
        HEAD,
        LENGTH,
        CHUNKED,
        UNTIL_CLOSE
    }

    private final ResponseHead head = new ResponseHead(LIMITS);
    private @Nullable ChunkedBody chunks;
    private Framing framing = Framing.HEAD;
    private long left;

    /** Canonical head and what has come of the body, until it is given away. */
    private @Nullable ByteBuf out;

    private @Nullable ByteBuf trailers;
    private boolean isLengthNamed;
    private int outHeadLength;
    private int status;
    private long length;
    private boolean isPersistent = true;
    private boolean isProvenHttp11;
    private boolean isEndInDoubt;
    private boolean isLast;
    private long idleTimeoutNs;
    private String reason = "";

    /** Whether the head of a response has been given away, and not yet its end. */
    boolean isStreaming() {
        return framing != Framing.HEAD && out == null;
    }

    /** Whether another response may follow the last one. */
    boolean isPersistent() {
        return isPersistent && !isLast;
    }

    /** Whether the last response was such as one of a server that takes pipelined requests: HTTP/1.1, and its end was clear. */
    boolean isProvenHttp11() {
        return isProvenHttp11;
    }

    /** How long the upstream keeps idle connections, as it says; 0 = it does not say. */
    long idleTimeoutNs() {
        return idleTimeoutNs;
    }

    /** Whether the last response had a body by its fields and none by its status: nobody knows what follows it. */
    boolean isEndInDoubt() {
        return isEndInDoubt;
    }

    String reason() {
        return reason;
    }

    /** No other response is expected behind the one that is being read, or comes next. */
    void isLast() {
        isLast = true;
    }

    /** Reads on; the exchange is the one that the response is for. */
    Step read(HttpExchange exchange, ReceivedBytes in, ByteBuf bytes) {
        return switch (framing) {
            case HEAD -> readHead(exchange, in, bytes);
            case LENGTH -> readLength(exchange, in, bytes);
            case CHUNKED -> readChunks(exchange, in, bytes);
            case UNTIL_CLOSE -> {
                data(exchange, in.take(bytes.readableBytes()));
                yield Step.PROGRESS;
            }
        };
    }

    private Step readHead(HttpExchange exchange, ReceivedBytes in, ByteBuf bytes) {
        switch (head.scan(bytes)) {
            case INCOMPLETE -> {
                return Step.NEEDS_MORE;
            }
            case REFUSED -> {
                reason = head.reason();
                return Step.BROKEN;
            }
            case COMPLETE -> {}
        }
        status = head.status();
        if (exchange.wantsTunnel && isSwitch(exchange)) {
            ByteBuf switched = bytes.alloc().directBuffer(head.length() + 64);
            head.writeUpgradeTo(bytes, switched);
            in.skip(head.length());
            exchange.respondSwitched(switched, status);
            return Step.SWITCHED;
        }
        if (status == 101) {
            reason = "it switches protocols, which nobody has asked for";
            return Step.BROKEN;
        }
        if (status < 200) {
            ByteBuf informational = bytes.alloc().directBuffer(head.length());
            head.writeTo(bytes, informational);
            in.skip(head.length());
            exchange.respondInformational(informational);
            return Step.PROGRESS;
        }
        return begin(exchange, in, bytes);
    }

    private boolean isSwitch(HttpExchange exchange) {
        return switch (exchange.method) {
            case CONNECT -> status / 100 == 2;
            case GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE, PATCH, OTHER -> head.isUpgrade();
        };
    }

    private Step begin(HttpExchange exchange, ReceivedBytes in, ByteBuf bytes) {
        boolean hasNoBody = head.hasNoBody(exchange.method);
        boolean isUntilClose = head.isUntilClose(exchange.method);
        isPersistent = head.isPersistent() && !isUntilClose;
        isProvenHttp11 = head.minorVersion() == 1 && !isUntilClose;
        int seconds = head.keepAliveTimeoutSeconds();
        idleTimeoutNs = seconds <= 0 ? 0 : seconds * 1_000_000_000L;
        length = head.contentLength();
        isEndInDoubt = status == 204 && (head.isChunked() || length > 0);
        long body = hasNoBody || head.isChunked() || length < 0 ? 0 : length;
        ByteBuf collected = bytes.alloc().directBuffer(head.length() + (int) Math.min(body, MAX_WHOLE_BYTES));
        head.writeTo(bytes, collected);
        outHeadLength = collected.readableBytes();
        out = collected;
        in.skip(head.length());
        if (hasNoBody) {
            boolean isSilentReset = status == 205 && length < 0;
            length = 0;
            Step step = end(null);
            isLengthNamed = !isSilentReset; // a client would wait for a body: it gets Content-Length: 0
            return step;
        }
        if (head.isChunked()) {
            framing = Framing.CHUNKED;
            chunks().reset();
        } else if (isUntilClose) {
            framing = Framing.UNTIL_CLOSE;
        } else if (length <= 0) {
            length = 0;
            return end(null);
        } else {
            framing = Framing.LENGTH;
            left = length;
        }
        return Step.PROGRESS;
    }

    private ChunkedBody chunks() {
        ChunkedBody c = chunks;
        if (c == null) {
            c = new ChunkedBody(LIMITS.maxLineBytes(), LIMITS);
            chunks = c;
        }
        return c;
    }

    private Step readLength(HttpExchange exchange, ReceivedBytes in, ByteBuf bytes) {
        int count = (int) Math.min(left, bytes.readableBytes());
        left -= count;
        ByteBuf collecting = out;
        if (collecting != null && collecting.readableBytes() + count <= MAX_WHOLE_BYTES) {
            collecting.writeBytes(bytes, bytes.readerIndex(), count);
            in.skip(count);
        } else {
            data(exchange, in.take(count));
        }
        return left == 0 ? end(null) : Step.PROGRESS;
    }

    private Step readChunks(HttpExchange exchange, ReceivedBytes in, ByteBuf bytes) {
        ChunkedBody c = chunks();
        ByteBufAllocator allocator = bytes.alloc();
        ByteBuf piece = c.read(bytes);
        in.skip(0); // the buffer may be gone now
        if (piece != null) {
            data(exchange, piece);
            return Step.PROGRESS;
        }
        if (c.isRefused()) {
            reason = c.reason();
            return Step.BROKEN;
        }
        return c.isEnded() ? end(c.takeTrailers(allocator)) : Step.NEEDS_MORE;
    }

    /** The next bytes of the body; takes them. */
    private void data(HttpExchange exchange, ByteBuf data) {
        ByteBuf collecting = out;
        if (collecting == null) {
            exchange.respondData(data);
        } else if (collecting.readableBytes() + data.readableBytes() <= MAX_WHOLE_BYTES) {
            collecting.writeBytes(data);
            data.release();
        } else {
            streamWhatIsHere(exchange);
            exchange.respondData(data);
        }
    }

    /** All is here that the socket had: the client gets it now, however much is still to come. Whether there was anything. */
    boolean streamWhatIsHere(HttpExchange exchange) {
        ByteBuf collected = out;
        if (framing == Framing.HEAD || collected == null) {
            return false;
        }
        out = null;
        ByteBuf canonical = collected.readRetainedSlice(outHeadLength);
        exchange.respondHead(canonical, status, framing == Framing.LENGTH ? length : -1);
        if (collected.isReadable()) {
            exchange.respondData(collected);
        } else {
            collected.release();
        }
        return true;
    }

    private Step end(@Nullable ByteBuf withTrailers) {
        isLengthNamed = framing != Framing.CHUNKED && framing != Framing.UNTIL_CLOSE;
        trailers = withTrailers;
        return Step.ENDED;
    }

    /** The exchange gets the end of its response, and is the client's, which may use it for its next request at once. */
    void giveAway(HttpExchange exchange) {
        ByteBuf lines = trailers;
        trailers = null;
        if (lines != null) {
            streamWhatIsHere(exchange);
        }
        framing = Framing.HEAD;
        ByteBuf collected = out;
        out = null;
        if (collected == null) {
            exchange.respondEnd(lines);
        } else {
            exchange.respondWhole(collected, outHeadLength, status, isLengthNamed ? length : -1);
        }
    }

    /** The connection is over: whether that is the end of the response, which then has been given to its exchange but for that end. */
    boolean endsWithConnection(HttpExchange exchange) {
        if (framing != Framing.UNTIL_CLOSE) {
            return false;
        }
        streamWhatIsHere(exchange);
        framing = Framing.HEAD;
        return true;
    }

    void release() {
        framing = Framing.HEAD;
        ByteBuf collected = out;
        if (collected != null) {
            out = null;
            collected.release();
        }
    }
}
