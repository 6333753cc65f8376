package io.boxcar.proxy.http2;

import io.boxcar.proxy.http.HeadLimits;
import io.boxcar.proxy.http.HttpExchange;
import io.boxcar.proxy.http.HttpLane;
import io.boxcar.proxy.http.Method;
import io.boxcar.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The responses on one upstream connection: from frames to exchanges. Owned by the lane's event loop.
 *
 * <p>A response that comes in one read is handed over in one piece; of another the head goes ahead at the end of the read.
 */
final class Http2Responses {
    /** Most bytes of a response that is collected to be handed over in one piece. */
    private static final int WHOLE_BYTES = 64 * 1024;

    private final Http2UpstreamConnection connection;
    private final HttpLane lane;
    private final ResponseHeads heads;
    private final ArrayList<Http2UpstreamStream> collecting = new ArrayList<>();
    private boolean hasEnded;

    Http2Responses(Http2UpstreamConnection connection, HttpLane lane, FieldSection fields) {
        this.connection = connection;
        this.lane = lane;
        this.heads = new ResponseHeads(
                new HeadLimits(
                        2 * Http2Codec.MAX_RESPONSE_HEAD_BYTES,
                        2 * Http2Codec.MAX_RESPONSE_HEAD_BYTES,
                        Integer.MAX_VALUE),
                fields);
    }

    /** @param stream null if nobody waits for it any more */
    void onHeaders(Http2HeadersFrame frame, @Nullable Http2UpstreamStream stream) {
        if (stream == null) {
            return;
        }
        stream.activeNs = lane.context().turnNs();
        if (stream.headCame) {
            onTrailers(frame, stream);
            return;
        }
        ByteBuf head = connection.alloc().directBuffer(256);
        if (!heads.read(frame.headers(), head)) {
            head.release();
            connection.isBad(stream, heads.reason());
            return;
        }
        lane.metrics().bytesIn.add(head.readableBytes());
        if (heads.head().isInterim()) {
            onInformational(frame, stream, head);
        } else {
            onHead(frame, stream, head);
        }
    }

    private void onInformational(Http2HeadersFrame frame, Http2UpstreamStream stream, ByteBuf head) {
        if (frame.isEndStream()) {
            head.release();
            connection.isBad(stream, "it ended with an interim response");
        } else {
            stream.exchange.respondInformational(head);
        }
    }

    private void onHead(Http2HeadersFrame frame, Http2UpstreamStream stream, ByteBuf bytes) {
        ResponseHead head = heads.head();
        Method method = stream.exchange.method;
        stream.headCame = true;
        stream.status = head.status();
        stream.headLength = bytes.readableBytes();
        stream.namedBytes = head.contentLength();
        stream.expectedBytes = head.hasNoBody(method) ? 0 : head.contentLength();
        stream.collected = bytes;
        if (frame.isEndStream()) {
            endWith(stream, null);
        } else if (stream.expectedBytes > WHOLE_BYTES) {
            handHeadOver(stream);
        } else {
            collecting.add(stream);
        }
    }

    /** Takes the frame. */
    void onData(Http2DataFrame frame, @Nullable Http2UpstreamStream stream) {
        ByteBuf data = frame.content(); // ours, as the frame is
        int bytes = data.readableBytes();
        lane.metrics().bytesIn.add(bytes);
        if (stream == null) {
            data.release();
            connection.giveBack(frame.stream(), frame.initialFlowControlledBytes());
            return;
        }
        stream.activeNs = lane.context().turnNs();
        stream.owes(frame.initialFlowControlledBytes());
        if (!stream.headCame || stream.contradicts(bytes, frame.isEndStream())) {
            data.release();
            connection.isBad(stream, stream.headCame ? "its length is not what it says" : "a body without a head");
            return;
        }
        stream.receivedBytes += bytes;
        ByteBuf collected = stream.collected;
        if (collected != null && stream.receivedBytes <= WHOLE_BYTES) {
            collected.writeBytes(data);
            data.release();
        } else {
            handOver(stream);
            if (bytes > 0 && !stream.isOver) {
                stream.exchange.respondData(data);
            } else {
                data.release();
            }
        }
        if (frame.isEndStream() && !stream.isOver) {
            end(stream, null);
        } else {
            connection.giveBack(stream);
        }
    }

    private void onTrailers(Http2HeadersFrame frame, Http2UpstreamStream stream) {
        Http2Headers trailers = frame.headers();
        if (!frame.isEndStream() || !FieldSection.areTrailers(trailers)) {
            connection.isBad(stream, "trailers that HTTP/2 does not allow");
            return;
        }
        endWith(stream, FieldSection.lines(trailers, connection.alloc()));
    }

    /** The response ends with a header or trailer section; takes the lines. */
    private void endWith(Http2UpstreamStream stream, @Nullable ByteBuf trailers) {
        if (stream.contradicts(0, true)) {
            if (trailers != null) {
                trailers.release();
            }
            connection.isBad(stream, "its length is not what it says");
        } else {
            end(stream, trailers);
        }
    }

    private void end(Http2UpstreamStream stream, @Nullable ByteBuf trailers) {
        if (trailers != null) {
            handOver(stream);
            if (stream.isOver) {
                trailers.release();
                return;
            }
        }
        HttpExchange exchange = stream.exchange;
        ByteBuf whole = stream.collected;
        stream.collected = null;
        hasEnded = true;
        connection.isComplete(stream);
        if (whole != null) {
            exchange.respondWhole(whole, stream.headLength, stream.status, stream.namedBytes);
        } else {
            exchange.respondEnd(trailers);
        }
    }

    /** The head goes ahead, and what has been collected behind it; the client may cancel the exchange over it. */
    private void handOver(Http2UpstreamStream stream) {
        ByteBuf collected = stream.collected;
        if (collected == null) {
            return;
        }
        int bodyBytes = collected.readableBytes() - stream.headLength;
        if (bodyBytes == 0) {
            handHeadOver(stream);
            return;
        }
        ByteBuf body = collected.retainedSlice(collected.readerIndex() + stream.headLength, bodyBytes);
        collected.writerIndex(collected.readerIndex() + stream.headLength);
        handHeadOver(stream);
        if (stream.isOver) {
            body.release();
        } else {
            stream.exchange.respondData(body);
        }
    }

    private void handHeadOver(Http2UpstreamStream stream) {
        ByteBuf head = stream.collected;
        if (head != null) {
            stream.collected = null;
            stream.exchange.releaseRequest();
            stream.exchange.respondHead(head, stream.status, stream.namedBytes);
        }
    }

    /** Something ended in this read other than by a response. */
    void somethingEnded() {
        hasEnded = true;
    }

    /** All is here that the socket had. Says whether requests may depart that could not before. */
    boolean endOfRead() {
        for (int i = 0; i < collecting.size(); i++) {
            Http2UpstreamStream stream = collecting.get(i);
            if (stream.collected != null) {
                handOver(stream);
                connection.giveBack(stream);
            }
        }
        collecting.clear();
        boolean ended = hasEnded;
        hasEnded = false;
        return ended;
    }
}
