/**
 * HTTP/2 (RFC 9113) on both sides, in cleartext with prior knowledge: streams on the wire, canonical HTTP/1.1 bytes inside.
 *
 * <pre>
 *   client --frames--&gt; Http2Client --canonical requests--&gt; HttpLane --&gt; Http2UpstreamConnection --frames--&gt; upstream
 *     ^------frames------'  ^-----------canonical responses-------------------'    ^-------frames-----------'
 * </pre>
 *
 * Frames, HPACK and windows are Netty's {@code Http2FrameCodec}; there is one handler and one table of streams for a connection, and
 * no channel for a stream.
 *
 * <p>Starting points: {@link io.boxcar.proxy.http2.Http2Client}, {@link io.boxcar.proxy.http2.Http2UpstreamConnection}, and for what
 * becomes of a head {@link io.boxcar.proxy.http2.RequestHeads} and {@link io.boxcar.proxy.http2.ResponseHeads}.
 */
@NullMarked
package io.boxcar.proxy.http2;

import org.jspecify.annotations.NullMarked;
