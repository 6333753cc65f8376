package io.boxcar.proxy.config;

import io.boxcar.proxy.config.CaptureConfig.Protocol;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads and writes the keys of listeners that take captured connections. */
final class CaptureReader {

    private static final List<String> ROUTE_KEYS = List.of("to", "port", "protocol", "upstream");
    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
    private static final long DAY = TimeUnit.DAYS.toNanos(1);
    private static final int MAX_DESTINATIONS = 1 << 16;

    private CaptureReader() {}

    static CaptureConfig listener(Section section) {
        CaptureConfig capture = new CaptureConfig(
                section.oneOf("capture", CaptureConfig.Mode.values()),
                routeBlocks(section).stream().map(CaptureReader::route).toList(),
                ports(section, "ports.redis"),
                ports(section, "ports.http"),
                section.timeNs("detect-timeout", MS, MINUTE),
                section.integer("limits.destinations", 0, MAX_DESTINATIONS),
                section.timeNs("timeout.destination", MS, DAY));
        if (!capture.isOn() && !capture.routes().isEmpty()) {
            section.problem("routes", "needs capture = redirect or capture = tproxy");
        }
        if (capture.isOn()) {
            for (String key : List.of("protocol", "upstream")) {
                if (section.has(key)) {
                    section.problem(key, "has no meaning with capture, where routes say it; leave it out");
                }
            }
        }
        return capture;
    }

    static List<Section> routeBlocks(Section section) {
        return section.blocks("routes", ROUTE_KEYS);
    }

    private static CaptureConfig.Route route(Section block) {
        Protocol protocol = block.has("protocol") ? block.oneOf("protocol", Protocol.values()) : Protocol.DETECT;
        String upstream = block.has("upstream") ? block.verbatim("upstream") : CaptureConfig.ORIGINAL;
        return new CaptureConfig.Route(
                block.has("to") ? cidr(block) : null,
                block.has("port") ? ports(block, "port") : PortRanges.NONE,
                protocol,
                upstream);
    }

    private static @Nullable Cidr cidr(Section block) {
        try {
            return Cidr.parse(block.verbatim("to"));
        } catch (IllegalArgumentException e) {
            block.problem("to", "is not right: " + e.getMessage());
            return null;
        }
    }

    private static PortRanges ports(Section section, String key) {
        try {
            return PortRanges.parse(String.join(",", section.texts(key)));
        } catch (IllegalArgumentException e) {
            section.problem(key, "is not right: " + e.getMessage());
            return PortRanges.NONE;
        }
    }

    /** Whether an upstream takes its endpoint from captured connections: {@code endpoints = ["original"]}. */
    static boolean isTemplate(Section upstream) {
        return upstream.texts("endpoints").equals(List.of(CaptureConfig.ORIGINAL));
    }

    /** The keys of a listener that are not in a block with others. */
    static Map<String, Object> keys(CaptureConfig capture) {
        return Map.of(
                "capture", lower(capture.mode()),
                "routes", capture.routes().stream().map(CaptureReader::keys).toList(),
                "ports",
                        Map.of(
                                "redis", capture.redisPorts().toString(),
                                "http", capture.httpPorts().toString()),
                "detect-timeout", Quantity.ofTime(capture.detectTimeoutNs()));
    }

    private static Map<String, Object> keys(CaptureConfig.Route route) {
        Map<String, Object> keys = new LinkedHashMap<>();
        if (route.to() != null) {
            keys.put("to", route.to().toString());
        }
        if (!route.ports().isEmpty()) {
            keys.put("port", route.ports().toString());
        }
        keys.put("protocol", lower(route.protocol()));
        keys.put("upstream", route.upstream());
        return keys;
    }

    private static String lower(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }
}
