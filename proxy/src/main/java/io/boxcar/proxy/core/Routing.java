package io.boxcar.proxy.core;

/** How the request at the head of a client's bytes travels. The decision of a {@link RequestDecoder}. */
public enum Routing {
    /** No whole request is there yet; everything so far was looked at. */
    INCOMPLETE,
    /** One request, or a run of pipelined ones, that may share an upstream connection with other clients. */
    SHARED,
    /** One request that becomes several, to several places: see {@link RequestDecoder#scatter}. */
    SCATTERED,
    /** Boxcar answers by itself with {@link RequestDecoder#reply}, in the client's order. */
    ANSWERED,
    /** As {@link #ANSWERED}, and the client connection is closed behind the reply. */
    ANSWERED_THEN_CLOSE,
    /** As {@link #ANSWERED_THEN_CLOSE}, because the client broke the protocol or a limit. */
    REFUSED,
    /**
     * The request needs a pinned connection, or the client has one already. It need not be complete yet: then {@link
     * RequestDecoder#length} is -1 and {@link RequestDecoder#relay} follows it to its end.
     */
    PINNED,
    /** As {@link #PINNED}, but it must get through when all pinned connections are lent, or the upstream is busy. */
    CONTROL
}
