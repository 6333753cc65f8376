package io.boxcar.proxy.config;

/** When a batch leaves: at the end of the turn, after a learned wait, or at its fixed caps. */
public enum BatchingMode {
    LATENCY,
    BALANCED,
    THROUGHPUT
}
