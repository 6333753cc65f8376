package io.boxcar.proxy.redis;

/** How a command may travel. */
enum Travel {
    /** On the shared lane; Redis declares it READONLY, or it touches nothing, so it may be sent again. */
    SHARED_READ,
    /** On the shared lane; never sent again once written. Also commands that Redis declares neither way. */
    SHARED_WRITE,
    /** Answered by Boxcar: it concerns only the client's connection, of which Boxcar is the other end. */
    ANSWERED,
    /** On an upstream connection of its own for this one command: it blocks, stalls, or must not wait behind others. */
    OWN_ONCE,
    /** On a pinned connection from here on: it changes what later commands mean, or nobody knows what it does. */
    OWN_SESSION,
    /** The first word of an HTTP request sent by a deceived browser; Redis closes without an answer. */
    FORBIDDEN_HTTP
}
