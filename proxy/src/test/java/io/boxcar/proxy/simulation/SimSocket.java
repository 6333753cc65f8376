package io.boxcar.proxy.simulation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Boxcar's end of a simulated connection; the other end is a script that reads and writes the two wires. Behaves like a
 * non-blocking TCP socket: reads bring as much as they please, writes take as much as fits.
 */
public final class SimSocket extends AbstractChannel implements DuplexChannel {
    /** Which node of a cluster it leads to. */
    public int node;

    /** What a script makes of an attempt to connect. */
    public enum Answer {
        LATER,
        ACCEPT,
        REFUSE
    }

    /** The script at the other end of an attempt to connect. */
    public interface Acceptor {
        Answer answer(SimSocket socket);
    }

    private enum State {
        NEW,
        CONNECTED,
        CLOSED
    }

    private static final ChannelMetadata METADATA = new ChannelMetadata(false);
    private static final int MAX_READ_BYTES = 4096;
    private static final SocketAddress ADDRESS = new LocalAddress("simulated");

    public final Wire toBoxcar;
    public final Wire fromBoxcar;
    /** The other end has reset the connection: what is under way is lost. */
    public boolean reset;
    /** The other end has closed the connection: it reads no more. */
    public boolean gone;
    /** Bytes that Boxcar has read. */
    public long delivered;
    /** Boxcar has closed the connection with a reset. */
    public boolean wasAborted;
    /** How often Boxcar has asked to be told of the end: each time leaves something behind until then. */
    int timesEndWasAskedFor;

    private final Config config;
    private final @Nullable Acceptor acceptor;
    private State state;
    private boolean readPending;
    private boolean writeBlocked;
    private boolean inputShut;
    private boolean outputShut;
    private @Nullable ChannelPromise connecting;
    private long connectDeadlineNs;

    /** A connection that Boxcar makes. */
    public SimSocket(ByteBufAllocator allocator, int capacity, Acceptor acceptor, long connectDeadlineNs) {
        super(null);
        this.toBoxcar = new Wire(capacity);
        this.fromBoxcar = new Wire(capacity);
        this.acceptor = acceptor;
        this.connectDeadlineNs = connectDeadlineNs;
        this.state = State.NEW;
        this.config = new Config();
        config.setAllocator(allocator);
    }

    /** A connection that Boxcar has accepted. */
    public SimSocket(ByteBufAllocator allocator, int capacity) {
        super(null);
        this.toBoxcar = new Wire(capacity);
        this.fromBoxcar = new Wire(capacity);
        this.acceptor = null;
        this.state = State.CONNECTED;
        this.config = new Config();
        config.setAllocator(allocator);
    }

    /** What the operating system would report of this socket; on its event loop. */
    void io(RandomGenerator random) {
        ChannelPromise promise = connecting;
        if (promise != null) {
            connect(promise);
        }
        if (state != State.CONNECTED || !isRegistered()) {
            return;
        }
        if (reset) {
            toBoxcar.clear();
            pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
            unsafe().close(voidPromise());
            return;
        }
        if (writeBlocked && fromBoxcar.space() > 0) {
            ((SimUnsafe) unsafe()).flushNow();
        }
        if (readPending && random.nextInt(8) != 0) {
            read(random);
        }
    }

    private void read(RandomGenerator random) {
        boolean read = false;
        for (int left = 1 + random.nextInt(3); left > 0 && readPending && !toBoxcar.isEmpty(); left--) {
            int available = Math.min(MAX_READ_BYTES, toBoxcar.size());
            int count = random.nextBoolean() ? available : 1 + random.nextInt(available);
            ByteBuf bytes = alloc().buffer(random.nextInt(4) == 0 ? count : 2048);
            toBoxcar.moveTo(bytes, count);
            delivered += count;
            read = true;
            readPending = config.isAutoRead() && left > 1;
            pipeline().fireChannelRead(bytes);
        }
        if (read) {
            readPending = false;
            pipeline().fireChannelReadComplete();
        } else if (toBoxcar.finished && toBoxcar.isEmpty()) {
            ended();
        }
    }

