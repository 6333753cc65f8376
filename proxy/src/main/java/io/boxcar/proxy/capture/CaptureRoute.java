package io.boxcar.proxy.capture;

import io.boxcar.proxy.config.CaptureConfig;
import io.boxcar.proxy.config.UpstreamConfig;
import io.boxcar.proxy.core.Service;
import org.jspecify.annotations.Nullable;

/**
 * Where connections go that a configured route matches.
 *
 * @param upstream the one it names
 * @param service what serves them all; null if {@code upstream} is a template, and each destination has its own
 */
public record CaptureRoute(
        CaptureConfig.Route config,
        UpstreamConfig upstream,
        @Nullable Service service) {}
