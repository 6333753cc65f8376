package io.boxcar.proxy.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Failures of one endpoint, and until when it gets no requests because of them. Shared by all event loops; changed by the
 * {@link OutlierDetector}.
 */
final class Ejection {

    private static final VarHandle FAILURES;
    private static final VarHandle IN_A_ROW;
    private static final VarHandle EJECTED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            FAILURES = lookup.findVarHandle(Ejection.class, "failures", int.class);
            IN_A_ROW = lookup.findVarHandle(Ejection.class, "inARow", int.class);
            EJECTED = lookup.findVarHandle(Ejection.class, "ejected", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Since the last success or ejection. */
    private int failures;

    /** Ejections since the last success outside of one. */
    private int inARow;

    /** Published by {@code ejected}. */
    private long untilNs;

    /** Whether there has been an ejection since the last success; it may be over. */
    private boolean ejected;

    /** Whether the endpoint is ejected now. */
    boolean isActive(long nowNs) {
        return (boolean) EJECTED.getAcquire(this) && untilNs - nowNs > 0;
    }

    /** A success: all is forgotten, unless it is of a request from before the ejection, which tells nothing about now. */
    void forgive(long nowNs) {
        if ((int) FAILURES.getOpaque(this) != 0) {
            FAILURES.setOpaque(this, 0);
        }
        if ((boolean) EJECTED.getAcquire(this) && untilNs - nowNs <= 0) {
            IN_A_ROW.setOpaque(this, 0);
            EJECTED.setRelease(this, false);
        }
    }

    /** Counts a failure and returns how many there are now in a row. */
    int addFailure() {
        return (int) FAILURES.getAndAdd(this, 1) + 1;
    }

    /**
     * Starts an ejection, whose length grows with how many there were in a row.
     *
     * @param seen what {@link #addFailure} has returned; of several loops that eject at once one does it
     * @param lengthNs of the first one
     * @return whether it was this call that did it
     */
    boolean start(int seen, long lengthNs, int maxFactor, long nowNs) {
        if (!FAILURES.compareAndSet(this, seen, 0)) {
            return false;
        }
        int row = Math.min((int) IN_A_ROW.getOpaque(this) + 1, maxFactor);
        IN_A_ROW.setOpaque(this, row);
        untilNs = nowNs + lengthNs * row;
        EJECTED.setRelease(this, true);
        return true;
    }
}
