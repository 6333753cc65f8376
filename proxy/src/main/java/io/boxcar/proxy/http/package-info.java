/**
 * What both versions of HTTP share: the syntax of messages, and their way from a client through a lane to an endpoint and back.
 * Inside Boxcar every message is canonical HTTP/1.1 bytes: its head without anything that is between two hops only, and beside it
 * the bare body; so any front speaks to any upstream.
 *
 * <pre>
 *   client (http1, http2) -- HttpExchange --&gt; HttpUpstream: Balancer --&gt; HttpEndpoint --&gt; HttpLane --&gt; HttpPool
 *        ResponseSink  &lt;------------------------------------------------------------------ HttpConnection (http1, http2)
 * </pre>
 *
 * <h2>Starting points</h2>
 *
 * <ul>
 *   <li>{@link io.boxcar.proxy.http.HttpExchange}: one request and its response, and who owns it when
 *   <li>{@link io.boxcar.proxy.http.HttpUpstream}: which endpoint, and whether again
 *   <li>{@link io.boxcar.proxy.http.HttpLane}: gathering and departure
 *   <li>{@link io.boxcar.proxy.http.HttpPool}: which connections there are, and what they speak
 *   <li>{@link io.boxcar.proxy.http.RequestHead}, {@link io.boxcar.proxy.http.ResponseHead}, {@link
 *       io.boxcar.proxy.http.ChunkedBody}: the strict syntax of HTTP/1.1
 * </ul>
 */
@NullMarked
package io.boxcar.proxy.http;

import org.jspecify.annotations.NullMarked;
