package io.boxcar.proxy.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How busy, how fast and how well one endpoint is. Shared by all event loops, without locks: the number of requests in flight
 * is exact; latency is a statistic, of which a sample may be lost when two loops record at once.
 *
 * <p>Latency is a peak EWMA as in Finagle: a slower sample counts at once and in full, faster ones take over with time, and
 * without samples it falls, so that an endpoint is tried again.
 *
 * <pre>
 *   sample >= average:  average = sample
 *   otherwise:          average = average * w + sample * (1 - w),   w = e^(-time since the last sample / 10 s)
 * </pre>
 *
 * <p>A failure counts as a sample too, of several times the average: an endpoint that fails fast must not look fast.
 */
final class EndpointLoad {

    private static final double DECAY_NS = 10e9;

    /** What an endpoint without samples costs, once it has a request. */
    private static final double UNKNOWN_NS = 1e9;

    /** Below this, latency is noise, and nobody should be infinitely attractive. */
    private static final double MIN_NS = 1e3;

    private static final double PENALTY_FACTOR = 4;
    private static final double MIN_PENALTY_NS = 10e6;
    /** More would keep an endpoint that is well again without requests for minutes. */
    private static final double MAX_PENALTY_NS = 1e9;

    private static final VarHandle IN_FLIGHT;
    private static final VarHandle AVERAGE_NS;
    private static final VarHandle SAMPLED_AT_NS;
    private static final VarHandle HEALTHY;
    private static final VarHandle CONNECTIONS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            IN_FLIGHT = lookup.findVarHandle(EndpointLoad.class, "inFlight", int.class);
            AVERAGE_NS = lookup.findVarHandle(EndpointLoad.class, "averageNs", double.class);
            SAMPLED_AT_NS = lookup.findVarHandle(EndpointLoad.class, "sampledAtNs", long.class);
            HEALTHY = lookup.findVarHandle(EndpointLoad.class, "healthy", boolean.class);
            CONNECTIONS = lookup.findVarHandle(EndpointLoad.class, "connections", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What the {@link OutlierDetector} knows of it. */
    final Ejection ejection = new Ejection();

    @SuppressWarnings("unused") // through IN_FLIGHT
    private int inFlight;

    /** Negative before the first sample. */
    private double averageNs = -1;

    @SuppressWarnings("unused") // through SAMPLED_AT_NS
    private long sampledAtNs;

    private boolean healthy = true;

    @SuppressWarnings("unused") // through CONNECTIONS
    private int connections;

    /** A request has been given to this endpoint. Any loop. */
    void begin() {
        IN_FLIGHT.getAndAdd(this, 1);
    }

    /** A request that was given to this endpoint has ended, however it did. Any loop. */
    void end() {
        int before = (int) IN_FLIGHT.getAndAdd(this, -1);
        assert before > 0 : "ended more requests than were begun";
    }

    int inFlight() {
        return (int) IN_FLIGHT.getOpaque(this);
    }

    /** A connection to it is open. Any loop. */
    void connected() {
        CONNECTIONS.getAndAdd(this, 1);
    }

    /** A connection to it is open no more. Any loop. */
    void disconnected() {
        int before = (int) CONNECTIONS.getAndAdd(this, -1);
        assert before > 0 : "closed more connections than were open";
    }

    boolean isConnected() {
        return (int) CONNECTIONS.getOpaque(this) > 0;
    }

    /** What active checks have found. Written by the loop that makes them. */
    void setHealthy(boolean value) {
        HEALTHY.setOpaque(this, value);
    }

    boolean isHealthy() {
        return (boolean) HEALTHY.getOpaque(this);
    }

    /** Whether it should get requests: it is healthy and not ejected. Any loop. */
    boolean isUsable(long nowNs) {
        return isHealthy() && !ejection.isActive(nowNs);
    }

    /** Takes in the time from writing a request to the head of its response. Any loop. */
    void answered(long latencyNs, long nowNs) {
        record(latencyNs, nowNs);
    }

    /** Takes in a failure, by whatever makes one for the {@link OutlierDetector}, after this time. Any loop. */
    void failed(long latencyNs, long nowNs) {
        double penaltyNs = Math.clamp(latencyNs(nowNs) * PENALTY_FACTOR, MIN_PENALTY_NS, MAX_PENALTY_NS);
        record(Math.max(latencyNs, penaltyNs), nowNs);
    }

    /** It has been away: what was known of its latency tells nothing, and the next request finds out anew. Any loop. */
    void forget() {
        AVERAGE_NS.setOpaque(this, -1.0);
    }

    private void record(double sampleNs, long nowNs) {
        double before = average();
        double after = sampleNs;
        if (sampleNs < before) {
            double weight = weight(nowNs);
            after = before * weight + sampleNs * (1 - weight);
        }
        AVERAGE_NS.setOpaque(this, Math.max(after, MIN_NS));
        SAMPLED_AT_NS.setOpaque(this, nowNs);
    }

    /** The latency to expect, in nanoseconds; 0 if nothing is known. */
    double latencyNs(long nowNs) {
        double average = average();
        return average < 0 ? 0 : Math.max(average * weight(nowNs), MIN_NS);
    }

    /** How long another request would take, roughly, in nanoseconds: those in flight are before it. */
    double cost(long nowNs) {
        int before = inFlight();
        double latencyNs = latencyNs(nowNs);
        if (latencyNs == 0) {
            // The first request finds out; others wait for what it finds.
            return before == 0 ? 0 : UNKNOWN_NS * (before + 1);
        }
        return latencyNs * (before + 1);
    }

    private double average() {
        return (double) AVERAGE_NS.getOpaque(this);
    }

    /** How much the average still counts. Another loop may have recorded later than {@code nowNs}. */
    private double weight(long nowNs) {
        long ageNs = Math.max(0, nowNs - (long) SAMPLED_AT_NS.getOpaque(this));
        return Math.exp(-ageNs / DECAY_NS);
    }
}
