package io.boxcar.proxy.config;

import static java.util.Map.entry;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a configuration as HOCON that has every key, and that reads back to an equal configuration but for passwords. */
final class EffectiveConfig {

    private static final ConfigRenderOptions OPTIONS =
            ConfigRenderOptions.defaults().setJson(false).setOriginComments(false);

    private EffectiveConfig() {}

    static String render(BoxcarConfig config) {
        Map<String, Object> listeners = new LinkedHashMap<>();
        config.listeners().forEach(listener -> listeners.put(listener.name(), listener(listener)));
        Map<String, Object> upstreams = new LinkedHashMap<>();
        config.upstreams().forEach(upstream -> upstreams.put(upstream.name(), upstream(upstream)));
        Map<String, Object> boxcar = Map.ofEntries(
                entry("loops", config.loops() == 0 ? "auto" : config.loops()),
                entry("transport", lower(config.transport())),
                entry("admin", admin(config.admin())),
                entry(
                        "shutdown",
                        Map.of(
                                "lame-duck", Quantity.ofTime(config.shutdown().lameDuckNs()),
                                "drain-timeout",
                                        Quantity.ofTime(config.shutdown().drainTimeoutNs()))),
                entry("reload", Map.of("watch", Quantity.ofTime(config.watchNs()))),
                entry("listeners", listeners),
                entry("upstreams", upstreams),
                entry(
                        "log",
                        Map.of(
                                "format", lower(config.log().format()),
                                "level", lower(config.log().level()))),
                entry("access-log", accessLog(config.log().access())));
        return ConfigValueFactory.fromMap(Map.of("boxcar", boxcar)).render(OPTIONS);
    }

    private static Map<String, Object> admin(@Nullable AdminConfig admin) {
        AdminConfig.Tls tls = admin == null ? AdminConfig.Tls.OFF : admin.tls();
        return Map.of(
                "listen",
                admin == null ? "off" : admin.listen().toString(),
                "token",
                admin == null ? "" : admin.maskedToken(),
                "metrics-open",
                admin == null || admin.openMetrics(),
                "tls",
                Map.of("cert", tls.cert(), "key", tls.key(), "ca", tls.ca()));
    }

    private static Map<String, Object> accessLog(AccessLogConfig accessLog) {
        return Map.of(
                "output", accessLog.output(),
                "sample", accessLog.sample(),
                "errors", accessLog.errorsPerSecond(),
                "buffer", accessLog.buffer());
    }

    private static Map<String, Object> listener(ListenerConfig listener) {
        ListenerLimits limits = listener.limits();
        CaptureConfig capture = listener.capture();
        Map<String, Object> keys = new LinkedHashMap<>(Map.of(
                "protocol", listener.protocol(),
                "listen", listener.listen().toString(),
                "upstream", listener.upstream(),
                "backlog", listener.backlog(),
                "client-state", lower(listener.clientState()),
                "http", http(listener.http()),
                "direction", lower(listener.direction()),
                "tls", tls(listener.tls()),
                "limits",
                        Map.of(
                                "clients", limits.maxClients(),
                                "pipeline", limits.maxPipeline(),
                                "output", Quantity.ofSize(limits.maxOutputBytes()),
                                "output-pause", Quantity.ofSize(limits.pauseOutputBytes()),
                                "stream-above", Quantity.ofSize(limits.streamAboveBytes()),
                                "request", Quantity.ofSize(limits.maxRequestBytes()),
                                "destinations", capture.maxDestinations()),
                "timeout",
                        Map.of(
                                "idle", Quantity.ofTime(limits.idleTimeoutNs()),
                                "request-read", Quantity.ofTime(limits.requestReadTimeoutNs()),
                                "destination", Quantity.ofTime(capture.destinationIdleNs()))));
        keys.putAll(CaptureReader.keys(capture));
        if (capture.isOn()) {
            keys.remove("protocol");
            keys.remove("upstream");
        }
        return keys;
    }

    private static Map<String, Object> http(HttpListenerConfig http) {
        HttpListenerConfig.Limits limits = http.limits();
        HttpListenerConfig.Timeout timeout = http.timeout();
        return Map.of(
                "via", http.via().isEmpty() ? "off" : http.via(),
                "connect", http.connect(),
                "routes",
                        http.routes().stream()
                                .map(route -> Map.of(
                                        "host", route.host(), "path", route.path(), "upstream", route.upstream()))
                                .toList(),
                "limits",
                        Map.of(
                                "line", Quantity.ofSize(limits.maxLineBytes()),
                                "header", Quantity.ofSize(limits.maxHeaderBytes()),
                                "fields", limits.maxFields(),
                                "body", Quantity.ofSize(limits.maxBodyBytes()),
                                "whole-body", Quantity.ofSize(limits.wholeBodyBytes()),
                                "requests", limits.maxRequests(),
                                "streams", limits.maxStreams(),
                                "resets", limits.maxResets()),
                "timeout",
                        Map.of(
                                "header", Quantity.ofTime(timeout.headerNs()),
                                "body", Quantity.ofTime(timeout.bodyNs()),
                                "write", Quantity.ofTime(timeout.writeNs()),
                                "idle", Quantity.ofTime(timeout.idleNs())));
    }

