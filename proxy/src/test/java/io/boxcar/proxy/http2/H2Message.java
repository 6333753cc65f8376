package io.boxcar.proxy.http2;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What a peer has received on one stream. Written by its event loop; the futures are for any thread. */
final class H2Message {
    Http2Headers head = new DefaultHttp2Headers(false);
    Http2Headers trailers = new DefaultHttp2Headers(false);
    final List<String> interim = new ArrayList<>();
    final ByteArrayOutputStream body = new ByteArrayOutputStream();
    long bytes;
    final CompletableFuture<H2Message> headCame = new CompletableFuture<>();
    final CompletableFuture<H2Message> whole = new CompletableFuture<>();
    final CompletableFuture<Long> reset = new CompletableFuture<>();

    String status() {
        return String.valueOf(head.status());
    }

    String field(String name) {
        return String.valueOf(head.get(name));
    }

    String text() {
        return body.toString(java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    static <T> T await(CompletableFuture<T> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }
}
