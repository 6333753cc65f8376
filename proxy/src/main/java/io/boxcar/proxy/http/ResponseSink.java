package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Where the response of an exchange goes: the client side. Called on the client's event loop only, for one exchange in this order:
 *
 * <pre>
 *   onInformational*  ( onAnswered | onHead onData* ( onEnd | onFailed ) | onSwitched onData* onEnd | onFailed )
 * </pre>
 *
 * After {@code onAnswered}, {@code onEnd} and {@code onFailed} the exchange belongs to the client side, which gives it back with
 * {@link HttpLoop#release}. Buffers belong to whom they are given.
 */
public interface ResponseSink {
    /** A 1xx response other than 101, in canonical bytes. */
    void onInformational(HttpExchange exchange, ByteBuf head);

    /** The whole response, in {@link HttpExchange#response}. */
    void onAnswered(HttpExchange exchange);

    /**
     * The head of a response whose body follows.
     *
     * @param head canonical bytes
     * @param contentLength bytes of body that will follow; -1 = unknown
     */
    void onHead(HttpExchange exchange, ByteBuf head, int status, long contentLength);

    /** The connection is a tunnel from now on: 101, or 2xx to CONNECT. */
    void onSwitched(HttpExchange exchange, ByteBuf head);

    /** The next bytes of the body; what the client has taken is told with {@link HttpExchange#taken}. */
    void onData(HttpExchange exchange, ByteBuf data);

    /** @param trailers field lines, each with its line end; null if there are none */
    void onEnd(HttpExchange exchange, @Nullable ByteBuf trailers);

    /** It failed: {@link HttpExchange#failure} says why. After {@code onHead} only the end of the connection or stream can tell. */
    void onFailed(HttpExchange exchange);

    /** So many bytes of the request's body are on their way to the upstream. */
    void onRequestTaken(HttpExchange exchange, int bytes);

    /** A mistake of ours with this client: its connection ends at once, and the exchange is let go as if it had gone. */
    void end();
}
