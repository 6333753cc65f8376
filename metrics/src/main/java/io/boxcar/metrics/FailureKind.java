package io.boxcar.metrics;

/** Why a request was answered with an error made by Boxcar; the label {@code result} of {@code boxcar_errors_total}. */
public enum FailureKind {
    UNREACHABLE("no endpoint of the upstream could be connected to; the request was never written"),
    QUEUE_TIMEOUT("the request waited to be sent longer than allowed; it was never written"),
    REQUEST_TIMEOUT("the request was written, and no response came within the request timeout"),
    OUTCOME_UNKNOWN("the upstream connection was lost after the request was written; it may have been executed or not"),
    BAD_RESPONSE("the upstream's response broke the protocol; the request may have been executed or not"),
    REFUSED("the upstream answers new connections with this error now; the request was never written"),
    SKIPPED("an earlier request of the same connection has an unknown outcome; this one was never written"),
    OVERLOADED("a queue or table was at its limit; the request was never written"),
    DRAINING("Boxcar is shutting down and takes no new requests");

    private final String sentence;
    private final String label = Metric.labelOf(this);

    FailureKind(String sentence) {
        this.sentence = sentence;
    }

    /** What happened, as a clause for error texts and documentation. */
    public String sentence() {
        return sentence;
    }

    /** The name in metrics: lower case with underscores. */
    public String label() {
        return label;
    }
}
