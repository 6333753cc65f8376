package io.boxcar.metrics;

import io.boxcar.batching.Counter;
import java.util.List;

/**
 * How the process came to its configuration, and whether it is about to end. Any thread may call any method; times are
 * seconds since 1970.
 */
public final class LifecycleMetrics {

    /** What became of a new configuration; the label {@code result} of {@code boxcar_config_reloads_total}. */
    private enum ReloadResult {
        APPLIED,
        REFUSED
    }

    final SeriesList series = new SeriesList(List.of(), List.of());

    private final Counter[] reloads;
    /** Gauge. */
    private final Counter lastReloadSuccessful;
    /** Gauge. */
    private final Counter lastReloadSuccessSeconds;
    /** Gauge. */
    private final Counter draining;
    /** Gauge. */
    private final Counter drainStartSeconds;
    /** Gauge. */
    private final Counter drainTimeoutSeconds;

    LifecycleMetrics() {
        reloads = series.counters(
                "boxcar_config_reloads_total",
                "result",
                ReloadResult.values(),
                "New configurations, by what became of them; a refused one changed nothing.");
        lastReloadSuccessful = series.gauge(
                "boxcar_config_last_reload_successful",
                "1 if the last configuration offered is in force, 0 if it was refused and the one before still is.");
        lastReloadSuccessSeconds = series.gauge(
                "boxcar_config_last_reload_success_timestamp_seconds",
                "When the configuration in force was applied, in seconds since 1970.");
        draining = series.gauge(
                "boxcar_draining", "1 while what is in flight is being finished before the process exits, else 0.");
        drainStartSeconds = series.gauge(
                "boxcar_drain_start_timestamp_seconds",
                "When the drain began, in seconds since 1970; 0 if there is none.");
        drainTimeoutSeconds = series.gauge(
                "boxcar_drain_timeout_seconds",
                "How long a drain may take before clients are cut off, with the lame-duck time.");
        lastReloadSuccessful.set(1);
    }

    /** The process serves with the configuration that it was started with. */
    public synchronized void started(long nowSeconds, long configuredDrainTimeoutSeconds) {
        lastReloadSuccessSeconds.set(nowSeconds);
        drainTimeoutSeconds.set(configuredDrainTimeoutSeconds);
    }

    /** A new configuration is in force. */
    @SuppressWarnings("EnumOrdinal") // an index
    public synchronized void reloadSucceeded(long nowSeconds) {
        reloads[ReloadResult.APPLIED.ordinal()].increment();
        lastReloadSuccessful.set(1);
        lastReloadSuccessSeconds.set(nowSeconds);
    }

    /** A new configuration was refused and has changed nothing. */
    @SuppressWarnings("EnumOrdinal") // an index
    public synchronized void reloadFailed() {
        reloads[ReloadResult.REFUSED.ordinal()].increment();
        lastReloadSuccessful.set(0);
    }

    /** A drain that ends with the exit of the process has begun at {@code sinceSeconds}, or has been called off. */
    public synchronized void draining(boolean isDraining, long sinceSeconds) {
        draining.set(isDraining ? 1 : 0);
        drainStartSeconds.set(isDraining ? sinceSeconds : 0);
    }

    /** The configured drain timeout is another now. */
    public synchronized void drainTimeout(long configuredSeconds) {
        drainTimeoutSeconds.set(configuredSeconds);
    }
}
