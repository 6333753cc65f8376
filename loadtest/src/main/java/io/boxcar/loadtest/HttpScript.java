package io.boxcar.loadtest;

import io.netty.buffer.ByteBuf;

/** The requests of an HTTP load, in the order in which they are sent. Owned by the thread that runs the load. */
interface HttpScript {
    long NO_MORE = -1;

    /** What a response is to its request. */
    enum Verdict {
        RIGHT,
        /** Says that the request failed. */
        FAILED,
        /** Is longer or shorter than all before. */
        OTHER_LENGTH,
        /** Belongs to another request. */
        MISPAIRED
    }

    /** Appends the next request to {@code out}; its number, counted from 0, or {@link #NO_MORE}. */
    long write(ByteBuf out);

    /** Whether the requests are HEAD requests, whose responses have no body. */
    boolean isHead();

    /** Judges the response to request {@code number}, which is all there. */
    Verdict judge(long number, HttpResponse response);
}
