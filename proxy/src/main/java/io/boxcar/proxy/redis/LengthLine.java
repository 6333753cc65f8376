package io.boxcar.proxy.redis;

/**
 * One line "marker digits CR any-byte" that may arrive in pieces. Owned by the scanner that uses it.
 *
 * <p>Digits are judged as string2ll of Redis does: an optional minus, no plus, no leading zeros, no spaces, and the
 * range of a 64-bit integer.
 */
final class LengthLine {
    /** More digits than this do not fit; as many as this fit into an unsigned {@code long}. */
    private static final int MAX_DIGITS = 19;

    private int length;
    private int digits;
    private long unsigned;
    private byte marker;
    private boolean negative;
    private boolean garbage;
    private boolean streamed;
    private boolean carriageReturn;
    private boolean unfindable;

    void begin() {
        length = 0;
        digits = 0;
        unsigned = 0;
        negative = false;
        garbage = false;
        streamed = false;
        carriageReturn = false;
        unfindable = false;
    }

    /** Takes the next byte; true if it was the one after the carriage return, which ends the line. */
    boolean accept(byte next) {
        if (carriageReturn) {
            return true;
        }
        if (next == '\r' && !unfindable) {
            carriageReturn = true;
            if (length == 0) {
                marker = next;
            }
            return false;
        }
        if (next == 0) {
            // Redis looks for the line end with strchr, which stops here.
            unfindable = true;
        }
        if (length++ == 0) {
            marker = next;
        } else {
            acceptDigit(next);
        }
        return false;
    }

    private void acceptDigit(byte next) {
        boolean afterMarker = length == 2;
        if (afterMarker && next == '-') {
            negative = true;
        } else if (afterMarker && next == '?') {
            streamed = true;
        } else if (next < '0' || next > '9' || streamed || digits == MAX_DIGITS || isSuperfluous(next)) {
            garbage = true;
        } else {
            unsigned = unsigned * 10 + (next - '0');
            digits++;
        }
    }

    private boolean isSuperfluous(byte digit) {
        return digits == 0 ? negative && digit == '0' : unsigned == 0;
    }

    boolean atStart() {
        return length == 0 && !carriageReturn;
    }

    /** Bytes before the carriage return, including the marker. */
    int length() {
        return length;
    }

    byte marker() {
        return marker;
    }

    /** No continuation can make it a number or a "?". */
    boolean garbage() {
        return garbage;
    }

    /** A lone "?" stands for the number. */
    boolean streamed() {
        return streamed && !garbage;
    }

    boolean isNumber() {
        boolean fits = unsigned >= 0 || (negative && unsigned == Long.MIN_VALUE);
        return digits > 0 && !garbage && fits;
    }

    long number() {
        return negative ? -unsigned : unsigned;
    }
}
