package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;

/**
 * Up to eight bytes of a buffer in one {@code long}, the first byte highest; absent bytes are zero.
 *
 * <p>Headers and command names are short, so one read fetches a whole one and the rest is arithmetic in a register.
 */
final class EightBytes {
    /** What {@link #decimal} returns when only the byte-by-byte path can judge the digits. */
    static final int NOT_SHORT = -2;

    private static final long LOW_BITS = 0x7F7F7F7F7F7F7F7FL;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long ONES = 0x0101010101010101L;

    private EightBytes() {}

    /** Reads in[index, min(index + 8, to)) and nothing else. */
    static long at(ByteBuf in, int index, int to) {
        return to - index >= 8 ? in.getLong(index) : fewerAt(in, index, to - index);
    }

    private static long fewerAt(ByteBuf in, int index, int count) {
        long word = 0;
        int shift = 64;
        int next = index;
        if ((count & 4) != 0) {
            shift -= 32;
            word |= (in.getInt(next) & 0xFFFFFFFFL) << shift;
            next += 4;
        }
        if ((count & 2) != 0) {
            shift -= 16;
            word |= (in.getShort(next) & 0xFFFFL) << shift;
            next += 2;
        }
        if ((count & 1) != 0) {
            shift -= 8;
            word |= (in.getByte(next) & 0xFFL) << shift;
        }
        return word;
    }

    static byte byteAt(long word, int position) {
        return (byte) (word >>> (56 - 8 * position));
    }

    /** The position of the first carriage return, or 8. */
    static int carriageReturn(long word) {
        long zeroWhereEqual = word ^ ('\r' * ONES);
        // Exact per byte: no carry leaves a byte, so a form feed before the carriage return is not mistaken for it.
        long found = ~(((zeroWhereEqual & LOW_BITS) + LOW_BITS) | zeroWhereEqual | LOW_BITS);
        return Long.numberOfLeadingZeros(found) >>> 3;
    }

    /**
     * The number in the bytes [1, end): decimal without leading zeros, or "-1".
     *
     * @param end at most 7, so that no overflow is possible
     * @return the number, or {@link #NOT_SHORT} for anything else
     */
    static int decimal(long word, int end) {
        int first = byteAt(word, 1) - '0';
        if (first < 0 || first > 9 || end < 2 || (first == 0 && end > 2)) {
            return end == 3 && byteAt(word, 1) == '-' && byteAt(word, 2) == '1' ? -1 : NOT_SHORT;
        }
        int value = first;
        for (int position = 2; position < end; position++) {
            int digit = byteAt(word, position) - '0';
            if (digit < 0 || digit > 9) {
                return NOT_SHORT;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    /** The same bytes with a-z turned into A-Z. */
    static long upperCase(long word) {
        long low = word & LOW_BITS;
        long atLeastA = low + (0x80 - 'a') * ONES;
        long aboveZ = low + (0x7F - 'z') * ONES;
        long lowerCase = (atLeastA ^ aboveZ) & ~word & HIGH_BITS;
        return word ^ (lowerCase >>> 2);
    }
}
