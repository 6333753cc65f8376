package io.boxcar.batching;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Written by one thread, its owner; read by any. A count or gauge without a locked instruction: a reader sees each value
 * whole, though perhaps a moment late, and a value that it has seen comes with everything the owner wrote before it.
 */
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

    /** Owner only. */
    public void increment() {
        add(1);
    }

    /** Owner only. */
    public void add(long n) {
        set(value + n);
    }

    /** Owner only; for gauges. */
    public void set(long newValue) {
        VALUE.setRelease(this, newValue);
    }

    /** Any thread. */
    public long get() {
        return (long) VALUE.getAcquire(this);
    }
}
