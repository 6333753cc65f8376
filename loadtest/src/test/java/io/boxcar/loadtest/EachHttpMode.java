package io.boxcar.loadtest;

import io.boxcar.loadtest.origin.HttpOrigin;
import java.io.IOException;

/** One HTTP origin, and before it a Boxcar for each protocol in which Boxcar can speak to it. */
final class EachHttpMode implements AutoCloseable {
    private final HttpOrigin origin;
    private final LocalBoxcar overHttp1;
    private final LocalBoxcar overHttp2;

    private EachHttpMode(HttpOrigin origin, LocalBoxcar overHttp1, LocalBoxcar overHttp2) {
        this.origin = origin;
        this.overHttp1 = overHttp1;
        this.overHttp2 = overHttp2;
    }

    static EachHttpMode start() throws IOException {
        HttpOrigin origin = HttpOrigin.start();
        return new EachHttpMode(
                origin,
                LocalBoxcar.http(origin.address(), "upstreams.http.http.mode=pipeline")
                        .ready(),
                LocalBoxcar.http(origin.address(), "upstreams.http.http.mode=auto")
                        .ready());
    }

    HttpOrigin origin() {
        return origin;
    }

    /** Where {@code path} is: {@code upstream} says what is spoken behind Boxcar. */
    String url(HttpVersionBehind upstream, String path) {
        return "http://127.0.0.1:" + boxcar(upstream).port() + path;
    }

    LocalBoxcar boxcar(HttpVersionBehind upstream) {
        return switch (upstream) {
            case HTTP_1 -> overHttp1;
            case HTTP_2 -> overHttp2;
        };
    }

    @Override
    public void close() {
        overHttp1.close();
        overHttp2.close();
        origin.close();
    }
}
