package io.boxcar.loadtest.origin;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpRequest;

/** What an origin answers. Each worker has its own, owned by the worker's event loop. */
interface Site {
    /** Whether the body of {@code request} goes back as it comes in, behind the request's head. */
    boolean echoes(HttpRequest request);

    /** How many bytes of a request's body {@link #answer} wants to see. */
    int maxBodyBytes();

    /**
     * Answers a request that is all there.
     *
     * @param bodyView the first {@code maxBodyBytes() + 1} bytes of the body, so that "too long" can be told
     */
    Answer answer(HttpRequest request, ByteBuf bodyView);
}
