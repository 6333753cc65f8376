package io.boxcar.metrics;

import io.boxcar.batching.Counter;
import java.util.List;

/**
 * The TLS handshakes of one listener or upstream on one event loop. Written by that event loop only, read by any thread; {@link
 * BoxcarMetrics} adds them up.
 */
public final class TlsMetrics {

    final SeriesList series;

    public final Counter handshakes;

    private final Counter[] failures;

    private TlsMetrics(String label, String name) {
        SeriesList s = new SeriesList(List.of(label), List.of(name));
        series = s;
        handshakes = s.counter("boxcar_tls_handshakes_total", "TLS handshakes completed.");
        failures = s.counters(
                "boxcar_tls_handshakes_failed_total",
                "reason",
                TlsFailure.values(),
                "TLS handshakes that failed, by what was wrong.");
    }

    /** Metrics with the label {@code listener}. */
    public static TlsMetrics ofListener(String listener) {
        return new TlsMetrics("listener", listener);
    }

    /** Metrics with the label {@code upstream}. */
    public static TlsMetrics ofUpstream(String upstream) {
        return new TlsMetrics("upstream", upstream);
    }

    /** Handshakes that failed for this reason. */
    @SuppressWarnings("EnumOrdinal") // an index, for speed
    public Counter failures(TlsFailure kind) {
        return failures[kind.ordinal()];
    }

    boolean isOfListener() {
        return series.labelNames().contains("listener");
    }

    /** One of the same labels that has counted nothing. */
    TlsMetrics blank() {
        return new TlsMetrics(
                series.labelNames().getFirst(), series.labelValues().getFirst());
    }
}
