package io.boxcar.proxy.http1;

import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.config.HttpListenerConfig;
import io.boxcar.proxy.core.Client;
import io.boxcar.proxy.core.DirectCopy;
import io.boxcar.proxy.core.Flushing;
import io.boxcar.proxy.core.Listener;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.core.OutputEnd;
import io.boxcar.proxy.core.ReceivedBytes;
import io.boxcar.proxy.core.Service;
import io.boxcar.proxy.http.HeadLimits;
import io.boxcar.proxy.http.HttpExchange;
import io.boxcar.proxy.http.HttpLog;
import io.boxcar.proxy.http.HttpLoop;
import io.boxcar.proxy.http.HttpService;
import io.boxcar.proxy.http.Method;
import io.boxcar.proxy.http.OwnResponse;
import io.boxcar.proxy.http.RequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import org.jspecify.annotations.Nullable;

/**
 * One application's HTTP/1.1 connection: its requests, and its end (RFC 9112). Owned by its event loop.
 *
 * <pre>
 *   bytes -> RequestHead -> canonical request -> HttpUpstream
 *         '> RequestBody, if it comes in pieces ----^
 *   client <- ResponseWriter <- responses, in order
 * </pre>
 *
 * Pipelined requests that are safe and have no body travel at the same time; any other waits until those before it are answered, and
 * those behind it wait for it (RFC 9112, section 9.3.2). After any doubt where a request ends, nothing of what follows is looked at:
 * the client gets an error and the connection is closed.
 */
public final class Http1Client extends ChannelInboundHandlerAdapter implements Client, Flushing {
    /** So much is read ahead of a client that must wait, so that its leaving shows. */
    private static final int READ_AHEAD_BYTES = 64 * 1024;

    /** After the last response, so much of what a client still sends is read and dropped, for so long: else it loses the response. */
    private static final long LINGER_BYTES = 4 * 1024 * 1024;

    private static final long LINGER_NS = 2_000_000_000L;

    private HttpService service;
    private final Listener listener;
    private final HttpListenerConfig config;
    private final HttpLoop loop;
    private final LoopContext context;
    private final ListenerMetrics metrics;
    private final RequestHead head;
    private final ReceivedBytes in = new ReceivedBytes();
    private final ResponseWriter out;

    /** Null if there is no access log. */
    private final @Nullable HttpLog log;

    private @Nullable ChannelHandlerContext channelContext;
    private @Nullable RequestBody body;
    private @Nullable HttpExchange tunnel;

    /** The connection speaks HTTP/2, and this one is out of its pipeline. */
    private @Nullable Client successor;

    private boolean closed;
    private boolean closing;

    /** The next response says that the connection is closed behind it. */
    private boolean isEndAnnounced;

    /** The last response is written, but may not have left. */
    private boolean isEnding;

    /** The last response has left. */
    private boolean isLingering;

    private boolean inputEnded;

    /** The client may be sending what nobody will read. */
    private boolean mustLinger;

    private boolean isDecoding;
    private boolean isReadingPaused;

    /** The youngest request outstanding must be alone. */
    private boolean isBarrier;

    /** So many bytes must be here before it is worth looking again. */
    private int neededBytes;

    private int requests;
    private long lingeredBytes;
    private long lastActiveNs;
    private long lastReadNs;
    private long lingeringSinceNs;

    /** Bytes that had left when the client last took any, in some measure, and when that was. */
    private long takenBytes;

    private long takenAtNs;

    public Http1Client(HttpService service, Listener listener, HttpLoop loop, ListenerMetrics metrics) {
        this.service = service;
        this.listener = listener;
        this.config = service.config();
        this.loop = loop;
        this.context = loop.context();
        this.metrics = metrics;
        HttpListenerConfig.Limits limits = config.limits();
        this.head = new RequestHead(new HeadLimits(limits.maxLineBytes(), limits.maxHeaderBytes(), limits.maxFields()));
        this.log = HttpLog.of(context, listener.config().name(), "http/1.1");
        this.out = new ResponseWriter(
                this, loop, metrics, listener.config().limits().maxPipeline());
    }

