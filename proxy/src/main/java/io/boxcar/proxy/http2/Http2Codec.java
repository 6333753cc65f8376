package io.boxcar.proxy.http2;

import io.boxcar.proxy.config.HttpListenerConfig;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;

/** Makes Netty's frame codec with Boxcar's settings. */
final class Http2Codec extends Http2FrameCodecBuilder {
    /** Bytes that a peer may send on one stream before we have taken any. */
    static final int STREAM_WINDOW_BYTES = 1024 * 1024;

    /**
     * What all streams of a connection may send besides, before we have taken any. The bound on what peers make us hold; and as long as
     * fewer streams than this are stuck with a full window each, because nobody takes their bytes, the others feel nothing of it.
     */
    static final int MORE_CONNECTION_BYTES = 16 * STREAM_WINDOW_BYTES;

    /** Of the header list of a response. */
    static final int MAX_RESPONSE_HEAD_BYTES = 256 * 1024;

    /** What RFC 9113, section 6.5.2, adds to each field when it counts a header list. */
    private static final int FIELD_OVERHEAD_BYTES = 32;

    /** A peer that resets more streams in this time than it may has its connection ended. */
    private static final int RESETS_SECONDS = 30;

    private Http2Codec(boolean server, Http2Settings settings) {
        Http2Connection connection = new DefaultHttp2Connection(server);
        // Streams of a client or of many clients are equals; priorities (RFC 7540) are obsolete.
        connection
                .remote()
                .flowController(
                        new DefaultHttp2RemoteFlowController(connection, new UniformStreamByteDistributor(connection)));
        // One stream that is not read must not use up what the others of its connection may send.
        connection
                .local()
                .flowController(new DefaultHttp2LocalFlowController(
                        connection, DefaultHttp2LocalFlowController.DEFAULT_WINDOW_UPDATE_RATIO, true));
        connection(connection);
        initialSettings(settings);
        decoupleCloseAndGoAway(true);
    }

    /** For the connection of a client. */
    static Http2FrameCodec server(HttpListenerConfig.Limits limits) {
        long maxHeaderListBytes =
                limits.maxLineBytes() + limits.maxHeaderBytes() + (long) FIELD_OVERHEAD_BYTES * limits.maxFields();
        Http2Settings settings = new Http2Settings()
                .maxConcurrentStreams(limits.maxStreams())
                .initialWindowSize(STREAM_WINDOW_BYTES)
                .maxHeaderListSize(maxHeaderListBytes);
        return new Http2Codec(true, settings)
                .decoderEnforceMaxRstFramesPerWindow(limits.maxResets(), RESETS_SECONDS)
                .encoderEnforceMaxRstFramesPerWindow(limits.maxResets(), RESETS_SECONDS)
                .build();
    }

    /** For a connection to an upstream. */
    static Http2FrameCodec client() {
        Http2Settings settings = new Http2Settings()
                .pushEnabled(false)
                .initialWindowSize(STREAM_WINDOW_BYTES)
                .maxHeaderListSize(MAX_RESPONSE_HEAD_BYTES);
        // Names and values are judged by ResponseHeads, which leaves out what it can.
        return new Http2Codec(false, settings)
                .validateHeaders(false)
                .decoderEnforceMaxRstFramesPerWindow(0, RESETS_SECONDS)
                .encoderEnforceMaxRstFramesPerWindow(0, RESETS_SECONDS)
                .build();
    }
}
