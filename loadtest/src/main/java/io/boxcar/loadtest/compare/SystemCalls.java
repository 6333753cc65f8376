package io.boxcar.loadtest.compare;

/** System calls per request, under {@code strace}; not a number if it was not allowed or not there. */
record SystemCalls(double proxy, double upstream) {
    static final SystemCalls UNKNOWN = new SystemCalls(Double.NaN, Double.NaN);

    boolean isKnown() {
        return Double.isFinite(upstream);
    }
}
