package io.boxcar.metrics;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What a lane is doing, the better states first: the gauge {@code boxcar_lane_state} shows the code, and of several
 * lanes with the same labels the highest.
 */
public enum LaneState {
    /** 0: it has a connection and sends requests. */
    READY,
    /** 1: connected; what has to be said first has been sent. */
    HANDSHAKING,
    /** 2: a connection is being established. */
    CONNECTING,
    /** 3: connecting failed or the connection was lost; it waits before the next attempt. */
    BACKING_OFF,
    /** 4: it finishes what is in flight and takes no new requests. */
    DRAINING,
    /** 5: it is over. */
    CLOSED;

    private final String label = Metric.labelOf(this);

    /** The number in the gauge. */
    @SuppressWarnings("EnumOrdinal") // the order is the meaning
    public int code() {
        return ordinal();
    }

    static LaneState ofCode(long code) {
        return values()[(int) code];
    }

    /** All codes with their labels, such as {@code 0 ready, 1 handshaking}. */
    static String legend() {
        return Arrays.stream(values())
                .map(state -> state.code() + " " + state.label)
                .collect(Collectors.joining(", "));
    }

    /** The name in statistics: lower case with underscores. */
    public String label() {
        return label;
    }
}
