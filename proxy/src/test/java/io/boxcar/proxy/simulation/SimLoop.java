package io.boxcar.proxy.simulation;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.channel.ManualIoEventLoop;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * An event loop that runs when it is told to. All of them share the test's thread, so {@link #inEventLoop()} is true only
 * while this one is being stepped: what passes from one to another goes the way it goes between threads.
 */
public final class SimLoop extends ManualIoEventLoop {
    private final Io io;
    private boolean running;

    public SimLoop(Ticker ticker, RandomGenerator random) {
        this(ticker, new Io(random));
    }

    private SimLoop(Ticker ticker, Io io) {
        super(null, Thread.currentThread(), executor -> io, ticker);
        this.io = io;
    }

    public void add(SimSocket socket) {
        io.sockets.add(socket);
    }

    /** One round: what the sockets have, then timers and tasks. */
    public void step() {
        running = true;
        try {
            runNow();
        } finally {
            running = false;
        }
    }

    /** Another loop has the thread for a while. */
    public void pause(boolean paused) {
        running = !paused;
    }

    @Override
    public boolean inEventLoop() {
        return running;
    }

    /** Visits the sockets in random order. */
    private static final class Io implements IoHandler {
        private final RandomGenerator random;
        private final List<SimSocket> sockets = new ArrayList<>();

        Io(RandomGenerator random) {
            this.random = random;
        }

        @Override
        public int run(IoHandlerContext context) {
            sockets.removeIf(socket -> !socket.isOpen());
            int count = sockets.size();
            for (int i = 0; i < count; i++) {
                int other = i + random.nextInt(count - i);
                SimSocket socket = sockets.get(other);
                sockets.set(other, sockets.get(i));
                sockets.set(i, socket);
                socket.io(random);
            }
            return count;
        }

        @Override
        public IoRegistration register(IoHandle handle) {
            throw new UnsupportedOperationException("simulated sockets need no registration");
        }

        @Override
        public void wakeup() {}

        @Override
        public boolean isCompatible(Class<? extends IoHandle> handleType) {
            return false;
        }
    }
}
