package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** In place of a client that has gone: lets go of everything, and of the exchange when it comes back. */
enum Discard implements ResponseSink {
    SINK;

    @Override
    public void onInformational(HttpExchange exchange, ByteBuf head) {
        head.release();
    }

    @Override
    public void onAnswered(HttpExchange exchange) {
        exchange.home().release(exchange);
    }

    @Override
    public void onHead(HttpExchange exchange, ByteBuf head, int status, long contentLength) {
        head.release();
    }

    @Override
    public void onSwitched(HttpExchange exchange, ByteBuf head) {
        head.release();
    }

    @Override
    public void onData(HttpExchange exchange, ByteBuf data) {
        int length = data.readableBytes();
        data.release();
        exchange.taken(length);
    }

    @Override
    public void onEnd(HttpExchange exchange, @Nullable ByteBuf trailers) {
        if (trailers != null) {
            trailers.release();
        }
        exchange.home().release(exchange);
    }

    @Override
    public void onFailed(HttpExchange exchange) {
        exchange.home().release(exchange);
    }

    @Override
    public void end() {}

    @Override
    public void onRequestTaken(HttpExchange exchange, int bytes) {}
}
