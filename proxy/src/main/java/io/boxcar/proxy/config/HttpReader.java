package io.boxcar.proxy.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Reads the blocks {@code http} of listeners and upstreams, and checks what one value alone cannot tell. */
final class HttpReader {

    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern HOST =
            Pattern.compile("(\\*\\.)?[0-9A-Za-z_-]+(\\.[0-9A-Za-z_-]+)*|\\[[0-9A-Fa-f:.]+]");
    private static final Pattern PATH = Pattern.compile("/[!-\"$->@-~]*");
    private static final List<String> ROUTE_KEYS = List.of("host", "path", "upstream");

    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);
    private static final long DAY = TimeUnit.DAYS.toNanos(1);
    private static final long YEAR = 365 * DAY;
    private static final long MIB = 1L << 20;
    private static final long TIB = 1L << 40;
    private static final int MILLION = 1_000_000;
    private static final int MOST = Integer.MAX_VALUE;

    private HttpReader() {}

    static HttpListenerConfig listener(Section section) {
        String via = section.verbatim("http.via");
        if (!TOKEN.matcher(via).matches()) {
            section.problem("http.via", "is not a pseudonym; use letters, digits, - and _, or off for no Via field");
        }
        return new HttpListenerConfig(
                via.equals("off") ? "" : via,
                section.yesOrNo("http.connect"),
                routes(section),
                new HttpListenerConfig.Limits(
                        (int) section.size("http.limits.line", 64, 16 * MIB),
                        (int) section.size("http.limits.header", 64, 16 * MIB),
                        section.integer("http.limits.fields", 1, MILLION),
                        section.size("http.limits.body", 0, TIB),
                        (int) section.size("http.limits.whole-body", 0, 64 * MIB),
                        section.integer("http.limits.requests", 0, MOST),
                        section.integer("http.limits.streams", 1, MILLION),
                        section.integer("http.limits.resets", 1, MILLION)),
                new HttpListenerConfig.Timeout(
                        section.timeNs("http.timeout.header", MS, DAY),
                        section.timeNs("http.timeout.body", MS, DAY),
                        section.timeNs("http.timeout.write", MS, DAY),
                        section.timeNs("http.timeout.idle", 0, YEAR)));
    }

    private static List<HttpListenerConfig.Route> routes(Section section) {
        List<HttpListenerConfig.Route> routes = new ArrayList<>();
        Set<String> places = new HashSet<>();
        for (Section block : routeBlocks(section)) {
            HttpListenerConfig.Route route = route(block);
            routes.add(route);
            if (!places.add(route.host() + route.path())) {
                block.problem("upstream", "has the host and path of an earlier route; leave one of them out");
            }
        }
        return routes;
    }

    /** The routes of a listener, each as a block that has a key {@code upstream} unless that is a problem already told. */
    static List<Section> routeBlocks(Section section) {
        return section.blocks("http.routes", ROUTE_KEYS);
    }

    private static HttpListenerConfig.Route route(Section block) {
        String host = block.has("host") ? block.verbatim("host") : "";
        String path = block.has("path") ? block.verbatim("path") : "";
        if (!host.isEmpty() && !HOST.matcher(host).matches()) {
            block.problem("host", "is not a host; write it without a port, as in api.example.com or *.example.com");
        }
        if (!path.isEmpty() && !PATH.matcher(path).matches()) {
            block.problem("path", "is not the start of a path; write it as in /v1, without ? and #");
        }
        if (host.isEmpty() && path.isEmpty()) {
            block.problem("upstream", "has neither host nor path; add one, or leave out the route");
        }
        return new HttpListenerConfig.Route(host.toLowerCase(Locale.ROOT), path, block.verbatim("upstream"));
    }

    static HttpUpstreamConfig upstream(Section section) {
        HttpUpstreamConfig http = new HttpUpstreamConfig(
                section.oneOf("http.mode", HttpUpstreamConfig.Mode.values()),
                section.oneOf("http.pipelining", HttpUpstreamConfig.Pipelining.values()),
                section.integer("http.pipelining-depth", 1, 1 << 16),
                section.integer("http.connections", 1, 1024),
                section.integer("http.max-connections", 1, MILLION),
                section.integer("http.max-requests", 1, MILLION),
                section.integer("http.requests-per-connection", 0, MOST),
                section.timeNs("http.connection-age", 0, YEAR),
                section.timeNs("http.idle-timeout", MS, DAY),
                section.oneOf("http.balance", HttpUpstreamConfig.Balance.values()),
                new HttpUpstreamConfig.Retry(
                        section.integer("http.retry.attempts", 0, 10),
                        section.integer("http.retry.budget", 0, 100),
                        section.integer("http.retry.min", 0, MILLION)),
                new HttpUpstreamConfig.Outlier(
                        section.integer("http.outlier.failures", 0, MILLION),
                        section.timeNs("http.outlier.ejection", MS, HOUR),
                        section.integer("http.outlier.max-ejected", 0, 100)),
                healthCheck(section),
                section.timeNs("http.resolve-min", MS, DAY),
                section.timeNs("http.resolve-max", MS, DAY),
                new HttpUpstreamConfig.Timeout(
                        section.timeNs("http.timeout.response", 0, DAY), section.timeNs("http.timeout.body", 0, DAY)));
        if (http.connections() > http.maxConnections()) {
            section.problemBetween("http.connections", "http.max-connections", "must not be more than");
        }
        if (http.resolveMinNs() > http.resolveMaxNs()) {
            section.problemBetween("http.resolve-min", "http.resolve-max", "must not be more than");
        }
        return http;
    }

    private static HttpUpstreamConfig.HealthCheck healthCheck(Section section) {
        String path = section.verbatim("http.health-check.path");
        // A health check may have a query, which a route may not.
        if (!path.isEmpty() && !PATH.matcher(path.replace('?', '/')).matches()) {
            section.problem("http.health-check.path", "is not a path; write it as in /health, or \"\" for no checks");
        }
        return new HttpUpstreamConfig.HealthCheck(
                path,
                section.timeNs("http.health-check.interval", MS, DAY),
                section.timeNs("http.health-check.timeout", MS, HOUR),
                section.integer("http.health-check.failures", 1, MILLION));
    }
}
