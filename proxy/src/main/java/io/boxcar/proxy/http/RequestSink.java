package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Where a request goes that is in flight: the upstream connection that carries it. Called on the lane's event loop only. */
public interface RequestSink {
    /** The next bytes of a streamed body; what has left is told with {@link HttpExchange#requestTaken}. */
    void onRequestData(HttpExchange exchange, ByteBuf data);

    /** @param trailers field lines, each with its line end; null if there are none */
    void onRequestEnd(HttpExchange exchange, @Nullable ByteBuf trailers);

    /** The client does not want the response any more. The exchange is still handed back, as failed if there is no response. */
    void onCancel(HttpExchange exchange);

    /** The client has taken so many bytes of the response's body. */
    void onTaken(HttpExchange exchange, int bytes);
}
