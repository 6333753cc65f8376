package io.boxcar.proxy.config;

/** How keys are spread over the endpoints of an upstream that is not a cluster. */
public enum Distribution {
    /** The continuum of libketama with fnv1a_64 as the hash of keys, so that Boxcar can take the place of a twemproxy with these. */
    KETAMA
}
