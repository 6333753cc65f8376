package io.boxcar.proxy.core;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An upstream connection that is lent to one client at a time. Owned by the client's event loop. While it is in use, bytes pass
 * through as they come, in both directions, each side waiting for the other.
 *
 * <pre>
 *   CONNECTING -> GREETING -> IN_USE -> RESETTING -> IDLE
 *                    ^           '-------------------^ |
 *                    '---------------------------------'      any -> CLOSED
 * </pre>
 */
final class PinnedConnection extends ChannelInboundHandlerAdapter {
    private enum State {
        CONNECTING,
        GREETING,
        IN_USE,
        RESETTING,
        IDLE,
        CLOSED
    }

    private final PinnedPool pool;
    private final Endpoint endpoint;
    /** Counts the responses of greetings and resets. */
    private final ResponseDecoder decoder;

    private State state = State.CONNECTING;
    private @Nullable Channel channel;
    private @Nullable PinnedRoute route;
    private @Nullable Object standing;
    /** The session that the reset is for. */
    private @Nullable PinnedSession resetting;

    /** Responses of a greeting or a reset, or a message to be rewritten, as far as they have come. */
    private @Nullable ByteBuf collected;

    private int awaited;
    /** Ends a greeting or a reset that takes too long. */
    private @Nullable Future<?> timer;

    private boolean broken;
    private boolean atBoundary = true;
    private boolean inputEnded;
    private boolean unflushed;

    private long lastActiveNs;

    /** Owned by the pool. */
    long idleSinceNs;

    PinnedConnection(PinnedPool pool) {
        this.pool = pool;
        this.endpoint = pool.endpoint();
        this.decoder = endpoint.upstream().protocol().newSharedResponseDecoder();
    }

    PinnedPool pool() {
        return pool;
    }

    private Channel channel() {
        Channel c = channel;
        if (c == null) {
            throw new IllegalStateException("not connected");
        }
        return c;
    }

    private PinnedRoute route() {
        PinnedRoute r = route;
        if (r == null) {
            throw new IllegalStateException("lent to nobody");
        }
        return r;
    }

    // ---- lending ----

    /** Serves this client from now on; the route hears isReady, isRefused or failed. */
    void lendTo(PinnedRoute borrower) {
        route = borrower;
        if (channel != null) {
            greet();
            return;
        }
        ChannelFuture connecting = endpoint.connect(pool.context().loop(), this);
        channel = connecting.channel();
        // The upstream may have answered before it closed: what is there is read, though nothing can be written.
        connecting.channel().config().setAutoClose(false);
        connecting.addListener(done -> {
            if (state == State.CLOSED) {
                connecting.channel().close();
            } else if (!done.isSuccess()) {
                isOver(endpoint.unreachable(done.cause()));
            } else {
                greet();
            }
        });
    }

    /** Tells the upstream where the client believes to be. */
    private void greet() {
        Channel open = channel();
        ByteBuf out = open.alloc().directBuffer();
        awaited = route().session().greet(standing, route().isAnnounced(), out);
        if (awaited == 0) {
            out.release();
            isReady();
            return;
        }
        state = State.GREETING;
        open.config().setAutoRead(true); // the client may be slow, but this is not for it
        open.writeAndFlush(out, open.voidPromise());
        timer = endpoint.closeLater(open);
    }

    private void stopTimer() {
        Future<?> running = timer;
        if (running != null) {
            timer = null;
            running.cancel(false);
        }
    }

    private void isReady() {
        state = State.IN_USE;
        setReading(route().isClientWritable());
        route().isReady();
    }

    // ---- in use ----

    /** Sends bytes of the client; takes them. False asks to wait for {@link PinnedRoute#isWritable}. */
    boolean write(ByteBuf bytes) {
        if (state != State.IN_USE) {
            bytes.release();
            return true;
        }
        Channel c = channel();
        lastActiveNs = pool.context().turnNs();
        c.write(bytes, c.voidPromise());
        unflushed = true;
        if (!c.isWritable()) {
            flush();
        }
        return c.isWritable();
    }

    void flush() {
        if (unflushed) {
            unflushed = false;
            channel().flush();
        }
    }

