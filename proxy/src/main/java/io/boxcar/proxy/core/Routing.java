package io.boxcar.proxy.core;

/** How the request at the head of a client's bytes travels. The decision of a {@link RequestDecoder}. */
public enum Routing {
    /** No whole request is there yet; everything so far was looked at. */
    INCOMPLETE,
    /** One request, or a run of pipelined ones, that may share an upstream connection with other clients. */
    SHARED,
    /** Boxcar answers by itself with {@link RequestDecoder#reply()}, in the client's order. */
    ANSWERED,
    /** As {@link #ANSWERED}, and the client connection is closed behind the reply. */
    ANSWERED_THEN_CLOSE,
    /** As {@link #ANSWERED_THEN_CLOSE}, because the client broke the protocol or a limit. */
    REFUSED,
    /** The request needs an upstream connection of its own until its reply has come. It need not be complete yet. */
    OWN_ONCE,
    /** From this request on, the client connection needs an upstream connection of its own. */
    OWN_SESSION
}