    /** Boxcar lets its clients, which may have finished one direction or both, go on reading. */
    private void ended() {
        if (acceptor != null) {
            unsafe().close(voidPromise());
        } else if (!inputShut) {
            inputShut = true;
            pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    private void connect(ChannelPromise promise) {
        Acceptor script = acceptor;
        if (script == null) {
            throw new IllegalStateException("accepted, and connecting?");
        }
        switch (script.answer(this)) {
            case ACCEPT -> {
                connecting = null;
                state = State.CONNECTED;
                promise.trySuccess();
                pipeline().fireChannelActive();
            }
            case REFUSE -> {
                connecting = null;
                promise.tryFailure(new ConnectException("Connection refused"));
                unsafe().close(voidPromise());
            }
            case LATER -> {
                if (eventLoop().ticker().nanoTime() >= connectDeadlineNs) {
                    connecting = null;
                    promise.tryFailure(new ConnectTimeoutException("connection timed out"));
                    unsafe().close(voidPromise());
                }
            }
        }
    }

    /** Bytes that Boxcar has written and the wire has not taken. */
    public long unsentBytes() {
        ChannelOutboundBuffer buffer = unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
        writeBlocked = false;
        ByteBuf bytes;
        while ((bytes = (ByteBuf) in.current()) != null) {
            if (reset || outputShut) {
                throw new IOException("Broken pipe");
            }
            if (gone) {
                reset = true; // the answer to bytes that nobody takes
                in.remove();
                continue;
            }
            int count = Math.min(bytes.readableBytes(), fromBoxcar.space());
            if (count == 0 && bytes.isReadable()) {
                writeBlocked = true;
                return;
            }
            fromBoxcar.write(bytes, count);
            if (count == bytes.readableBytes()) {
                in.remove();
            } else {
                in.removeBytes(count);
            }
        }
    }

    @Override
    protected void doClose() {
        state = State.CLOSED;
        readPending = false;
        fromBoxcar.finished = true;
        wasAborted = config.lingerSeconds == 0;
        toBoxcar.clear();
        ChannelPromise promise = connecting;
        if (promise != null) {
            connecting = null;
            promise.tryFailure(new IOException("closed while connecting"));
        }
    }

    @Override
    public ChannelFuture closeFuture() {
        timesEndWasAskedFor++;
        return super.closeFuture();
    }

    @Override
    public boolean isInputShutdown() {
        return inputShut;
    }

    @Override
    public boolean isOutputShutdown() {
        return outputShut;
    }

    @Override
    public boolean isShutdown() {
        return inputShut && outputShut;
    }

    @Override
    public ChannelFuture shutdownOutput() {
        return shutdownOutput(newPromise());
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
        doShutdownOutput();
        return promise.setSuccess();
    }

    /** Netty calls it too, where a write fails and that does not close the channel. */
    @Override
    protected void doShutdownOutput() {
        outputShut = true;
        fromBoxcar.finished = true;
    }

    @Override
    public ChannelFuture shutdownInput() {
        throw new UnsupportedOperationException();
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ChannelFuture shutdown() {
        throw new UnsupportedOperationException();
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void doBeginRead() {
        readPending = true;
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new SimUnsafe();
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return loop instanceof SimLoop;
    }

    @Override
    protected SocketAddress localAddress0() {
        return ADDRESS;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return ADDRESS;
    }

    @Override
    protected void doBind(SocketAddress localAddress) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return state != State.CLOSED;
    }

    @Override
    public boolean isActive() {
        return state == State.CONNECTED;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    private final class Config extends DefaultChannelConfig {
        private int lingerSeconds = -1;

        Config() {
            super(SimSocket.this);
        }

        @Override
        public <T> boolean setOption(ChannelOption<T> option, T value) {
            if (option == ChannelOption.SO_LINGER) {
                lingerSeconds = (Integer) value;
                return true;
            }
            return super.setOption(option, value);
        }

        @Override
        protected void autoReadCleared() {
            readPending = false;
        }
    }

    private final class SimUnsafe extends AbstractUnsafe {
        @Override
        public void connect(SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
            if (promise.setUncancellable() && ensureOpen(promise)) {
                connecting = promise;
            }
        }

        @Override
        protected void flush0() {
            if (!writeBlocked) {
                super.flush0();
            }
        }

        void flushNow() {
            super.flush0();
        }
    }
}
