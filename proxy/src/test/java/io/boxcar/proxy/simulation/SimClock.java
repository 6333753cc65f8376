package io.boxcar.proxy.simulation;

import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;

/**
 * Time that passes when it is told to. Looking at the clock is where one event loop may be interrupted, so that another one
 * does something in between, as threads do.
 */
public final class SimClock implements Ticker {
    private final Runnable interruption;
    private long nowNs;

    public SimClock(long startNs, Runnable interruption) {
        this.nowNs = startNs;
        this.interruption = interruption;
    }

    /** The time, without an interruption. */
    public long nowNs() {
        return nowNs;
    }

    public void pass(long ns) {
        nowNs += ns;
    }

    @Override
    public long initialNanoTime() {
        return 0;
    }

    @Override
    public long nanoTime() {
        interruption.run();
        return nowNs;
    }

    @Override
    public void sleep(long delay, TimeUnit unit) {
        throw new UnsupportedOperationException("nothing sleeps in a simulation");
    }
}