    private ChannelHandlerContext channelContext() {
        ChannelHandlerContext c = channelContext;
        if (c == null) {
            throw new IllegalStateException("not yet in a pipeline");
        }
        return c;
    }

    private Channel channel() {
        return channelContext().channel();
    }

    boolean isClosing() {
        return closing;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        channelContext = ctx;
        out.isIn(ctx);
        if (log != null) {
            log.isFrom(ctx.channel().remoteAddress());
        }
        lastActiveNs = context.nowNs();
        lastReadNs = lastActiveNs;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        assert context.loop().inEventLoop();
        closed = true;
        in.release();
        body = null;
        tunnel = null;
        out.close();
        ctx.fireChannelInactive();
    }

    // ---- bytes ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        metrics.bytesIn.add(bytes.readableBytes());
        lastReadNs = context.turnNs();
        HttpExchange through = tunnel;
        if (isEnding) {
            lingeredBytes += bytes.readableBytes();
            bytes.release();
            if (lingeredBytes > LINGER_BYTES) {
                close();
            }
        } else if (through != null) {
            int length = bytes.readableBytes();
            through.sendData(bytes);
            isSent(length);
        } else {
            in.add(bytes);
            if (in.length() >= neededBytes) {
                decode();
            }
        }
    }

    /** The client sends no more, but may still read: it gets the answers to what it sent. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
            if (isEnding) {
                if (isLingering) {
                    close(); // it has all that it will get
                }
                return;
            }
            HttpExchange through = tunnel;
            if (through != null) {
                through.sendEnd(null);
            } else {
                endInputIfAllIsTaken();
            }
        }
    }

    private void endInputIfAllIsTaken() {
        if (inputEnded && !closed && mayDecode() && tunnel == null) {
            in.release(); // the rest of a request that will not come
            if (body != null) {
                close();
            } else {
                closing = true;
                closeIfDone();
            }
        }
    }

    private boolean mayDecode() {
        return !closed
                && successor == null
                && tunnel == null
                && channel().isWritable()
                && (body != null
                        ? !body.isPaused()
                        : !closing && !isBarrier && !out.window().isFull());
    }

    /** Takes requests from the bytes that are there. */
    private void decode() {
        if (isDecoding) {
            return; // the loop further down the stack goes on
        }
        isDecoding = true;
        try {
            ByteBuf bytes;
            boolean more = true;
            while (more && (bytes = in.bytes()) != null && mayDecode()) {
                RequestBody b = body;
                more = b == null ? decodeHead(bytes) : readBody(b, bytes);
            }
        } finally {
            isDecoding = false;
        }
        if (!closed) {
            endInputIfAllIsTaken();
            updateReading();
        }
    }

    private void updateReading() {
        if (inputEnded || closed || successor != null) {
            return;
        }
        boolean pause =
                !mayDecode() && tunnel == null && in.length() > READ_AHEAD_BYTES || body != null && body.isPaused();
        if (pause != isReadingPaused) {
            isReadingPaused = pause;
            lastReadNs = context.turnNs(); // while nothing was read, the client was not slow
            channel().config().setAutoRead(!pause);
        }
    }

    // ---- requests ----

    /** The next request; false if it is not there. */
    private boolean decodeHead(ByteBuf bytes) {
        return switch (head.scan(bytes)) {
            case INCOMPLETE -> {
                in.keepLeftOver(context.turnNs());
                yield false;
            }
            case REFUSED -> {
                if (head.isHttp2Preface() && requests == 0) {
                    becomeHttp2();
                } else {
                    refuse(head.status(), "bad-request", head.reason());
                }
                yield false;
            }
            case COMPLETE -> take(bytes);
        };
    }

    private boolean take(ByteBuf bytes) {
        HttpListenerConfig.Limits limits = config.limits();
        long contentLength = head.contentLength();
        if (limits.maxBodyBytes() > 0 && contentLength > limits.maxBodyBytes()) {
            refuse(413, "body-too-large", "the body has more than " + limits.maxBodyBytes() + " bytes");
            return false;
        }
        boolean isTunnel = head.wantsUpgrade() || head.method() == Method.CONNECT;
        boolean mayOverlap = head.method().isSafe() && !head.hasBody() && !isTunnel;
        if (!mayOverlap && !out.window().isEmpty()) {
            isBarrier = true;
            return false;
        }
        // A client that waits for 100 sends no body before.
        boolean isWhole = !isTunnel
                && !head.isChunked()
                && contentLength <= limits.wholeBodyBytes()
                && !(head.expectsContinue() && head.hasBody());
        int length = head.length() + (isWhole ? (int) Math.max(0, contentLength) : 0);
        if (bytes.readableBytes() < length) {
            neededBytes = length;
            in.keepLeftOver(context.turnNs());
            return false;
        }
        neededBytes = 0;
        in.requestFound();
        HttpExchange exchange = loop.acquire(out);
        if (exchange == null) {
            refuse(503, "overloaded", "too many requests are outstanding");
            return false;
        }
        requests++;
        metrics.requests.increment();
        lastActiveNs = context.turnNs();
        exchange.receivedNs = lastActiveNs;
        if (log != null) {
            exchange.entry = log.begin(head, bytes, isWhole ? Math.max(0, contentLength) : 0, lastActiveNs);
        }
        exchange.method = head.method();
        exchange.isWhole = isWhole;
        exchange.contentLength = head.isChunked() ? -1 : Math.max(0, contentLength);
        exchange.acceptsTrailers = head.acceptsTrailers();
        exchange.wantsTunnel = isTunnel;
        boolean isLast =
                !head.isPersistent() || isEndAnnounced || limits.maxRequests() > 0 && requests >= limits.maxRequests();
        exchange.tag = (head.minorVersion() == 0 ? ResponseWriter.HTTP_1_0 : 0) | (isLast ? ResponseWriter.CLOSE : 0);
        isBarrier = !mayOverlap || isLast;
        out.window().add(exchange);
        if (!isAnsweredHere(exchange, bytes)) {
            send(exchange, bytes, length);
        }
        return true;
    }

    private void send(HttpExchange exchange, ByteBuf bytes, int length) {
        int start = bytes.readerIndex();
        ByteBuf request = bytes.alloc().directBuffer(length + 64);
        if (head.wantsUpgrade()) {
            head.writeUpgradeTo(bytes, request, service.via());
        } else {
            head.writeTo(bytes, request, service.via());
        }
        exchange.headLength = request.readableBytes();
        if (length > head.length()) {
            DirectCopy.append(request, bytes, start + head.length(), length - head.length(), true);
        }
        exchange.request = request;
        var upstream = service.upstream(
                bytes, head.authorityStart(), head.authorityLength(), head.pathStart(), head.pathLength());
        in.skip(length);
        if (!exchange.isWhole && !exchange.wantsTunnel) {
            body = new RequestBody(exchange, config);
        }
        upstream.send(exchange);
    }

    /** What is for Boxcar itself, or must not go further. */
    private boolean isAnsweredHere(HttpExchange exchange, ByteBuf bytes) {
        var alloc = bytes.alloc();
        OwnResponse own;
        if (exchange.method == Method.CONNECT && !config.connect()) {
            own = OwnResponse.of(alloc, 501, "connect-off", "", "CONNECT is switched off (listeners.*.http.connect)");
        } else if (head.maxForwards() == 0) {
            own = OwnResponse.of(alloc, 200, "max-forwards", "", "Boxcar is here; Max-Forwards was 0");
        } else {
            return false;
        }
        if (head.hasBody() || exchange.method == Method.CONNECT) {
            exchange.tag |= ResponseWriter.CLOSE; // what follows is not a request
            mustLinger = true;
            in.release();
        } else {
            in.skip(head.length());
        }
        metrics.answeredLocally.increment();
        out.answer(exchange, own);
        return true;
    }

    private boolean readBody(RequestBody b, ByteBuf bytes) {
        switch (b.read(in, bytes)) {
            case NEEDS_MORE -> {
                return false;
            }
            case PROGRESS -> updateReading();
            case ENDED -> body = null;
            case TOO_LARGE -> {
                body = null;
                refuseBehind(
                        b.exchange(),
                        413,
                        "body-too-large",
                        "the body has more than " + config.limits().maxBodyBytes() + " bytes");
                return false;
            }
            case BROKEN -> {
                body = null;
                refuseBehind(b.exchange(), 400, "bad-request", b.reason());
                return false;
            }
        }
        return true;
    }

    /** The body of this request cannot be trusted: the upstream must not see an end of it, and the client gets an error if it can. */
    private void refuseBehind(HttpExchange exchange, int status, String code, String reason) {
        metrics.protocolErrors.increment();
        in.release();
        mustLinger = true;
        closing = true;
        out.replace(exchange, OwnResponse.of(channel().alloc(), status, code, "", reason));
    }

    /** Nothing that follows can be trusted: an error in the order of responses, and the end. */
    private void refuse(int status, String code, String reason) {
        metrics.protocolErrors.increment();
        in.release();
        mustLinger = true;
        closing = true;
        OwnResponse own = OwnResponse.of(channel().alloc(), status, code, "", reason);
        HttpExchange exchange = out.window().isFull() ? null : loop.acquire(out);
        if (exchange == null) {
            own.bytes().release();
            closeIfDone();
            return;
        }
        exchange.receivedNs = context.turnNs();
        if (log != null) {
            exchange.entry = log.begin(exchange.receivedNs);
        }
        exchange.method = Method.OTHER;
        exchange.tag = ResponseWriter.CLOSE;
        out.window().add(exchange);
        out.answer(exchange, own);
    }

    private void becomeHttp2() {
        ByteBuf bytes = in.take(in.length());
        Client next = service.clients().http2(service, listener, loop, metrics);
        successor = next;
        ChannelHandlerContext ctx = channelContext();
        ctx.pipeline().addAfter(ctx.name(), null, next);
        ctx.pipeline().remove(this);
        ctx.fireChannelRead(bytes); // from here on: what is in front of this has done its part
        ctx.fireChannelReadComplete();
        if (isEndAnnounced) {
            next.announceEnd();
        }
    }

    // ---- for the response writer ----

    /** So many bytes of the request's body are on their way to the upstream. */
    void onRequestTaken(HttpExchange exchange, int bytes) {
        RequestBody b = body;
        if (b != null && b.exchange() == exchange) {
            b.isTaken(bytes);
            decode();
        } else if (tunnel == exchange) {
            isSent(-bytes);
        }
    }

    /** Bytes of a tunnel that are on their way and not taken. */
    private int tunnelBytes;

    private void isSent(int bytes) {
        tunnelBytes += bytes;
        boolean pause = tunnelBytes > HttpExchange.PAUSE_BYTES;
        if (pause != isReadingPaused && !closed && !inputEnded) {
            isReadingPaused = pause;
            channel().config().setAutoRead(!pause);
        }
    }

    /** The exchange has come back. If its request is not over, the rest of it has no place to go. */
    void isOver(HttpExchange exchange) {
        RequestBody b = body;
        if (b != null && b.exchange() == exchange) {
            b.isOver();
            body = null;
            exchange.tag |= ResponseWriter.CLOSE;
            in.release();
            mustLinger = true;
            closing = true;
        }
        tunnel = null;
    }

    void becomeTunnel(HttpExchange exchange) {
        tunnel = exchange;
        ByteBuf early = in.bytes();
        if (early != null) {
            int length = early.readableBytes();
            exchange.sendData(in.take(length));
            isSent(length);
        }
        if (inputEnded) {
            exchange.sendEnd(null);
        }
    }

    /** Something that held up the client's bytes is over. */
    void goOn() {
        if (closed) {
            return;
        }
        if (out.window().isEmpty()) {
            isBarrier = false;
            lastActiveNs = context.turnNs();
        }
        decode();
        closeIfDone(); // a drain may have begun in the meantime
    }

    @Override
    public void flush() {
        out.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            out.isWritable();
            decode();
        } else {
            metrics.readsPaused.increment();
        }
    }

    // ---- the end ----

    @Override
    public void moveTo(Service next) {
        Client s = successor;
        if (s != null) {
            s.moveTo(next);
        } else if (next instanceof HttpService http) {
            service = http;
        }
    }

    @Override
    public void announceEnd() {
        isEndAnnounced = true;
        Client s = successor;
        if (s != null) {
            s.announceEnd();
        }
    }

    @Override
    public void drain() {
        assert context.loop().inEventLoop();
        Client s = successor;
        if (s != null) {
            s.drain();
        } else if (!closed) {
            closing = true;
            closeIfDone();
        }
    }

    private void closeIfDone() {
        if (closing && out.window().isEmpty()) {
            closeBehindOutput();
        }
    }

    /** Closes behind what is written. A client that is still sending would lose it by a reset, so its bytes are read for a while. */
    void closeBehindOutput() {
        if (closed || isEnding) {
            return;
        }
        closing = true;
        isEnding = true;
        in.release();
        body = null;
        tunnel = null;
        out.close();
        if (mustLinger && isReadingPaused) {
            isReadingPaused = false;
            channel().config().setAutoRead(true);
        }
        channelContext().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> hasLeft());
    }

    /** All has left that the client will get. */
    private void hasLeft() {
        isLingering = true;
        lingeringSinceNs = context.turnNs();
        if (!inputEnded && mustLinger && channel() instanceof DuplexChannel duplex) {
            OutputEnd.of(duplex);
        } else {
            channel().close();
        }
    }

    @Override
    public void close() {
        Client s = successor;
        if (s != null) {
            s.close();
        } else if (!closed && (!out.window().isEmpty() || unsentBytes() > 0)) {
            abort(); // what it has is not all
        } else {
            channel().close();
        }
    }

    /** Bytes written that have not left. */
    private long unsentBytes() {
        ChannelOutboundBuffer waiting = channel().unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes();
    }

    /** Whether bytes have been waiting for so long of which the client has taken none. */
    private boolean isStuck(long nowNs, long timeoutNs) {
        long unsent = unsentBytes();
        long taken = out.writtenBytes() - unsent;
        if (unsent == 0 || taken != takenBytes) {
            takenBytes = taken;
            takenAtNs = nowNs;
        }
        return nowNs - takenAtNs > timeoutNs;
    }

    /** Ends the connection so that the client cannot take what it has for the whole. */
    void abort() {
        if (channel().isOpen()) {
            channel().config().setOption(ChannelOption.SO_LINGER, 0);
        }
        OutputEnd.cutOff(channel());
    }

    @Override
    public void checkTimeouts(long nowNs) {
        Client s = successor;
        if (s != null) {
            s.checkTimeouts(nowNs);
            return;
        }
        HttpListenerConfig.Timeout timeout = config.timeout();
        if (isLingering && nowNs - lingeringSinceNs > LINGER_NS) {
            close();
        } else if (isStuck(nowNs, timeout.writeNs())) {
            metrics.slowClientsClosed.increment();
            abort();
        } else if (in.isLate(nowNs, timeout.headerNs()) && mayDecode() && body == null && neededBytes == 0) {
            metrics.idleClientsClosed.increment();
            refuse(
                    408,
                    "request-timeout",
                    "the request took longer than " + timeout.headerNs() / 1_000_000 + " ms to come");
        } else if ((body != null || neededBytes > 0) && mayDecode() && nowNs - lastReadNs > timeout.bodyNs()) {
            metrics.idleClientsClosed.increment();
            String reason = "nothing came of the body for " + timeout.bodyNs() / 1_000_000 + " ms";
            if (body == null) {
                refuse(408, "request-timeout", reason);
            } else {
                HttpExchange exchange = body.exchange();
                body = null;
                refuseBehind(exchange, 408, "request-timeout", reason);
            }
        } else if (out.window().isEmpty()
                && !closing
                && timeout.idleNs() > 0
                && nowNs - Math.max(lastActiveNs, lastReadNs) > timeout.idleNs()) {
            metrics.idleClientsClosed.increment();
            close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LoopContext.reportMistake(cause);
        close();
    }
}
