package io.boxcar.proxy.core;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import org.jspecify.annotations.Nullable;

/**
 * An upstream connection lent to one client. Owned by the client's event loop. Bytes pass through as they come, in both
 * directions, each side waiting for the other; requests and responses are only counted.
 *
 * <pre>
 *   CONNECTING -> HANDSHAKING -> OPEN -> CLOSED
 * </pre>
 */
final class OwnConnection extends ChannelInboundHandlerAdapter {
    private enum State {
        CONNECTING,
        HANDSHAKING,
        OPEN,
        CLOSED
    }

    private final OwnRoute route;
    private final Upstream upstream;
    private final ResponseDecoder decoder;
    private State state = State.CONNECTING;
    private @Nullable Channel channel;
    private int handshakes;
    private int handshakeLeft;
    private int outstanding;
    private boolean broken;
    private boolean inputEnded;

    OwnConnection(OwnRoute route, Upstream upstream) {
        this.route = route;
        this.upstream = upstream;
        this.decoder = upstream.protocol().newOwnResponseDecoder();
    }

    /** Connects and sends the handshake; then the route hears isReady or failed. */
    void open(RequestDecoder requests) {
        ChannelFuture connecting = upstream.connect(route.context().loop(), this);
        channel = connecting.channel();
        connecting.addListener(done -> {
            if (state == State.CLOSED) {
                connecting.channel().close();
            } else if (!done.isSuccess()) {
                state = State.CLOSED;
                route.failed(upstream.unreachable(done.cause()));
            } else {
                handshake(requests);
            }
        });
    }

    /** Tells the upstream where the client believes to be; then the route hears isReady or failed. */
    void handshake(RequestDecoder requests) {
        Channel open = channel;
        if (open == null) {
            throw new IllegalStateException("not connected");
        }
        state = State.HANDSHAKING;
        open.config().setAutoRead(true); // the client may be slow, but the handshake is not for it
        handshakeLeft = requests.ownHandshakeCount();
        open.writeAndFlush(requests.ownHandshake(open.alloc()), open.voidPromise());
        int number = ++handshakes;
        upstream.closeUnlessReady(open, () -> state == State.HANDSHAKING && handshakes == number);
    }

    /** Whether requests may be written; until then the client hears when they may. */
    boolean isOpen() {
        return state == State.OPEN;
    }

    /** Sends bytes of the client; takes them. False asks to wait for {@link OwnRoute#isWritable}. */
    boolean write(ByteBuf bytes) {
        Channel c = channel;
        if (c == null || state != State.OPEN) {
            bytes.release();
            return true;
        }
        c.writeAndFlush(bytes, c.voidPromise());
        return c.isWritable();
    }

    /** The client sends no more, and so the upstream is told, behind all that was written; it answers that and closes. */
    void endInput() {
        Channel c = channel;
        if (c != null && state == State.OPEN && !inputEnded) {
            inputEnded = true;
            c.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> ((DuplexChannel) c).shutdownOutput());
        }
    }

    /** A request has been sent whole; {@code count} responses to it will come. */
    void expect(int count) {
        outstanding += count;
    }

    /** Whether no response is awaited and none is half passed on. */
    boolean isIdle() {
        return outstanding <= 0 && decoder.isAtBoundary();
    }

    void setReading(boolean reading) {
        Channel c = channel;
        if (c != null && state == State.OPEN) {
            c.config().setAutoRead(reading);
        }
    }

    /** The client is gone: what it waited for upstream ends with the connection. */
    void close() {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            route.isClosed();
        }
        Channel c = channel;
        if (c != null) {
            c.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        switch (state) {
            case HANDSHAKING -> {
                bytes.readerIndex(scan(bytes, bytes.readerIndex(), handshakeLeft));
                handshakeLeft -= decoder.completed();
                if (broken || handshakeLeft == 0 && bytes.isReadable()) {
                    ctx.close();
                } else if (handshakeLeft == 0) {
                    state = State.OPEN;
                    setReading(route.isClientWritable());
                    route.isReady();
                }
                bytes.release();
            }
            case OPEN -> passOn(bytes);
            case CONNECTING, CLOSED -> bytes.release();
        }
    }

    private void passOn(ByteBuf bytes) {
        if (!route.isUsed()) {
            // It answers nothing: whatever comes later could be taken for the answer to the next request.
            bytes.release();
            close();
            return;
        }
        int count = 0;
        int index = bytes.readerIndex();
        while (!broken && index < bytes.writerIndex()) {
            index = scan(bytes, index, Integer.MAX_VALUE);
            count += decoder.completed();
        }
        outstanding -= count;
        route.received(bytes, count);
        if (broken) {
            route.isBroken();
        } else if (isIdle()) {
            route.isDone();
        }
    }

    /** Counts responses; what is not understood is still passed on, for the client to judge, but counted no more. */
    private int scan(ByteBuf bytes, int from, int maxCount) {
        int index = decoder.scan(bytes, from, bytes.writerIndex(), maxCount);
        if (index == ResponseDecoder.ERROR) {
            broken = true;
            return bytes.writerIndex();
        }
        return index;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable() && state == State.OPEN) {
            route.isWritable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        State before = state;
        state = State.CLOSED;
        switch (before) {
            case CONNECTING, HANDSHAKING -> route.failed(upstream.unreachable(null));
            case OPEN -> route.isClosed();
            case CLOSED -> {}
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LoopContext.reportMistake(cause);
        ctx.close();
    }
}
