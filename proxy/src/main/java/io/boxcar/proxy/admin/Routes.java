package io.boxcar.proxy.admin;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.proxy.log.LogLevels;
import io.boxcar.proxy.log.Printable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Every path of the admin server, and the answers. Any thread. */
final class Routes {

    private record Route(
            List<String> methods,
            String path,
            String description,
            Set<String> parameters,
            Function<Request, Response> answer) {

        boolean takes(String method) {
            return methods.contains(method) || (method.equals("HEAD") && methods.contains("GET"));
        }
    }

    private static final List<String> GET = List.of("GET");
    private static final List<String> POST = List.of("POST");
    private static final Set<String> NONE = Set.of();

    private final BoxcarMetrics metrics;
    private final AdminServer.Source source;
    private final LogLevels levels;

    private final List<Route> routes = List.of(
            new Route(GET, "/", "this list", NONE, this::index),
            new Route(GET, "/live", "200 while the process works, else 503", NONE, this::live),
            new Route(GET, "/ready", "200 while it should be given traffic, else 503, and why", NONE, this::ready),
            new Route(GET, "/metrics", "metrics in the Prometheus text format", NONE, this::metrics),
            new Route(GET, "/stats", "what listeners and upstreams count, as JSON with quantiles", NONE, this::stats),
            new Route(GET, "/config", "the configuration in force, secrets masked", NONE, this::config),
            new Route(GET, "/loglevel", "the loggers that have a level of their own", NONE, this::logLevels),
            new Route(
                    List.of("POST", "PUT"),
                    "/loglevel",
                    "?logger=io.boxcar&level=debug  changes a level until the end of the process",
                    Set.of("logger", "level"),
                    this::setLogLevel),
            new Route(POST, "/reload", "read the configuration again, and apply it if it is valid", NONE, this::reload),
            new Route(
                    POST,
                    "/drain",
                    "finish what is in flight, take nothing new, and exit; ?direction=inbound drains only what comes in",
                    Set.of("direction"),
                    this::drain),
            new Route(
                    POST,
                    "/hand-over",
                    "leave all addresses to the process that asks, and drain; from this host only",
                    NONE,
                    this::handOver),
            new Route(POST, "/quit", "end as on SIGTERM; from this host only", NONE, this::quit));

    Routes(BoxcarMetrics metrics, AdminServer.Source source, LogLevels levels) {
        this.metrics = metrics;
        this.source = source;
        this.levels = levels;
    }

    Response answer(Request request) {
        List<Route> here = routes.stream()
                .filter(route -> route.path.equals(request.path()))
                .toList();
        if (here.isEmpty()) {
            return Response.text(404, "There is no " + request.path() + " here. There is:\n\n" + paths());
        }
        for (Route route : here) {
            if (route.takes(request.method())) {
                for (String parameter : request.parameters().keySet()) {
                    if (!route.parameters.contains(parameter)) {
                        return Response.text(400, unknown(parameter, route));
                    }
                }
                return route.answer.apply(request);
            }
        }
        List<String> methods =
                here.stream().flatMap(route -> route.methods.stream()).toList();
        String allow = String.join(", ", methods).replace("GET", "GET, HEAD");
        return Response.text(
                        405,
                        request.path() + " takes " + String.join(" or ", methods) + ", not " + request.method()
                                + ".\n\n" + paths())
                .with("Allow", allow);
    }

    private static String unknown(String parameter, Route route) {
        String known = route.parameters.isEmpty()
                ? "it has none"
                : "there is: " + route.parameters.stream().sorted().collect(Collectors.joining(", "));
        return route.path + " has no parameter " + parameter + "; " + known + "\n";
    }

    private String paths() {
        return routes.stream()
                .map(route -> String.format(
                        "%-8s  %-9s  %s\n", String.join("|", route.methods), route.path, route.description))
                .collect(Collectors.joining());
    }

    private Response index(Request request) {
        String links = paths().replace("&", "&amp;").replaceAll("(?m)^(GET +)(/\\w*)", "$1<a href=\"$2\">$2</a>");
        return new Response(
                200,
                "text/html; charset=utf-8",
                "<!doctype html>\n<title>Boxcar</title>\n<h1>Boxcar</h1>\n<pre>\n" + links + "</pre>\n",
                Map.of());
    }

    private Response live(Request request) {
        return source.live() ? Response.text(200, "live\n") : Response.text(503, "not live\n");
    }

    private Response ready(Request request) {
        Readiness readiness = source.ready();
        StringBuilder body = new StringBuilder(readiness.ready() ? "ready\n" : "not ready\n");
        readiness.reasons().forEach(reason -> line(body, reason));
        readiness.notes().forEach(note -> line(body, note));
        return Response.text(readiness.ready() ? 200 : 503, body.toString());
    }

    private Response metrics(Request request) {
        return new Response(200, "text/plain; version=0.0.4; charset=utf-8", metrics.scrape(), Map.of());
    }

    private Response stats(Request request) {
        return Response.json(200, metrics.stats());
    }

    private Response config(Request request) {
        return Response.text(200, source.effectiveConfig());
    }

    private Response reload(Request request) {
        Map<String, Object> answer = new LinkedHashMap<>();
        return switch (source.reload()) {
            case ReloadResult.Applied applied -> {
                answer.put("result", "applied");
                answer.put("applied", applied.changes());
                answer.put("not_applied", applied.notApplied());
                yield Response.json(200, answer);
            }
            case ReloadResult.Refused refused -> {
                answer.put("result", "refused");
                answer.put("errors", refused.errors());
                yield Response.json(422, answer);
            }
        };
    }

    private Response drain(Request request) {
        String wanted = request.parameters().getOrDefault("direction", "all");
        for (DrainDirection direction : DrainDirection.values()) {
            if (direction.name().toLowerCase(Locale.ROOT).equals(wanted)) {
                source.drain(direction);
                return Response.text(202, direction == DrainDirection.ALL ? "draining\n" : "draining inbound\n");
            }
        }
        return Response.text(400, "direction=" + wanted + " is neither inbound nor all\n");
    }

    private Response handOver(Request request) {
        if (!request.isFromHere()) {
            return notFromElsewhere(request);
        }
        source.handOver();
        return Response.text(200, "handed over\n");
    }

    private Response quit(Request request) {
        if (!request.isFromHere()) {
            return notFromElsewhere(request);
        }
        source.quit();
        return Response.text(202, "ending\n");
    }

    private static Response notFromElsewhere(Request request) {
        return Response.text(
                403,
                request.path() + " is for this host or pod; you come from "
                        + request.client().getHostAddress() + ". POST /drain ends Boxcar from anywhere.\n");
    }

    private static void line(StringBuilder body, String text) {
        body.append(Printable.line(text)).append('\n');
    }

    private Response logLevels(Request request) {
        StringBuilder body = new StringBuilder();
        levels.own().forEach((logger, level) -> line(body, logger + " " + level));
        return Response.text(200, body.toString());
    }

    private Response setLogLevel(Request request) {
        String logger = request.parameters().get("logger");
        String level = request.parameters().get("level");
        if (logger == null || level == null) {
            return Response.text(
                    400, "both logger and level are needed, as in /loglevel?logger=io.boxcar.proxy.http&level=debug\n");
        }
        String problem = levels.set(logger, level);
        return problem == null ? logLevels(request) : Response.text(400, problem + "\n");
    }
}
