package io.boxcar.metrics;

import io.boxcar.batching.Counter;
import java.util.List;

/**
 * What one listener counts on one event loop. Written by that event loop only, read by any thread; the listener's event
 * loops each have their own, and {@link BoxcarMetrics} adds them up.
 */
public final class ListenerMetrics {

    final SeriesList series;

    public final Counter clientsAccepted;
    public final Counter clientsClosed;
    public final Counter clientsRefused;
    public final Counter requests;
    public final Counter responses;
    public final Counter batchesOfRequests;
    public final Counter answeredLocally;
    public final Counter protocolErrors;
    public final Counter bytesIn;
    public final Counter bytesOut;
    public final Counter readsPaused;
    public final Counter slowClientsClosed;
    public final Counter idleClientsClosed;
    public final Counter scattered;
    public final Counter redirected;
    public final Counter pinnedLent;
    public final Counter pinnedReturned;
    public final Counter pinnedRequests;
    public final Counter pinnedSilent;
    /** From the moment a request was read until its response was written, in nanoseconds. */
    public final Histogram totalTimeNs;

    private final Counter[] errors;

    /** Metrics that {@link BoxcarMetrics#add(ListenerMetrics)} makes visible under the label {@code listener}. */
    public ListenerMetrics(String listener) {
        SeriesList s = new SeriesList(List.of("listener"), List.of(listener));
        series = s;
        clientsAccepted = s.counter("boxcar_clients_accepted_total", "Client connections accepted.");
        clientsClosed = s.counter("boxcar_clients_closed_total", "Accepted client connections closed, by either side.");
        s.derivedGauge(
                "boxcar_clients",
                () -> Math.max(0, clientsAccepted.get() - clientsClosed.get()),
                "Client connections open now.");
        clientsRefused = s.counter(
                "boxcar_clients_refused_total", "Client connections closed at once because the limit was reached.");
        requests = s.counter("boxcar_requests_total", "Requests read from clients.");
        responses = s.counter("boxcar_responses_total", "Responses written to clients, errors included.");
        batchesOfRequests = s.counter(
                "boxcar_request_runs_total",
                "Runs: pipelined requests of one client that were read together and travelled as one exchange.");
        answeredLocally = s.counter(
                "boxcar_answered_locally_total", "Requests that Boxcar answered itself, without asking the upstream.");
        errors = s.counters(
                "boxcar_errors_total",
                "result",
                FailureKind.values(),
                "Requests answered with an error made by Boxcar, by what went wrong.");
        protocolErrors = s.counter(
                "boxcar_protocol_errors_total", "Client connections closed because the client broke the protocol.");
        bytesIn = s.counter("boxcar_client_received_bytes_total", "Bytes read from clients.");
        bytesOut = s.counter("boxcar_client_sent_bytes_total", "Bytes written to clients.");
        readsPaused = s.counter(
                "boxcar_reads_paused_total", "Times that reading from a client stopped because a limit was reached.");
        slowClientsClosed = s.counter(
                "boxcar_slow_clients_closed_total",
                "Client connections closed because the client did not read its responses in time.");
        idleClientsClosed = s.counter(
                "boxcar_idle_clients_closed_total",
                "Client connections closed because they were idle, or in the middle of a request, for too long.");
        scattered = s.counter(
                "boxcar_scattered_total", "Requests that were split, because they are for several endpoints.");
        redirected = s.counter(
                "boxcar_redirected_total",
                "Times that a request was sent again, because another endpoint serves its key.");
        pinnedLent = s.counter(
                "boxcar_pinned_lent_total",
                "Times that a client was lent a pinned upstream connection, because it has connection state.");
        pinnedReturned = s.counter(
                "boxcar_pinned_returned_total", "Pinned upstream connections that their client gave back, or lost.");
        pinnedRequests =
                s.counter("boxcar_pinned_requests_total", "Requests that travelled on a pinned upstream connection.");
        pinnedSilent = s.counter(
                "boxcar_pinned_silent_total",
                "Pinned upstream connections closed because no answer came, nor anything else, for too long.");
        totalTimeNs = s.times(
                "boxcar_request_seconds", "Time from reading a request until its response was written to the client.");
    }

    /** Requests answered with an error of this kind. */
    @SuppressWarnings("EnumOrdinal") // an index, for speed
    public Counter errors(FailureKind kind) {
        return errors[kind.ordinal()];
    }

    /** The label {@code listener}. */
    public String listener() {
        return series.labelValues().get(0);
    }
}
