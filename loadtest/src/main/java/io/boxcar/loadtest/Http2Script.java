package io.boxcar.loadtest;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/** Requests that can also be sent by HTTP/2. Owned by the thread that runs the load. */
interface Http2Script extends HttpScript {
    /** Takes the next request instead of writing it; its number, or {@link #NO_MORE}. */
    long take();

    /** The head of request {@code number}; good until the next call. */
    Http2Headers head(long number, boolean tls);

    /** The body of request {@code number}, for the caller to release; null if there is none. */
    @Nullable
    ByteBuf body(long number);
}
