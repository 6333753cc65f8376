package io.boxcar.metrics;

import io.boxcar.batching.Counter;
import java.util.List;

/**
 * What one thread that has to do with the access log counts. Written by that thread only, read by any; {@link BoxcarMetrics}
 * adds them up.
 */
public final class AccessLogMetrics {

    final SeriesList series = new SeriesList(List.of(), List.of());

    public final Counter lines = series.counter("boxcar_access_log_lines_total", "Lines written to the access log.");
    public final Counter dropped = series.counter(
            "boxcar_access_log_dropped_total",
            "Lines that were not written to the access log, because exchanges ended faster than it takes lines, or errors came"
                    + " more often than access-log.errors allows.");
    public final Counter failed = series.counter(
            "boxcar_access_log_failed_total", "Lines lost because the output of the access log could not be written.");
}
