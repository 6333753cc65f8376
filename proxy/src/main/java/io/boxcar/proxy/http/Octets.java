package io.boxcar.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;

/** Classes of bytes, and runs of them in a buffer, eight bytes per read. Offsets are indexes of the buffer. */
final class Octets {
    /** tchar, RFC 9110 section 5.6.2. */
    static final int TOKEN = 1;
    /** What path and query consist of beside percent-encoded bytes, RFC 3986 sections 3.3 and 3.4. */
    static final int PATH = 2;
    /** What a reg-name consists of beside percent-encoded bytes, RFC 3986 section 3.2.2. */
    static final int REG_NAME = 4;

    static final int HEX = 8;
    static final int DIGIT = 16;
    /** {@link #PATH} and the brackets of an IP literal: what a target in absolute-form or authority-form consists of. */
    static final int TARGET = 32;

    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long LOWER_CASE_BITS = 0x2020202020202020L;
    private static final byte[] CLASSES = new byte[256];

    static {
        String digits = "0123456789";
        String letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        String unreserved = letters + digits + "-._~";
        String subDelims = "!$&'()*+,;=";
        mark(TOKEN, letters + digits + "!#$%&'*+-.^_`|~");
        mark(PATH, unreserved + subDelims + ":@/?");
        mark(REG_NAME, unreserved + subDelims);
        mark(HEX, digits + "abcdefABCDEF");
        mark(DIGIT, digits);
        mark(TARGET, unreserved + subDelims + ":@/?[]");
    }

    private Octets() {}

    private static void mark(int octetClass, String members) {
        for (char member : members.toCharArray()) {
            CLASSES[member] |= (byte) octetClass;
        }
    }

    static boolean is(int octetClass, byte octet) {
        return (CLASSES[octet & 0xFF] & octetClass) != 0;
    }

    static boolean isSpace(byte octet) {
        return octet == ' ' || octet == '\t';
    }

    /** The first index in [from, to) of a byte that is not in the class, or {@code to}. */
    static int endOf(int octetClass, ByteBuf in, int from, int to) {
        int index = from;
        while (to - index >= Long.BYTES) {
            long word = in.getLongLE(index);
            for (int i = 0; i < Long.BYTES; i++) {
                if ((CLASSES[(int) word & 0xFF] & octetClass) == 0) {
                    return index + i;
                }
                word >>>= Byte.SIZE;
            }
            index += Long.BYTES;
        }
        while (index < to && is(octetClass, in.getByte(index))) {
            index++;
        }
        return index;
    }

    /** The first index in [from, to) of a control character (0-31 with the tab, 127), or {@code to}. */
    static int endOfText(ByteBuf in, int from, int to) {
        int index = from;
        while (to - index >= Long.BYTES) {
            long word = in.getLongLE(index);
            long zeroIfDelete = word ^ (0x7F * ONES);
            // A borrow may only mark bytes behind the first one that is marked rightly.
            long below32 = (word - 0x20 * ONES) & ~word;
            long delete = (zeroIfDelete - ONES) & ~zeroIfDelete;
            long found = (below32 | delete) & HIGH_BITS;
            if (found != 0) {
                return index + (Long.numberOfTrailingZeros(found) >>> 3);
            }
            index += Long.BYTES;
        }
        while (index < to && !isControl(in.getByte(index))) {
            index++;
        }
        return index;
    }

    private static boolean isControl(byte octet) {
        return (octet >= 0 && octet < ' ') || octet == 0x7F;
    }

    static int skipSpaces(ByteBuf in, int from, int to) {
        int index = from;
        while (index < to && isSpace(in.getByte(index))) {
            index++;
        }
        return index;
    }

    /** Two hexadecimal digits follow the percent sign at {@code index}. */
    static boolean isPercentEncoded(ByteBuf in, int index, int to) {
        return to - index >= 3 && is(HEX, in.getByte(index + 1)) && is(HEX, in.getByte(index + 2));
    }

    /** Up to eight ASCII characters as {@link #wordAt} reads them. */
    static long word(String text) {
        long word = 0;
        for (int i = Math.min(text.length(), Long.BYTES) - 1; i >= 0; i--) {
            word = word << Byte.SIZE | text.charAt(i);
        }
        return word;
    }

    /** in[index, index + min(length, 8)), the first byte lowest; reads nothing from {@code to} on. */
    static long wordAt(ByteBuf in, int index, int length, int to) {
        if (to - index >= Long.BYTES) {
            long word = in.getLongLE(index);
            return length >= Long.BYTES ? word : word & (1L << Byte.SIZE * length) - 1;
        }
        long word = 0;
        for (int i = length - 1; i >= 0; i--) {
            word = word << Byte.SIZE | in.getByte(index + i) & 0xFF;
        }
        return word;
    }

    /** in[index, index + length) is this text but for the case of letters; only for tokens on both sides. */
    static boolean isToken(ByteBuf in, int index, int length, byte[] lowerCase) {
        if (length != lowerCase.length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            byte octet = in.getByte(index + i);
            if ((octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }

    /** Two tokens in the buffer are equal but for the case of letters. */
    static boolean isSameToken(ByteBuf in, int index, int other, int length) {
        for (int i = 0; i < length; i++) {
            byte left = in.getByte(index + i);
            byte right = in.getByte(other + i);
            if (left != right && ((left | 0x20) != (right | 0x20) || (left | 0x20) < 'a' || (left | 0x20) > 'z')) {
                return false;
            }
        }
        return true;
    }

    /** A word with its letters in lower case; other bytes may change too. */
    static long lowerCase(long word) {
        return word | LOWER_CASE_BITS;
    }

    /**
     * The number in in[index, index + length), which must be digits and nothing else.
     *
     * @return -1 for anything else, an empty string and numbers from 2^63 on
     */
    static long decimal(ByteBuf in, int index, int length) {
        long number = length == 0 ? -1 : 0;
        for (int i = 0; i < length; i++) {
            int digit = in.getByte(index + i) - '0';
            if (digit < 0 || digit > 9 || number > (Long.MAX_VALUE - digit) / 10) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }

    static void writeDecimal(ByteBuf out, int number) {
        int divisor = 1;
        while (number / divisor >= 10) {
            divisor *= 10;
        }
        for (; divisor > 0; divisor /= 10) {
            out.writeByte('0' + number / divisor % 10);
        }
    }

    static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }
}
