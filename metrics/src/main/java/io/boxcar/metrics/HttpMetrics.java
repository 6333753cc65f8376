package io.boxcar.metrics;

import io.boxcar.batching.Counter;
import java.util.List;

/**
 * What one event loop counts of one endpoint of an HTTP upstream, beyond what {@link LaneMetrics} has. Written by that event
 * loop only, read by any thread; {@link BoxcarMetrics} adds up the event loops to one endpoint.
 */
public final class HttpMetrics {

    final SeriesList series;

    public final Counter retries;
    public final Counter retriesRefused;
    public final Counter demotions;
    public final Counter rescued;
    public final Counter ejections;
    public final Counter healthCheckFailures;
    public final Counter connectionsRotated;
    public final Counter staleConnections;
    public final Counter goAways;
    public final Counter streamsRefused;
    public final Counter tunnels;
    /** Gauge. */
    public final Counter connections;
    /** Gauge. */
    public final Counter streams;

    /** Metrics that {@link BoxcarMetrics#add(HttpMetrics)} makes visible under these labels. */
    public HttpMetrics(String upstream, String endpoint) {
        SeriesList s = new SeriesList(List.of("upstream", "endpoint"), List.of(upstream, endpoint));
        series = s;
        retries = s.counter(
                "boxcar_http_retries_total",
                "Requests sent again, here or to another endpoint, because that is safe and this endpoint failed.");
        retriesRefused = s.counter(
                "boxcar_http_retries_refused_total",
                "Requests that would have been sent again, but the retry budget was spent.");
        demotions = s.counter(
                "boxcar_http_demotions_total",
                "Times that pipelining to the endpoint was given up for a while, because something went wrong with it.");
        rescued = s.counter(
                "boxcar_http_rescued_total",
                "Requests moved to another connection, because the response at the head of theirs was slow.");
        ejections = s.counter(
                "boxcar_http_ejections_total",
                "Times that the endpoint was given no requests for a while, because it had failed several in a row.");
        healthCheckFailures = s.counter(
                "boxcar_http_health_check_failures_total",
                "Health checks of the endpoint without a good answer in time.");
        connectionsRotated = s.counter(
                "boxcar_http_connections_rotated_total",
                "Connections replaced because of their age or the number of their requests.");
        staleConnections = s.counter(
                "boxcar_http_stale_connections_total", "Connections that the endpoint closed while they were idle.");
        goAways = s.counter(
                "boxcar_http_go_aways_total", "HTTP/2 connections that the endpoint asked to leave with GOAWAY.");
        streamsRefused = s.counter(
                "boxcar_http_streams_refused_total",
                "HTTP/2 requests that the endpoint refused before it did anything with them.");
        tunnels = s.counter(
                "boxcar_http_tunnels_total",
                "Connections that became tunnels, by CONNECT or by Upgrade as WebSocket does.");
        connections = s.gauge("boxcar_http_connections", "Connections to the endpoint open now, tunnels included.");
        streams = s.gauge("boxcar_http_streams", "HTTP/2 streams to the endpoint open now.");
    }

    /** The label {@code upstream}. */
    public String upstream() {
        return series.labelValues().get(0);
    }

    /** The label {@code endpoint}. */
    public String endpoint() {
        return series.labelValues().get(1);
    }
}
