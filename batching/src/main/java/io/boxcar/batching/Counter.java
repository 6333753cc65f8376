package io.boxcar.batching;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A counter or gauge. Written by one thread, read by any; costs its writer no lock and no atomic read-modify-write. */
public final class Counter {

    private static final VarHandle VALUE;

    static {
        try {
            VALUE = MethodHandles.lookup().findVarHandle(Counter.class, "value", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private long value;

    /** Adds one. Writer only. */
    public void increment() {
        VALUE.setRelease(this, value + 1);
    }

    /** Adds {@code delta}. Writer only. */
    public void add(long delta) {
        VALUE.setRelease(this, value + delta);
    }

    /** Replaces the value, for gauges. Writer only. */
    public void set(long newValue) {
        VALUE.setRelease(this, newValue);
    }

    /** The value as some recent moment had it. Any thread. */
    public long get() {
        return (long) VALUE.getOpaque(this);
    }
}
