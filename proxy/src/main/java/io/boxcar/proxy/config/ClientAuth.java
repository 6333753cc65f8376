package io.boxcar.proxy.config;

/** Whether a listener asks its clients for a certificate. */
public enum ClientAuth {
    NONE,
    /** One that is sent must be good; none is as well. */
    OPTIONAL,
    REQUIRE
}
