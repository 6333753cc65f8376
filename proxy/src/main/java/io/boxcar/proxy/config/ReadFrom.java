package io.boxcar.proxy.config;

/** Which nodes of a cluster answer read-only commands. */
public enum ReadFrom {
    PRIMARY,
    /** Those that follow a primary; what they answer may be stale. */
    REPLICA
}
