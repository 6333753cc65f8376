package io.boxcar.metrics;

import io.boxcar.batching.Counter;
import java.util.List;

/**
 * What one listener counts of captured connections of one protocol on one event loop. Written by that event loop only, read by any
 * thread.
 */
public final class CaptureMetrics {

    final SeriesList series;

    private final Counter[] connections;

    /** Metrics that {@link BoxcarMetrics#add(CaptureMetrics)} makes visible under the labels {@code listener} and {@code protocol}. */
    public CaptureMetrics(String listener, String protocol) {
        series = new SeriesList(List.of("listener", "protocol"), List.of(listener, protocol));
        connections = series.counters(
                "boxcar_captured_connections_total",
                "result",
                CaptureResult.values(),
                "Captured client connections by what became of them.");
    }

    /** Connections of which this became. */
    @SuppressWarnings("EnumOrdinal") // an index
    public Counter connections(CaptureResult result) {
        return connections[result.ordinal()];
    }

    /** The label {@code listener}. */
    public String listener() {
        return series.labelValues().get(0);
    }

    /** The label {@code protocol}. */
    public String protocol() {
        return series.labelValues().get(1);
    }
}
