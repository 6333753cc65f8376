package io.boxcar.proxy.http2;

import io.boxcar.metrics.FailureKind;
import io.boxcar.proxy.accesslog.AccessEntry;
import io.boxcar.proxy.config.HttpListenerConfig;
import io.boxcar.proxy.http.HeadLimits;
import io.boxcar.proxy.http.HttpExchange;
import io.boxcar.proxy.http.HttpLog;
import io.boxcar.proxy.http.HttpLoop;
import io.boxcar.proxy.http.HttpService;
import io.boxcar.proxy.http.Method;
import io.boxcar.proxy.http.OwnResponse;
import io.boxcar.proxy.http.RequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import org.jspecify.annotations.Nullable;

/** The requests of one HTTP/2 client: from frames to exchanges. Owned by the client's event loop. */
final class Http2Requests {
    private final Http2Client client;
    private HttpService service;
    private final HttpLoop loop;
    private final HttpListenerConfig config;
    private final HttpListenerConfig.Limits limits;
    private final RequestHeads heads;
    private final @Nullable HttpLog log;

    Http2Requests(Http2Client client, HttpService service, HttpLoop loop, FieldSection fields, @Nullable HttpLog log) {
        this.client = client;
        this.service = service;
        this.loop = loop;
        this.log = log;
        this.config = service.config();
        this.limits = config.limits();
        this.heads = new RequestHeads(
                new HeadLimits(
                        Math.max(limits.maxLineBytes(), limits.maxHeaderBytes()),
                        limits.maxLineBytes() + limits.maxHeaderBytes(),
                        limits.maxFields()),
                fields,
                false);
    }

    /** Requests go there from now on. */
    void moveTo(HttpService next) {
        service = next;
    }

    // ---- the head ----

    void onHead(Http2ClientStream stream, Http2HeadersFrame frame) {
        client.metrics().requests.increment();
        stream.requestEnded = frame.isEndStream();
        ByteBuf canonical = client.alloc().directBuffer(512);
        stream.collected = canonical;
        switch (heads.read(frame.headers(), frame.isEndStream(), service.via(), canonical)) {
            case MALFORMED -> client.isMalformed(stream);
            case REFUSED -> {
                stream.entry = log == null ? null : log.begin(client.nowNs());
                refuse(stream, heads.status(), "bad-request", heads.reason());
            }
            case ACCEPTED -> isAccepted(stream, canonical);
        }
    }

    private void isAccepted(Http2ClientStream stream, ByteBuf canonical) {
        RequestHead head = heads.head();
        if (log != null) {
            stream.entry = log.begin(head, canonical, 0, client.nowNs());
        }
        stream.method = head.method();
        stream.expectedBytes = head.contentLength() >= 0 ? head.contentLength() : stream.requestEnded ? 0 : -1;
        stream.acceptsTrailers = heads.acceptsTrailers();
        stream.expectsContinue = head.expectsContinue();
        if (head.method() == Method.CONNECT && !config.connect()) {
            refuse(stream, 501, "connect-off", "CONNECT is switched off (listeners.*.http.connect)");
            return;
        }
        if (head.maxForwards() == 0) {
            refuse(stream, 200, "max-forwards", "answered by Boxcar, because Max-Forwards was 0");
            return;
        }
        if (head.maxForwards() > 0) {
            stream.collected = heads.forwarded(canonical, client.alloc().directBuffer(canonical.readableBytes()));
            canonical.release();
        }
        if (isTooMuch(stream.expectedBytes)) {
            isTooLarge(stream);
            return;
        }
        stream.headLength = head.length();
        stream.authorityStart = head.authorityStart();
        stream.authorityLength = head.authorityLength();
        stream.pathStart = stream.method == Method.CONNECT ? 0 : head.pathStart();
        stream.pathLength = stream.method == Method.CONNECT ? 0 : head.pathLength();
        if (stream.requestEnded || !isToBeCollected(stream)) {
            send(stream);
        }
    }

    /** A short body of known length travels with its head, in one piece, unless the client waits for an answer to the head. */
    private boolean isToBeCollected(Http2ClientStream stream) {
        return stream.expectedBytes >= 0
                && stream.expectedBytes <= limits.wholeBodyBytes()
                && !stream.expectsContinue
                && stream.method != Method.CONNECT;
    }

    private void refuse(Http2ClientStream stream, int status, String code, String sentence) {
        client.metrics().answeredLocally.increment();
        client.answer(stream, OwnResponse.of(client.alloc(), status, code, "", sentence));
    }

    private boolean isTooMuch(long bytes) {
        return limits.maxBodyBytes() > 0 && bytes > limits.maxBodyBytes();
    }

