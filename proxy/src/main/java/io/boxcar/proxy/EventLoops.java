package io.boxcar.proxy;

import io.boxcar.proxy.accesslog.AccessLog;
import io.boxcar.proxy.config.AccessLogConfig;
import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.core.LoopContext;
import io.boxcar.proxy.transport.Transport;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What carries all connections: the transport, its event loops, and the access log that they write. Any thread. */
final class EventLoops {
    private static final int MAX_LOOPS = 4;
    private static final int MAX_EXCHANGES_PER_LOOP = 16 * 1024;
    private static final long STOP_MS = 2_000;
    private static final long QUIET_MS = 20;

    private final Transport transport;
    private final MultiThreadIoEventLoopGroup group;
    private final @Nullable AccessLog accessLog;
    private final List<LoopContext> contexts = new ArrayList<>();

    private EventLoops(Transport transport, MultiThreadIoEventLoopGroup group, @Nullable AccessLog accessLog) {
        this.transport = transport;
        this.group = group;
        this.accessLog = accessLog;
    }

    /** @throws CannotServe if the transport is not available, or the access log cannot be written */
    static EventLoops start(BoxcarConfig config) throws CannotServe {
        Transport transport;
        try {
            transport = Transport.choose(config.transport());
        } catch (IllegalStateException e) {
            throw new CannotServe(String.valueOf(e.getMessage()), e);
        }
        int count = config.loops() > 0 ? config.loops() : defaultCount();
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(
                count, new DefaultThreadFactory("boxcar-loop"), transport.ioHandlerFactory());
        EventLoops loops;
        try {
            AccessLogConfig log = config.log().access();
            AccessLog accessLog =
                    log.isOn() ? AccessLog.open(log, count, group.next().ticker()::nanoTime) : null;
            loops = new EventLoops(transport, group, accessLog);
        } catch (IOException e) {
            group.shutdownGracefully(0, STOP_MS, TimeUnit.MILLISECONDS).awaitUninterruptibly();
            throw new CannotServe(String.valueOf(e.getMessage()), e);
        }
        loops.open(count);
        return loops;
    }

    /** Half the CPUs that this process may use: the applications beside it need the other half. */
    private static int defaultCount() {
        return Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, MAX_LOOPS);
    }

    private void open(int count) {
        // Slow clients may hold half of the memory for network buffers; the rest must do for everyone else.
        long maxUnsentBytes = PlatformDependent.maxDirectMemory() / 2 / count;
        for (int i = 0; i < count; i++) {
            contexts.add(new LoopContext(
                    group.next(),
                    MAX_EXCHANGES_PER_LOOP,
                    maxUnsentBytes,
                    accessLog == null ? null : accessLog.loop(i)));
        }
    }

    Transport transport() {
        return transport;
    }

    List<LoopContext> contexts() {
        return contexts;
    }

    @Nullable
    AccessLog accessLog() {
        return accessLog;
    }

    boolean isStopping() {
        return group.isShuttingDown();
    }

    /** Ends the loops with whatever they have, and behind them the access log. */
    void stop() {
        group.shutdownGracefully(QUIET_MS, STOP_MS, TimeUnit.MILLISECONDS).awaitUninterruptibly();
        if (accessLog != null) {
            accessLog.close();
        }
    }
}
