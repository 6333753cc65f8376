package io.boxcar.proxy.capture;

import io.boxcar.proxy.config.CaptureConfig;
import io.boxcar.proxy.config.UpstreamConfig;

/** Makes the lanes to a destination. Any thread. */
public interface DestinationOpener {
    /**
     * @param protocol {@code REDIS} or {@code HTTP}
     * @param upstream with the destination as its only endpoint
     */
    Destination open(CaptureConfig.Protocol protocol, UpstreamConfig upstream);
}
