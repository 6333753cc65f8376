package io.boxcar.loadtest;

/** Where replies in an array end, in RESP2 and RESP3. Stateless. */
final class RespReply {
    static final int INCOMPLETE = -1;

    /** Of {@link #number}: not a number, or -1, which is nil. */
    static final int NO_NUMBER = -1;

    private static final int MAX_DIGITS = 9;

    private RespReply() {}

    /** The position behind the line that begins at {@code from}, or {@link #INCOMPLETE}. */
    static int lineEnd(byte[] in, int from, int to) {
        for (int i = from; i < to; i++) {
            if (in[i] == '\n') {
                return i + 1;
            }
        }
        return INCOMPLETE;
    }

    /** The position behind the reply that begins at {@code from}, whatever its type, or {@link #INCOMPLETE}. */
    static int end(byte[] in, int from, int to) {
        int at = from;
        for (long left = 1; left > 0; left--) {
            int lineEnd = lineEnd(in, at, to);
            if (lineEnd == INCOMPLETE) {
                return INCOMPLETE;
            }
            int number = number(in, at + 1, lineEnd - 2);
            int next = lineEnd;
            switch (in[at]) {
                case '$', '=', '!' -> next = number == NO_NUMBER ? lineEnd : lineEnd + number + 2;
                case '*', '~', '>' -> left += Math.max(0, number);
                case '%' -> left += 2L * Math.max(0, number);
                case '|' -> left += 2L * Math.max(0, number) + 1; // attributes, and what they belong to
                default -> {
                    // A line is all of it.
                }
            }
            if (next > to) {
                return INCOMPLETE;
            }
            at = next;
        }
        return at;
    }

    static int number(byte[] in, int from, int to) {
        if (to <= from || to - from > MAX_DIGITS) {
            return NO_NUMBER;
        }
        int value = 0;
        for (int i = from; i < to; i++) {
            int digit = in[i] - '0';
            if (digit < 0 || digit > 9) {
                return NO_NUMBER;
            }
            value = value * 10 + digit;
        }
        return value;
    }
}
