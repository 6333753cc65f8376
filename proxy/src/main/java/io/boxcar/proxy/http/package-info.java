/**
 * The syntax of HTTP/1.1 messages (RFC 9110, RFC 9112), strictly: what is not in the grammar, or could be framed in two ways, is
 * refused and never repaired.
 *
 * <p>Inside Boxcar each message is clean HTTP/1.1 bytes, the canonical form: a request or status line, the end-to-end fields in
 * their order and case, an empty line. What belongs to one connection only (Connection and what it names, Transfer-Encoding,
 * Keep-Alive, Proxy-Connection, TE, Upgrade, HTTP2-Settings) is read here and left out there; the body is raw data beside it.
 *
 * <p>Starting points: {@link io.boxcar.proxy.http.RequestHead}, {@link io.boxcar.proxy.http.ResponseHead} and
 * {@link io.boxcar.proxy.http.ChunkedBody}. {@link io.boxcar.proxy.http.FieldLines} knows lines,
 * {@link io.boxcar.proxy.http.Framing} what they say about body and connection, {@link io.boxcar.proxy.http.Octets} bytes.
 */
@NullMarked
package io.boxcar.proxy.http;

import org.jspecify.annotations.NullMarked;
