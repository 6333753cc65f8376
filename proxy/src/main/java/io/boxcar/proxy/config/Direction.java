package io.boxcar.proxy.config;

/** Whose requests a listener carries: those of others for the application beside it, or the application's own. */
public enum Direction {
    INBOUND,
    OUTBOUND
}
