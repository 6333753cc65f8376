package io.boxcar.proxy.core;

/** What the simulation looks at inside, to hold it against the limits. */
public final class Probe {
    private Probe() {}

    /** Exchanges that the clients of one loop have out. */
    public static int outstanding(LoopContext context) {
        return context.outstanding();
    }
}
