package io.boxcar.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All metrics of one Boxcar: what listeners and lanes count, reloads and the drain, and the basics of the JVM and the process. Any thread may call
 * any method; sources are added and removed when configuration or connections change, never per request.
 */
public final class BoxcarMetrics implements AutoCloseable {

    private final String version;
    private final Sources listeners = new Sources();
    private final Sources lanes = new Sources();
    private final Sources http = new Sources();
    private final Sources captured = new Sources();
    private final Sources accessLog = new Sources();
    private final Sources process = new Sources();
    private final LifecycleMetrics lifecycle = new LifecycleMetrics();

    // Apart, because a listener and an upstream may have the same name.
    private final Sources listenerHandshakes = new Sources();
    private final Sources upstreamHandshakes = new Sources();
    private final Sources listenerCertificates = new Sources();
    private final Sources upstreamCertificates = new Sources();

    /** Made by the first scrape: it takes some 100 ms to make, which a sidecar's start should not wait for. */
    private @Nullable Registry registry;

    /** Metrics of the Boxcar of this {@code version}. */
    public BoxcarMetrics(String version) {
        this.version = version;
        process.add(lifecycle.series);
    }

    /** Reloads and the drain. */
    public LifecycleMetrics lifecycle() {
        return lifecycle;
    }

    /** Makes {@code metrics} visible, added up with others of the same label. */
    public void add(ListenerMetrics metrics) {
        listeners.add(metrics.series);
    }

    /** Makes {@code metrics} visible, added up with others of the same labels. */
    public void add(LaneMetrics metrics) {
        lanes.add(metrics.series);
    }

    /** Makes {@code metrics} visible, added up with others of the same labels. */
    public void add(HttpMetrics metrics) {
        http.add(metrics.series);
    }

    /** Makes {@code metrics} visible, added up with others of the same labels. */
    public void add(CaptureMetrics metrics) {
        captured.add(metrics.series);
    }

    /** Ends {@code metrics}, which must not be written any more; the last one of its labels takes the series with it. */
    public void remove(CaptureMetrics metrics) {
        captured.remove(metrics.series, () -> new CaptureMetrics(metrics.listener(), metrics.protocol()).series);
    }

    /** Makes {@code metrics} visible, added up with the others. */
    public void add(AccessLogMetrics metrics) {
        accessLog.add(metrics.series);
    }

    /** Makes {@code metrics} visible, added up with others of the same label. */
    public void add(TlsMetrics metrics) {
        (metrics.isOfListener() ? listenerHandshakes : upstreamHandshakes).add(metrics.series);
    }

    /** Makes {@code metrics} visible. */
    public void add(CertificateMetrics metrics) {
        (metrics.isOfListener() ? listenerCertificates : upstreamCertificates).add(metrics.series);
    }

    /** Ends {@code metrics}, which must not be written any more; the last one of its label takes the series with it. */
    public void remove(ListenerMetrics metrics) {
        listeners.remove(metrics.series, () -> new ListenerMetrics(metrics.listener()).series);
    }

    /** Ends {@code metrics}, which must not be written any more; the last one of its labels takes the series with it. */
    public void remove(LaneMetrics metrics) {
        lanes.remove(metrics.series, () -> new LaneMetrics(metrics.upstream(), metrics.endpoint()).series);
    }

    /** Ends {@code metrics}, which must not be written any more; the last one of its labels takes the series with it. */
    public void remove(HttpMetrics metrics) {
        http.remove(metrics.series, () -> new HttpMetrics(metrics.upstream(), metrics.endpoint()).series);
    }

    /** Ends {@code metrics}, which must not be written any more; the last one of its label takes the series with it. */
    public void remove(TlsMetrics metrics) {
        (metrics.isOfListener() ? listenerHandshakes : upstreamHandshakes)
                .remove(metrics.series, () -> metrics.blank().series);
    }

    /** Ends {@code metrics}, which must not be written any more. */
    public void remove(CertificateMetrics metrics) {
        (metrics.isOfListener() ? listenerCertificates : upstreamCertificates)
                .remove(metrics.series, () -> metrics.blank().series);
    }

    /** Everything in the Prometheus text format 0.0.4. Scrapes wait for each other. */
    public synchronized String scrape() {
        if (registry == null) {
            registry = new Registry(
                    version,
                    new Exposition(List.of(
                            listeners,
                            lanes,
                            http,
                            captured,
                            accessLog,
                            process,
                            listenerHandshakes,
                            upstreamHandshakes,
                            listenerCertificates,
                            upstreamCertificates)));
        }
        return registry.scrape();
    }

    /**
     * What listeners and lanes count, as nested maps and lists of strings and numbers, for JSON: {@code version},
     * {@code totals}, {@code listeners}, {@code upstreams}, {@code http} and {@code captured}, which may be empty, {@code lifecycle}, and
     * {@code tls}, if there is any. Keys are the metric names without {@code boxcar_}, {@code upstream_} and {@code _total}; measured
     * times are in microseconds and their keys end in {@code _us}.
     */
    public Map<String, Object> stats() {
        Map<String, Object> totals = new LinkedHashMap<>();
        totals.put("listeners", Statistics.totals(listeners));
        totals.put("upstreams", Statistics.totals(lanes));
        totals.put("http", Statistics.totals(http));
        totals.put("captured", Statistics.totals(captured));
        Map<String, Object> stats = new LinkedHashMap<>();
        stats.put("version", version);
        stats.put("totals", totals);
        stats.put("listeners", Statistics.perGroup(listeners));
        stats.put("upstreams", Statistics.perGroup(lanes));
        stats.put("http", Statistics.perGroup(http));
        stats.put("captured", Statistics.perGroup(captured));
        stats.put("lifecycle", Statistics.totals(process));
        List<Map<String, Object>> tls = new ArrayList<>();
        for (Sources each :
                List.of(listenerHandshakes, upstreamHandshakes, listenerCertificates, upstreamCertificates)) {
            tls.addAll(Statistics.perGroup(each));
        }
        if (!tls.isEmpty()) {
            stats.put("tls", tls);
        }
        return stats;
    }

    /** Stops listening to the JVM's garbage collector. */
    @Override
    public synchronized void close() {
        if (registry != null) {
            registry.close();
            registry = null;
        }
    }
}
