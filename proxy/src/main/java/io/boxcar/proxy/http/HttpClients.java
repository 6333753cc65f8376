package io.boxcar.proxy.http;

import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.core.Client;
import io.boxcar.proxy.core.Listener;

/** Makes the client side of a connection for each version of HTTP. */
public interface HttpClients {
    /** HTTP/1.1, which may turn out to be HTTP/2 by its first bytes; then it makes way for {@link #http2}. */
    Client http1(HttpService service, Listener listener, HttpLoop loop, ListenerMetrics metrics);

    /** HTTP/2, RFC 9113, to be added to the pipeline before its preface is read. */
    Client http2(HttpService service, Listener listener, HttpLoop loop, ListenerMetrics metrics);
}
