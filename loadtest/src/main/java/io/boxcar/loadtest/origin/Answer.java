package io.boxcar.loadtest.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The response to one request, or how to come by it. Whoever receives one owns its buffer. */
sealed interface Answer {
    String TEXT = "text/plain; charset=utf-8";
    String JSON = "application/json";

    /** All there, with a {@code Content-Length}. */
    record Whole(HttpResponseStatus status, String contentType, ByteBuf body, Map<String, String> headers)
            implements Answer {}

    /** Later than asked for. */
    record Delayed(long delayMs, Answer then) implements Answer {}

    /** When others have contributed; completes on the event loop of the request. */
    record Pending(Future<Answer> answer) implements Answer {}

    /**
     * A body that is made while it is sent, as fast as the client takes it.
     *
     * @param pieces how many there are
     * @param pieceView each of them, shared by all
     * @param lastBytes how much of {@code pieceView} the last one has
     * @param chunked whether the length is left open, and {@link #TRAILER} with the number of pieces ends the body;
     *     otherwise there is a {@code Content-Length}
     */
    record Pieces(long pieces, ByteBuf pieceView, int lastBytes, boolean chunked) implements Answer {
        static final String TRAILER = "boxcar-chunks";

        long totalBytes() {
            return pieces == 0 ? 0 : (pieces - 1) * pieceView.readableBytes() + lastBytes;
        }
    }

    /** Server-sent events, the first one at once. */
    record Events(long events, long intervalMs) implements Answer {}

    static Answer text(HttpResponseStatus status, String text) {
        return new Whole(status, TEXT, Unpooled.copiedBuffer(text, StandardCharsets.UTF_8), Map.of());
    }

    static Answer json(HttpResponseStatus status, String json) {
        return new Whole(status, JSON, Unpooled.copiedBuffer(json, StandardCharsets.UTF_8), Map.of());
    }

    /** 405, with the methods that are allowed (RFC 9110, section 15.5.6). */
    static Answer notAllowed(String allowed) {
        return new Whole(
                HttpResponseStatus.METHOD_NOT_ALLOWED,
                TEXT,
                Unpooled.copiedBuffer("only " + allowed + " is allowed here\n", StandardCharsets.UTF_8),
                Map.of("Allow", allowed));
    }
}
