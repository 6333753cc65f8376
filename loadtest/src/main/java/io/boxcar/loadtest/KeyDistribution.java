package io.boxcar.loadtest;

/** Which keys a Redis load uses how often. */
public enum KeyDistribution {
    /** Each connection has keys that nobody else writes, and takes them in turn: values are checked to the last write. */
    OWN,
    /** All connections share all keys; each is as likely as another. */
    UNIFORM,
    /** All connections share all keys; the key of rank n is chosen in proportion to n to the power of -0.99. */
    ZIPF
}
