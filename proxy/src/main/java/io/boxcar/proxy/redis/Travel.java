package io.boxcar.proxy.redis;

/** How a command may travel. */
enum Travel {
    /** On the shared lane; Redis declares it READONLY, or it touches nothing, so it may be sent again. */
    SHARED_READ,
    /** On the shared lane; never sent again once written. Also commands that Redis declares neither way. */
    SHARED_WRITE,
    /** Answered by Boxcar: it concerns only the client's connection, of which Boxcar is the other end. */
    ANSWERED,
    /** On a pinned connection until its reply has come: it blocks, stalls, or must not wait behind others. */
    PINNED_ONCE,
    /** On a pinned connection until the state that it makes is gone, which {@link SessionState} follows. */
    PINNED,
    /** On a pinned connection for the rest of the session: nobody knows what it changes, or nothing undoes it. */
    PINNED_FOR_LIFE,
    /** As {@link #PINNED_ONCE}, and it must get through to a server that is busy, when all pinned connections are lent. */
    CONTROL,
    /** The first word of an HTTP request sent by a deceived browser; Redis closes without an answer. */
    FORBIDDEN_HTTP;

    boolean isShared() {
        return this == SHARED_READ || this == SHARED_WRITE;
    }
}
