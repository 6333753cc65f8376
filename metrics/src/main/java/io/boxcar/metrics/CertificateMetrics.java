package io.boxcar.metrics;

import io.boxcar.batching.Counter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The certificate files of one listener or upstream. Written by one thread at a time, read by any. */
public final class CertificateMetrics {

    final SeriesList series;

    /** Gauge: when the first certificate of the chain expires, in seconds since 1970; null if there is none. */
    public final @Nullable Counter expirySeconds;

    public final Counter reloads;
    public final Counter failedReloads;

    /** Gauge: 1 if the files could not be used when they changed last, else 0. */
    public final Counter isStale;

    private final boolean hasCertificate;

    private CertificateMetrics(String label, String name, boolean hasCertificate) {
        SeriesList s = new SeriesList(List.of(label), List.of(name));
        this.series = s;
        this.hasCertificate = hasCertificate;
        expirySeconds = hasCertificate
                ? s.gauge(
                        "boxcar_tls_certificate_expiry_timestamp_seconds",
                        "When the certificate, or the first one of those it rests on, expires; in seconds since 1970.")
                : null;
        reloads = s.counter("boxcar_tls_reloads_total", "Times that changed certificate files were put to use.");
        failedReloads = s.counter(
                "boxcar_tls_reloads_failed_total",
                "Times that changed certificate files could not be used, so that the old ones stayed in use.");
        isStale = s.gauge(
                "boxcar_tls_files_rejected",
                "1 if the certificate files could not be used when they changed last, and older ones are in use.");
    }

    /** Metrics with the label {@code listener}. */
    public static CertificateMetrics ofListener(String listener) {
        return new CertificateMetrics("listener", listener, true);
    }

    /** Metrics with the label {@code upstream}. */
    public static CertificateMetrics ofUpstream(String upstream, boolean hasCertificate) {
        return new CertificateMetrics("upstream", upstream, hasCertificate);
    }

    boolean isOfListener() {
        return series.labelNames().contains("listener");
    }

    /** One of the same labels that has counted nothing. */
    CertificateMetrics blank() {
        return new CertificateMetrics(
                series.labelNames().getFirst(), series.labelValues().getFirst(), hasCertificate);
    }
}