    private void isTooLarge(Http2ClientStream stream) {
        if (stream.headWritten) {
            client.reset(stream, Http2Error.CANCEL);
        } else {
            refuse(stream, 413, "body-too-large", "the body is longer than " + limits.maxBodyBytes() + " bytes");
        }
    }

    /** What is collected goes to an upstream: all of the request, or what there is of it. */
    private void send(Http2ClientStream stream) {
        ByteBuf request = stream.collected;
        HttpExchange exchange = loop.acquire(client);
        if (exchange == null || request == null) {
            client.metrics().errors(FailureKind.OVERLOADED).increment();
            client.answer(
                    stream,
                    OwnResponse.of(client.alloc(), FailureKind.OVERLOADED, "too many requests are outstanding"));
            return;
        }
        stream.collected = null;
        stream.exchange = exchange;
        AccessEntry entry = stream.entry;
        if (entry != null) {
            stream.entry = null;
            entry.bytesIn = request.readableBytes() - stream.headLength;
            exchange.entry = entry;
        }
        exchange.request = request;
        exchange.headLength = stream.headLength;
        exchange.method = stream.method;
        exchange.isWhole = stream.requestEnded;
        exchange.contentLength = stream.expectedBytes;
        exchange.acceptsTrailers = stream.acceptsTrailers;
        exchange.wantsTunnel = stream.method == Method.CONNECT;
        exchange.tag = stream.id;
        exchange.receivedNs = stream.receivedNs;
        service.upstream(request, stream.authorityStart, stream.authorityLength, stream.pathStart, stream.pathLength)
                .send(exchange); // from here on it may be over at any time
    }

    // ---- the body ----

    /** Takes the frame. */
    void onData(Http2ClientStream stream, Http2DataFrame frame) {
        ByteBuf data = frame.content(); // ours, as the frame is
        int bytes = data.readableBytes();
        stream.received(bytes, frame.initialFlowControlledBytes(), client.nowNs());
        stream.requestEnded = frame.isEndStream();
        long expected = stream.expectedBytes;
        boolean isWanted = stream.isCollecting() || stream.exchange != null;
        if (isWanted && expected >= 0 && (stream.receivedBytes > expected || isShort(stream))) {
            data.release();
            client.isMalformed(stream);
        } else if (isWanted && isTooMuch(stream.receivedBytes)) {
            data.release();
            isTooLarge(stream);
        } else if (stream.isCollecting()) {
            collect(stream, data);
        } else {
            pass(stream, data, bytes);
        }
        client.giveBack(stream);
    }

    private static boolean isShort(Http2ClientStream stream) {
        return stream.requestEnded && stream.receivedBytes < stream.expectedBytes;
    }

    private void collect(Http2ClientStream stream, ByteBuf data) {
        ByteBuf request = stream.collected;
        if (request != null) {
            request.writeBytes(data);
        }
        data.release();
        if (stream.requestEnded) {
            send(stream);
        }
    }

    private static void pass(Http2ClientStream stream, ByteBuf data, int bytes) {
        HttpExchange exchange = stream.exchange;
        if (exchange == null || bytes == 0) {
            data.release();
        } else {
            stream.isGiven(bytes);
            exchange.sendData(data);
        }
        if (stream.requestEnded && exchange != null && stream.exchange == exchange) {
            exchange.sendEnd(null);
        }
    }

    void onTrailers(Http2ClientStream stream, Http2HeadersFrame frame) {
        Http2Headers trailers = frame.headers();
        if (!frame.isEndStream() || stream.requestEnded || !FieldSection.areTrailers(trailers)) {
            client.isMalformed(stream);
            return;
        }
        stream.requestEnded = true;
        if (stream.expectedBytes >= 0 && isShort(stream)) {
            client.isMalformed(stream);
            return;
        }
        ByteBuf lines = FieldSection.lines(trailers, client.alloc());
        if (stream.isCollecting()) {
            sendInPieces(stream, lines != null);
        }
        HttpExchange exchange = stream.exchange;
        if (exchange != null && !exchange.isWhole) {
            exchange.sendEnd(lines);
        } else if (lines != null) {
            lines.release();
        }
    }

    /** A whole request has no place for trailers, so one that was collected and has some is taken apart again. */
    private void sendInPieces(Http2ClientStream stream, boolean hasTrailers) {
        ByteBuf request = stream.collected;
        if (!hasTrailers || request == null) {
            send(stream);
            return;
        }
        int bytes = request.readableBytes() - stream.headLength;
        ByteBuf body = request.retainedSlice(request.readerIndex() + stream.headLength, bytes);
        request.writerIndex(request.readerIndex() + stream.headLength);
        stream.requestEnded = false;
        send(stream);
        pass(stream, body, bytes);
        stream.requestEnded = true;
    }
}