    private static Map<String, Object> upstream(UpstreamConfig upstream) {
        BatchingConfig batching = upstream.batching();
        TimeoutConfig timeout = upstream.timeout();
        RoutingConfig routing = upstream.routing();
        PinnedConfig pinned = upstream.pinned();
        return Map.ofEntries(
                entry(
                        "endpoints",
                        upstream.isTemplate()
                                ? List.of(CaptureConfig.ORIGINAL)
                                : upstream.endpoints().stream()
                                        .map(Address::toString)
                                        .toList()),
                entry("cluster", routing.cluster()),
                entry("distribution", lower(routing.distribution())),
                entry("split", routing.split()),
                entry("read-from", lower(routing.readFrom())),
                entry(
                        "auth",
                        Map.of(
                                "user", upstream.auth().user(),
                                "password", upstream.auth().maskedPassword())),
                entry("connections", upstream.connections()),
                entry("slow-lane-above", Quantity.ofSize(upstream.slowLaneAboveBytes())),
                entry("resend-reads", upstream.resendReads()),
                entry("http", http(upstream.http())),
                entry("tls", tls(upstream.tls())),
                entry(
                        "pinned",
                        Map.of(
                                "max", pinned.max(),
                                "idle", pinned.maxIdle(),
                                "idle-timeout", Quantity.ofTime(pinned.idleTimeoutNs()),
                                "wait", Quantity.ofTime(pinned.waitNs()))),
                entry(
                        "batching",
                        Map.of(
                                "mode", lower(batching.mode()),
                                "max-requests", batching.maxRequests(),
                                "max-bytes", Quantity.ofSize(batching.maxBytes()),
                                "linger", Quantity.ofTime(batching.lingerNs()),
                                "ring-size", batching.ringSize())),
                entry(
                        "timeout",
                        Map.of(
                                "connect", Quantity.ofTime(timeout.connectNs()),
                                "queue", Quantity.ofTime(timeout.queueNs()),
                                "request", Quantity.ofTime(timeout.requestNs()),
                                "silence", Quantity.ofTime(timeout.silenceNs()))),
                entry(
                        "limits",
                        Map.of(
                                "in-flight", upstream.limits().maxInFlight(),
                                "bytes-in-flight",
                                        Quantity.ofSize(upstream.limits().maxBytesInFlight()))));
    }

    private static Map<String, Object> http(HttpUpstreamConfig http) {
        HttpUpstreamConfig.Retry retry = http.retry();
        HttpUpstreamConfig.Outlier outlier = http.outlier();
        HttpUpstreamConfig.HealthCheck check = http.healthCheck();
        return Map.ofEntries(
                entry("mode", lower(http.mode())),
                entry("pipelining", lower(http.pipelining())),
                entry("pipelining-depth", http.pipeliningDepth()),
                entry("connections", http.connections()),
                entry("max-connections", http.maxConnections()),
                entry("max-requests", http.maxRequests()),
                entry("requests-per-connection", http.requestsPerConnection()),
                entry("connection-age", Quantity.ofTime(http.connectionAgeNs())),
                entry("idle-timeout", Quantity.ofTime(http.idleTimeoutNs())),
                entry("balance", lower(http.balance()).replace('_', '-')),
                entry(
                        "retry",
                        Map.of("attempts", retry.attempts(), "budget", retry.budgetPercent(), "min", retry.min())),
                entry(
                        "outlier",
                        Map.of(
                                "failures", outlier.failures(),
                                "ejection", Quantity.ofTime(outlier.ejectionNs()),
                                "max-ejected", outlier.maxEjectedPercent())),
                entry(
                        "health-check",
                        Map.of(
                                "path", check.path(),
                                "interval", Quantity.ofTime(check.intervalNs()),
                                "timeout", Quantity.ofTime(check.timeoutNs()),
                                "failures", check.failures())),
                entry("resolve-min", Quantity.ofTime(http.resolveMinNs())),
                entry("resolve-max", Quantity.ofTime(http.resolveMaxNs())),
                entry(
                        "timeout",
                        Map.of(
                                "response", Quantity.ofTime(http.timeout().responseNs()),
                                "body", Quantity.ofTime(http.timeout().bodyNs()))));
    }

    private static Map<String, Object> tls(ListenerTls tls) {
        return Map.of(
                "cert", tls.cert(),
                "key", tls.key(),
                "ca", tls.ca(),
                "client-auth", lower(tls.clientAuth()),
                "min-version", tls.minVersion().toString());
    }

    private static Map<String, Object> tls(UpstreamTls tls) {
        return Map.of(
                "enabled", tls.enabled(),
                "ca", tls.ca(),
                "cert", tls.cert(),
                "key", tls.key(),
                "server-name", tls.serverName(),
                "verify", tls.verify(),
                "min-version", tls.minVersion().toString());
    }

    private static String lower(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }
}
