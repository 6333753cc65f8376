package io.boxcar.metrics;

/** What became of a captured connection; the label {@code result}. */
public enum CaptureResult {
    /** It was given to the upstream that a route names. */
    UPSTREAM,
    /** It was given lanes to the destination that it was meant for. */
    ORIGINAL,
    /** Its bytes are passed on as they come, as a route says or because they are of no known protocol. */
    PASSTHROUGH,
    /** Its bytes are passed on as they come, because none had come within the time for detection. */
    DETECT_TIMEOUT,
    /** Its bytes are passed on as they come, because there are lanes to too many destinations. */
    TOO_MANY_DESTINATIONS,
    /** It was refused, because it came from Boxcar itself or was meant for it. */
    LOOP,
    /** It was refused, because the kernel knows no other destination: nothing has led it here. */
    NOT_CAPTURED
}
