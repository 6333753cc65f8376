package io.boxcar.proxy.config;

/**
 * How Boxcar ends.
 *
 * @param lameDuckNs how long clients are served on, told that their connections will end, before a drain begins
 * @param drainTimeoutNs how long the drain may take behind that before what is left is closed
 */
public record ShutdownConfig(long lameDuckNs, long drainTimeoutNs) {}
