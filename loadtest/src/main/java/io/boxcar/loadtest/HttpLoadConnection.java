package io.boxcar.loadtest;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Ticker;
import org.jspecify.annotations.Nullable;

/**
 * One connection of an HTTP load: sends a request when it is given one, and has its response judged. Owned by the load's
 * event loop.
 */
final class HttpLoadConnection extends LoadClient {
    private static final long NONE = -1;
    private static final int SHOWN_BODY_BYTES = 60;

    private final Dispatch dispatch;
    private final HttpScript script;
    private final LoadTally tally;
    private final Ticker ticker;
    private final long responseLimitNs;
    private final Runnable onLost;
    private final HttpResponseReader reader = new HttpResponseReader();

    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf partial;
    private long inFlight = NONE; // the number of the request that waits for its response
    private boolean closing;
    private long dueNs;
    private long sentNs;

    HttpLoadConnection(
            Dispatch dispatch,
            HttpScript script,
            LoadTally tally,
            Ticker ticker,
            long responseLimitNs,
            Runnable onLost) {
        this.dispatch = dispatch;
        this.script = script;
        this.tally = tally;
        this.ticker = ticker;
        this.responseLimitNs = responseLimitNs;
        this.onLost = onLost;
    }

    @Override
    int room() {
        return context == null || closing || inFlight != NONE ? 0 : 1;
    }

    @Override
    boolean send(long dueNs) {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not connected");
        }
        ByteBuf out = ctx.alloc().directBuffer();
        long number = script.write(out);
        if (number == HttpScript.NO_MORE) {
            out.release();
            return false;
        }
        inFlight = number;
        this.dueNs = dueNs;
        sentNs = ticker.nanoTime();
        reader.expect(script.isHead());
        ctx.write(out, ctx.voidPromise());
        return true;
    }

    @Override
    void flush() {
        if (context != null) {
            context.flush();
        }
    }

    @Override
    boolean isIdle() {
        return inFlight == NONE;
    }

    @Override
    void checkAge(long nowNs) {
        if (inFlight != NONE && nowNs - sentNs > responseLimitNs) {
            fail("no response within " + responseLimitNs / 1_000_000 + " ms");
            close();
        }
    }

    @Override
    void close() {
        if (context != null) {
            context.close();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        dispatch.hasRoom(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (partial != null) {
            partial.writeBytes(in);
            in.release();
            in = partial;
            partial = null;
        }
        try {
            if (inFlight == NONE) {
                surplus(ctx);
                return;
            }
            switch (reader.read(in)) {
                case PARTIAL -> {
                    if (in.isReadable()) {
                        partial = ctx.alloc().buffer(in.readableBytes() * 2);
                        partial.writeBytes(in);
                    }
                }
                case WHOLE -> {
                    judge();
                    if (in.isReadable()) {
                        surplus(ctx);
                    } else if (reader.keepAlive()) {
                        dispatch.hasRoom(this);
                    } else {
                        closing = true;
                        ctx.close();
                    }
                }
                case INVALID -> {
                    closing = true;
                    fail("something that is not an HTTP/1.1 response");
                    ctx.close();
                }
            }
        } finally {
            in.release();
        }
    }

    /** A response that nobody has asked for: whose it is, nobody knows. */
    private void surplus(ChannelHandlerContext ctx) {
        closing = true;
        tally.mispaired();
        ctx.close();
    }

    private void judge() {
        switch (script.judge(inFlight, reader)) {
            case RIGHT -> tally.answered(ticker.nanoTime() - dueNs);
            case MISPAIRED -> tally.mispaired();
            case FAILED -> tally.error(describe(reader), 1);
            case OTHER_LENGTH -> tally.error(describeLength(reader), 1);
        }
        inFlight = NONE;
    }

    static String describeLength(HttpResponse response) {
        return "status " + response.status() + " with another length than the first response: " + response.bodyBytes()
                + " bytes";
    }

    static String describe(HttpResponse response) {
        StringBuilder text = new StringBuilder("status ").append(response.status());
        for (int i = 0; i < Math.min(response.keptBytes(), SHOWN_BODY_BYTES); i++) {
            char c = (char) (response.bodyByte(i) & 0xff);
            text.append(i == 0 ? ": " : "").append(c < ' ' ? ' ' : c);
        }
        return text.toString().strip();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context = null;
        dispatch.isGone(this);
        if (inFlight != NONE && reader.endsWithConnection()) {
            judge();
        }
        fail("connection closed before the response");
        if (partial != null) {
            partial.release();
            partial = null;
        }
        onLost.run();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        fail("connection failed before the response: " + cause.getMessage());
        ctx.close();
    }

    private void fail(String text) {
        if (inFlight != NONE) {
            tally.error(text, 1);
            inFlight = NONE;
        }
    }
}
