package io.boxcar.proxy.core;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Bytes on their way from the buffer they were received in to the socket they go to, copied or as a slice. Towards the upstream
 * a batch of 16 requests leaves in one flush of a real socket, whose other end is read and forgotten; towards clients each
 * response has a socket of its own, so only the making and releasing of what is written differs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "-Djmh.executor=CUSTOM",
            "-Djmh.executor.class=io.boxcar.proxy.core.AllocatorBenchmark$Loops" // others do not recycle slices
        })
@State(Scope.Thread)
public class CopyOrSliceBenchmark {
    private static final int BATCH = 16;

    @Param({"16", "128", "1024", "4096", "16384", "65536"})
    int bytes;

    private final ByteBuf received = PooledByteBufAllocator.DEFAULT.directBuffer(64 * 1024, 64 * 1024);
    private final ManualIoEventLoop loop = new ManualIoEventLoop(Thread.currentThread(), EpollIoHandler.newFactory());
    private final EpollSocketChannel upstream = new EpollSocketChannel();

    @Setup
    public void connect() throws IOException {
        received.writerIndex(received.capacity());
        ServerSocketChannel server =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Thread.ofPlatform().daemon().start(() -> forget(server));
        loop.register(upstream);
        loop.runNow();
        upstream.config().setTcpNoDelay(true).setAllocator(PooledByteBufAllocator.DEFAULT);
        upstream.connect(server.getLocalAddress());
        while (!upstream.isActive()) {
            loop.run(1_000_000);
        }
    }

    private static void forget(ServerSocketChannel server) {
        try (server;
                SocketChannel socket = server.accept()) {
            ByteBuffer into = ByteBuffer.allocateDirect(256 * 1024);
            while (socket.read(into) >= 0) {
                into.clear();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @TearDown
    public void close() {
        upstream.close();
        loop.runNow();
        received.release();
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void requestsCopied() {
        ByteBuf batch = upstream.alloc().directBuffer(bytes * BATCH);
        for (int i = 0; i < BATCH; i++) {
            DirectCopy.append(batch, received, 0, bytes, true);
        }
        upstream.write(batch, upstream.voidPromise());
        leave();
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void requestsSliced() {
        for (int i = 0; i < BATCH; i++) {
            upstream.write(received.retainedSlice(0, bytes), upstream.voidPromise());
        }
        leave();
    }

    private void leave() {
        upstream.flush();
        while (upstream.unsafe().outboundBuffer().totalPendingWriteBytes() > 0) {
            loop.run(1_000_000); // until the other end has taken it
        }
    }

    @Benchmark
    public int responseCopied() {
        ByteBuf copy = PooledByteBufAllocator.DEFAULT.directBuffer(bytes);
        DirectCopy.append(copy, received, 0, bytes, true);
        int length = copy.readableBytes();
        copy.release();
        return length;
    }

    @Benchmark
    public int responseSliced() {
        ByteBuf slice = received.retainedSlice(0, bytes);
        int length = slice.readableBytes();
        slice.release();
        return length;
    }
}