    /** The client sends no more, and so the upstream is told, behind all that was written; it answers that and closes. */
    void endInput() {
        if (state == State.IN_USE && !inputEnded) {
            inputEnded = true;
            Channel c = channel();
            c.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> OutputEnd.of((DuplexChannel) c));
        }
    }

    /** Whether no byte has gone either way lately. */
    boolean isSilent(long nowNs) {
        return nowNs - lastActiveNs > endpoint.config().timeout().silenceNs();
    }

    /** Whether no message is half passed on. */
    boolean isAtBoundary() {
        return atBoundary;
    }

    void setReading(boolean reading) {
        Channel c = channel;
        if (c != null && state == State.IN_USE) {
            c.config().setAutoRead(reading);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        lastActiveNs = pool.context().turnNs();
        switch (state) {
            case GREETING, RESETTING -> collectAnswers(bytes);
            case IN_USE -> passOn(bytes);
            case IDLE -> {
                // It answers nothing: whatever comes later could be taken for the answer to the next request.
                bytes.release();
                close();
            }
            case CONNECTING, CLOSED -> bytes.release();
        }
    }

    private void passOn(ByteBuf bytes) {
        PinnedRoute to = route();
        PinnedSession session = to.session();
        int index = bytes.readerIndex();
        int end = bytes.writerIndex();
        int passed = index;
        int answered = 0;
        while (index < end && !broken && state == State.IN_USE) {
            boolean rewrite = collected != null || atBoundary && (session.rewritesNext() || to.mayBeRedirected());
            int next = session.receive(bytes, index, end);
            if (next == PinnedSession.BROKEN) {
                broken = true;
                break;
            }
            atBoundary = session.messageEnded();
            answered += session.answered();
            if (rewrite) {
                passOn(bytes, passed, index);
                passed = next;
                collect(bytes.retainedSlice(index, next - index));
                if (atBoundary) {
                    ByteBuf message = session.rewritten(takeCollected());
                    if (to.isRedirected(message)) {
                        message.release();
                        answered = 0;
                    } else {
                        to.received(message);
                    }
                }
            }
            index = next;
        }
        if (broken && collected != null) {
            to.received(takeCollected());
        }
        passOn(bytes, passed, end);
        bytes.release();
        if (state == State.IN_USE) {
            to.answered(answered);
        }
    }

    private void passOn(ByteBuf bytesView, int from, int to) {
        if (from < to && state == State.IN_USE) {
            route().received(bytesView.retainedSlice(from, to - from));
        }
    }

    private void collect(ByteBuf part) {
        ByteBuf before = collected;
        if (before == null) {
            collected = channel()
                    .alloc()
                    .buffer(Math.max(256, part.readableBytes()))
                    .writeBytes(part);
        } else {
            before.writeBytes(part);
        }
        part.release();
    }

    private ByteBuf takeCollected() {
        ByteBuf whole = collected;
        if (whole == null) {
            throw new IllegalStateException("nothing was collected");
        }
        collected = null;
        return whole;
    }

    private void collectAnswers(ByteBuf bytes) {
        int from = bytes.readerIndex();
        int next = decoder.scan(bytes, from, bytes.writerIndex(), awaited);
        if (next == ResponseDecoder.ERROR || next < bytes.writerIndex()) {
            bytes.release();
            close(); // more than was asked for: nothing on this connection can be trusted
            return;
        }
        awaited -= decoder.completed();
        collect(bytes);
        if (awaited > 0) {
            return;
        }
        stopTimer();
        ByteBuf answers = takeCollected();
        if (state == State.RESETTING) {
            isReset(answers);
        } else {
            isGreeted(answers);
        }
    }

    private void isGreeted(ByteBuf answers) {
        ByteBuf refusal = route().session().greeted(answers);
        answers.release();
        if (refusal == null) {
            isReady();
            return;
        }
        PinnedRoute refused = route();
        boolean wasUsed = standing != null;
        route = null;
        close();
        if (wasUsed) {
            refusal.release();
            pool.lendNew(refused); // perhaps the way back from where it stood is what was refused
        } else {
            refused.isRefused(refusal);
        }
    }

    // ---- giving back ----

    /** The client needs the connection no more; nothing is outstanding. */
    void giveBack(PinnedSession session) {
        route = null;
        setReading(true);
        switch (broken || inputEnded || state != State.IN_USE ? PinnedSession.GiveBack.CLOSE : session.giveBack()) {
            case AS_IS -> {
                standing = session.standing();
                isIdle();
            }
            case RESET -> reset(session);
            case CLOSE -> close();
        }
        session.ended();
    }

    private void reset(PinnedSession session) {
        resetting = session;
        state = State.RESETTING;
        awaited = 1;
        Channel open = channel();
        ByteBuf out = open.alloc().directBuffer();
        session.writeReset(out);
        open.writeAndFlush(out, open.voidPromise());
        timer = endpoint.closeLater(open);
    }

    private void isReset(ByteBuf answer) {
        PinnedSession session = resetting;
        resetting = null;
        boolean well = session != null && session.isReset(answer);
        answer.release();
        if (session != null && well) {
            standing = session.standingAfterReset();
            isIdle();
        } else {
            close();
        }
    }

    private void isIdle() {
        state = State.IDLE;
        atBoundary = true;
        pool.giveBack(this);
    }

    // ---- the end ----

    /** Its client is gone: the connection ends, and with it whatever the client waits for upstream. */
    void abandon() {
        route = null;
        close();
    }

    /** Ends the connection; its client hears of it. */
    void close() {
        isOver(null);
        Channel c = channel;
        if (c != null) {
            c.close();
        }
    }

    private void isOver(@Nullable String why) {
        State before = state;
        if (before == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        stopTimer();
        ByteBuf part = collected;
        if (part != null) {
            collected = null;
            part.release();
        }
        pool.isClosed(this);
        PinnedRoute borrower = route;
        route = null;
        if (borrower == null) {
            return;
        }
        switch (before) {
            case CONNECTING, GREETING -> borrower.failed(why == null ? endpoint.unreachable(null) : why);
            case IN_USE -> borrower.isClosed();
            case RESETTING, IDLE, CLOSED -> {}
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable() && state == State.IN_USE) {
            route().isWritable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        isOver(null);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LoopContext.reportMistake(cause);
        boolean cannotWrite = cause instanceof IOException && ((DuplexChannel) ctx.channel()).isOutputShutdown();
        if (!cannotWrite) {
            ctx.close(); // else the end of what is read closes it
        }
    }
}
