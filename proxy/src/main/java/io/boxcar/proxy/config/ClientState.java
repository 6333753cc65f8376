package io.boxcar.proxy.config;

/** What becomes of commands that ask for, or set, the state of the connection they come on. */
public enum ClientState {
    /** They are answered for the client's connection to Boxcar, and cost no upstream connection. */
    VIRTUAL,
    /** A client that uses them gets an upstream connection of its own, with the id that it really has there. */
    STRICT
}
