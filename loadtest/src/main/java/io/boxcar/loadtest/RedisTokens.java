package io.boxcar.loadtest;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The values of a Redis load, each of which says what it is.
 *
 * <pre>
 *   key     boxcar:0000007
 *   value   0000007:0000002axxxxxxxxxxxx...    its key, and its number among the writes of its writer
 * </pre>
 *
 * <p>The length follows from the token, so that a value can be checked to its last byte by whoever reads it, whoever wrote
 * it. Owned by the thread that runs the load.
 */
final class RedisTokens {
    static final int TOKEN_BYTES = 16;
    static final int MAX_KEYS = 1 << 28;

    /** Of {@link #number}: a value that belongs to another key, or that nobody wrote. */
    static final int STRANGE = -1;

    private static final int KEY_DIGITS = 7;
    private static final int NUMBER_DIGITS = 8;
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte FILLER = 'x';
    private static final int MIX = 0x9e3779b1; // 2^32 divided by the golden ratio

    private final int minBytes;
    private final int lengths;
    private final byte[] filler;

    RedisTokens(int minBytes, int maxBytes) {
        this.minBytes = minBytes;
        lengths = maxBytes - minBytes + 1;
        filler = new byte[maxBytes];
        Arrays.fill(filler, FILLER);
    }

    /** Length of the value with this token. */
    int length(int key, int number) {
        if (lengths == 1) {
            return minBytes;
        }
        int mixed = (key * 31 + number) * MIX;
        return minBytes + (int) ((mixed & 0xffff_ffffL) * lengths >>> 32);
    }

    /** Writes the digits of {@code key}; the position behind them. */
    static int putKey(byte[] out, int at, int key) {
        putHex(out, at, key, KEY_DIGITS);
        return at + KEY_DIGITS;
    }

    /** Writes a value of {@link #length} bytes; the position behind it. */
    int putValue(byte[] out, int at, int key, int number, int length) {
        putHex(out, at, key, KEY_DIGITS);
        out[at + KEY_DIGITS] = ':';
        putHex(out, at + KEY_DIGITS + 1, number, NUMBER_DIGITS);
        System.arraycopy(filler, 0, out, at + TOKEN_BYTES, length - TOKEN_BYTES);
        return at + length;
    }

    /** The number in a value of {@code key} that is whole; {@link #STRANGE} if it is anything else. */
    int number(byte[] in, int at, int bytes, int key) {
        if (bytes < TOKEN_BYTES || hex(in, at, KEY_DIGITS) != key || in[at + KEY_DIGITS] != ':') {
            return STRANGE;
        }
        long number = hex(in, at + KEY_DIGITS + 1, NUMBER_DIGITS);
        if (number < 0 || number > Integer.MAX_VALUE || length(key, (int) number) != bytes) {
            return STRANGE;
        }
        int rest = bytes - TOKEN_BYTES;
        boolean filled = Arrays.equals(in, at + TOKEN_BYTES, at + bytes, filler, 0, rest);
        return filled ? (int) number : STRANGE;
    }

    private static void putHex(byte[] out, int at, int value, int digits) {
        int rest = value;
        for (int i = at + digits - 1; i >= at; i--) {
            out[i] = DIGITS[rest & 0xf];
            rest >>>= 4;
        }
    }

    private static long hex(byte[] in, int at, int digits) {
        long value = 0;
        for (int i = at; i < at + digits; i++) {
            int b = in[i];
            int digit = b <= '9' ? b - '0' : b - 'a' + 10;
            if ((digit & ~0xf) != 0 || b > '9' && b < 'a') {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }
}
