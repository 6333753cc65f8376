package io.boxcar.metrics;

import io.boxcar.batching.Counter;
import io.boxcar.batching.DepartureReason;
import java.util.List;

/**
 * What one lane counts. Written by the lane's event loop only, read by any thread; {@link BoxcarMetrics} adds up the lanes
 * to one endpoint.
 */
public final class LaneMetrics {

    final SeriesList series;

    public final Counter requests;
    public final Counter responses;
    public final Counter bytesOut;
    public final Counter bytesIn;
    public final Counter connects;
    public final Counter connectFailures;
    public final Counter disconnects;
    public final Counter poisoned;
    public final Counter resent;
    public final Counter lateResponses;
    public final Counter timeouts;
    public final Counter holdUps;
    public final Counter lost;
    public final Counter queueTimeouts;
    public final Histogram requestsPerBatch;
    /** From the offer to the lane until the request was written, in nanoseconds. */
    public final Histogram queueTimeNs;
    /** From writing a request until its response was read, in nanoseconds. */
    public final Histogram roundTripNs;
    /** Gauge. */
    public final Counter inFlight;
    /** Gauge. */
    public final Counter ringFill;
    /** Gauge. */
    public final Counter ringCapacity;
    /** Gauge. */
    public final Counter connections;
    /** Gauge: the code of a {@link LaneState}, at first {@link LaneState#CONNECTING}. */
    public final Counter state;
    /** Gauge. */
    public final Counter activeClients;
    /** Gauge. */
    public final Counter targetRequests;

    /** Gauge. */
    private final Counter up;

    private final Counter[] departures;

    /** Metrics that {@link BoxcarMetrics#add(LaneMetrics)} makes visible under these labels. */
    public LaneMetrics(String upstream, String endpoint) {
        SeriesList s = new SeriesList(List.of("upstream", "endpoint"), List.of(upstream, endpoint));
        series = s;
        requests = s.counter("boxcar_upstream_requests_total", "Requests written to the upstream.");
        responses = s.counter("boxcar_upstream_responses_total", "Responses read from the upstream and paired.");
        bytesOut = s.counter("boxcar_upstream_sent_bytes_total", "Bytes written to the upstream.");
        bytesIn = s.counter("boxcar_upstream_received_bytes_total", "Bytes read from the upstream.");
        connects = s.counter("boxcar_upstream_connects_total", "Upstream connections established.");
        connectFailures =
                s.counter("boxcar_upstream_connect_failures_total", "Attempts to connect to the upstream that failed.");
        disconnects = s.counter("boxcar_upstream_disconnects_total", "Upstream connections that ended.");
        poisoned = s.counter(
                "boxcar_upstream_poisoned_total",
                "Upstream connections closed by Boxcar because the pairing of responses was in doubt.");
        resent = s.counter(
                "boxcar_upstream_resent_total", "Requests written again, once, because they are safe to repeat.");
        lateResponses = s.counter(
                "boxcar_upstream_late_responses_total",
                "Responses dropped because their request had already been given up.");
        holdUps = s.counter(
                "boxcar_upstream_hold_ups_total",
                "Times a connection said nothing for long, so that reads went past it on another.");
        timeouts = s.counter(
                "boxcar_upstream_timeouts_total", "Written requests that had no response within the request timeout.");
        lost = s.counter(
                "boxcar_upstream_lost_total",
                "Written requests whose outcome is unknown because their upstream connection ended.");
        queueTimeouts = s.counter(
                "boxcar_upstream_queue_timeouts_total",
                "Requests given up before they were written because they had waited too long.");
        departures = s.counters(
                "boxcar_departures_total",
                "reason",
                DepartureReason.values(),
                "Batches that left for the upstream, by why they left.");
        requestsPerBatch = s.requestCounts("boxcar_batch_requests", "Requests per batch that left for the upstream.");
        queueTimeNs = s.times(
                "boxcar_queue_seconds",
                "Time from handing a request to the lane until it was written to the upstream.");
        roundTripNs = s.times(
                "boxcar_round_trip_seconds",
                "Time from writing a request to the upstream until its response was read.");
        inFlight = s.gauge("boxcar_in_flight", "Requests written to the upstream that have no response yet.");
        ringFill = s.gauge("boxcar_ring_fill", "Requests waiting in the rings to be written.");
        ringCapacity = s.gauge("boxcar_ring_capacity", "Requests that the rings can hold.");
        connections = s.gauge(
                "boxcar_upstream_connections",
                "Connections to the endpoint open now, without those pinned to one client.");
        up = s.highest(
                "boxcar_upstream_up",
                "1 if requests can be sent to the endpoint, 0 if no connection to it can be had.");
        state = s.state("boxcar_lane_state", "The worst state of the lanes: " + LaneState.legend() + ".");
        activeClients = s.gauge("boxcar_active_clients", "Clients that sent requests lately, added up over the lanes.");
        targetRequests = s.highest(
                "boxcar_target_requests", "Requests per batch that the departure rule aims for, of the highest lane.");
        state.set(LaneState.CONNECTING.code());
    }

    /** The lane goes over to this state. */
    public void enters(LaneState next) {
        state.set(next.code());
        switch (next) {
            case READY -> up.set(1);
            case DRAINING -> {} // it is not the endpoint's fault
            case HANDSHAKING, CONNECTING, BACKING_OFF, CLOSED -> up.set(0);
        }
    }

    /** The lane is closed for good, and these may be used for another: it is neither a bad one nor one that has a connection. */
    public void rest() {
        state.set(LaneState.READY.code());
        up.set(0);
    }

    /** Batches that left for this reason. */
    @SuppressWarnings("EnumOrdinal") // an index, for speed
    public Counter departures(DepartureReason reason) {
        return departures[reason.ordinal()];
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
