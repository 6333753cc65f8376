package io.boxcar.proxy.http;

/** Makes upstream connections of each version of HTTP. */
public interface HttpConnections {
    /** HTTP/1.1, RFC 9112. */
    HttpConnection http1(HttpLane lane);

    /**
     * HTTP/2 with prior knowledge, RFC 9113.
     *
     * @param isProbe whether it is not known if the upstream speaks it: then {@link HttpLane#isNotHttp2} says that it does not
     */
    HttpConnection http2(HttpLane lane, boolean isProbe);
}
