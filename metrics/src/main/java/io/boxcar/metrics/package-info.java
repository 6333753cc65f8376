/**
 * Counters and histograms with one writer each, and their way to Micrometer, the Prometheus text format and {@code /stats}.
 *
 * <p>Starting points: {@link io.boxcar.metrics.ListenerMetrics}, {@link io.boxcar.metrics.LaneMetrics} and {@link
 * io.boxcar.metrics.HttpMetrics} are what the data path writes; each field is declared there with its name and its sentence. {@link
 * io.boxcar.metrics.LifecycleMetrics} tells of reloads and the drain. {@link io.boxcar.metrics.BoxcarMetrics} adds them up and shows
 * them. {@link io.boxcar.metrics.Histogram} is the recording.
 */
@NullMarked
package io.boxcar.metrics;

import org.jspecify.annotations.NullMarked;
