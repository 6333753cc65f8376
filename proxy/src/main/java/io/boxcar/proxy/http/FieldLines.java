package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Finds field lines up to the empty line, RFC 9112 section 5, without line folding. Owned by the owner of the message.
 *
 * <pre>
 *   NAME --':'--&gt; VALUE --CR LF--&gt; NAME
 *     '--CR LF, at the start of a line--&gt; complete
 * </pre>
 *
 * All offsets count from the first byte of the message, wherever the buffer has it.
 */
final class FieldLines {
    private static final int FEW_FIELDS = 16;
    private static final int TOO_LARGE = 431;
    /** As {@link ByteBuf#getShortLE} reads it. */
    private static final int LINE_END = '\n' << 8 | '\r';

    private final HeadLimits limits;

    /** Start and length of the name, start and length of the value, of one field after the other. */
    private int[] marks = new int[4 * FEW_FIELDS];

    private FieldKind[] kinds = new FieldKind[FEW_FIELDS];
    private final int[] firstOfKind = new int[FieldKind.values().length];
    private int count;
    private int seen;
    private int repeated;

    private int sectionStart;
    private int lineStart;
    private int position;
    private int nameLength;
    private boolean inValue;

    private int status;
    private String reason = "";

    FieldLines(HeadLimits limits) {
        this.limits = limits;
        Arrays.fill(kinds, FieldKind.OTHER);
    }

    /** Begins with the first field line at this offset of the message. */
    void begin(int offset) {
        count = 0;
        seen = 0;
        repeated = 0;
        sectionStart = offset;
        lineStart = offset;
        position = offset;
        inValue = false;
    }

    /** Goes on where the last call has stopped; the message is inView[start, start + available) so far. */
    ScanResult scan(ByteBuf inView, int start, int available) {
        while (true) {
            int limit = (int) Math.min((long) sectionStart + limits.maxHeaderBytes(), Integer.MAX_VALUE);
            int to = Math.min(available, limit);
            int linesBefore = count;
            ScanResult result = inValue ? value(inView, start, to) : name(inView, start, to);
            if (result != ScanResult.INCOMPLETE) {
                return result;
            }
            if (count == linesBefore) {
                return to == limit ? refuse(TOO_LARGE, "the fields are too large") : ScanResult.INCOMPLETE;
            }
        }
    }

    private ScanResult name(ByteBuf in, int start, int to) {
        int end = Octets.endOf(Octets.TOKEN, in, start + position, start + to) - start;
        position = end;
        if (end >= to) {
            return ScanResult.INCOMPLETE;
        }
        byte octet = in.getByte(start + end);
        if (octet == ':' && end > lineStart) {
            nameLength = end - lineStart;
            inValue = true;
            position = end + 1;
            return value(in, start, to);
        }
        if (octet == '\r' && end == lineStart) {
            return end + 1 >= to ? ScanResult.INCOMPLETE : last(in.getByte(start + end + 1));
        }
        return refuse(octet);
    }

    private ScanResult last(byte octet) {
        if (octet != '\n') {
            return refuse(400, "a carriage return without a line feed");
        }
        position += 2;
        return ScanResult.COMPLETE;
    }

    /** After a whole line the result is INCOMPLETE too; {@link #count} tells. */
    private ScanResult value(ByteBuf in, int start, int to) {
        int end = Octets.endOfText(in, start + position, start + to) - start;
        while (end < to && in.getByte(start + end) == '\t') {
            end = Octets.endOfText(in, start + end + 1, start + to) - start;
        }
        position = end;
        if (end + 1 >= to) {
            return end < to ? lastByte(in.getByte(start + end)) : ScanResult.INCOMPLETE;
        }
        // A name and a colon precede, so two bytes before the line end can be read along with it.
        int tail = in.getIntLE(start + end - 2);
        if (tail >>> 16 != LINE_END) {
            return (byte) (tail >>> 16) == '\r'
                    ? refuse(400, "a carriage return without a line feed")
                    : lastByte((byte) (tail >>> 16));
        }
        if (count == limits.maxFields()) {
            return refuse(TOO_LARGE, "too many fields");
        }
        boolean spaceBefore = Octets.isSpace((byte) (tail >>> 8));
        add(in, start, end, spaceBefore ? withoutSpaces(in, start, end) : end);
        inValue = false;
        lineStart = end + 2;
        position = lineStart;
        return ScanResult.INCOMPLETE;
    }

    /** Of the bytes so far: a control character in a value. */
    private ScanResult lastByte(byte octet) {
        if (octet == '\r') {
            return ScanResult.INCOMPLETE;
        }
        return refuse(400, octet == '\n' ? "a line feed without a carriage return" : "a control character in a field");
    }

    private int withoutSpaces(ByteBuf in, int start, int lineEnd) {
        int end = lineEnd;
        while (Octets.isSpace(in.getByte(start + end - 1))) {
            end--;
        }
        return end;
    }

    private void add(ByteBuf in, int start, int lineEnd, int textEnd) {
        int valueStart = lineStart + nameLength + 1;
        // Whatever comes after the colon, two bytes do.
        int head = in.getShortLE(start + valueStart) & 0xFFFF;
        valueStart = (head & 0xFF) == ' ' && head >>> 8 > ' '
                ? valueStart + 1
                : Octets.skipSpaces(in, start + valueStart, start + lineEnd) - start;
        int valueEnd = Math.max(valueStart, textEnd);
        if (count == kinds.length) {
            grow();
        }
        int mark = 4 * count;
        marks[mark] = lineStart;
        marks[mark + 1] = nameLength;
        marks[mark + 2] = valueStart;
        marks[mark + 3] = valueEnd - valueStart;
        FieldKind kind = FieldKind.at(in, start + lineStart, nameLength, start + lineEnd);
        kinds[count] = kind;
        if (kind != FieldKind.OTHER) {
            if ((seen & kind.bit()) == 0) {
                firstOfKind[kind.ordinal()] = count;
            } else {
                repeated |= kind.bit();
            }
            seen |= kind.bit();
        }
        count++;
    }

    private void grow() {
        int capacity = (int) Math.min(2L * kinds.length, limits.maxFields());
        marks = Arrays.copyOf(marks, 4 * capacity);
        int filled = kinds.length;
        kinds = Arrays.copyOf(kinds, capacity);
        Arrays.fill(kinds, filled, capacity, FieldKind.OTHER);
    }

    private ScanResult refuse(byte octet) {
        boolean atStart = position == lineStart;
        if (octet == ':') {
            return refuse(400, "a field without a name");
        }
        if (Octets.isSpace(octet)) {
            return refuse(
                    400, atStart ? "a line that continues another one" : "whitespace before the colon of a field");
        }
        if (octet == '\n') {
            return refuse(400, "a line feed without a carriage return");
        }
        return refuse(400, octet == '\r' ? "a field without a colon" : "a character that no field name has");
    }

    private ScanResult refuse(int newStatus, String newReason) {
        status = newStatus;
        reason = newReason;
        return ScanResult.REFUSED;
    }

    int status() {
        return status;
    }

    String reason() {
        return reason;
    }

    /** Of the empty line, after {@link ScanResult#COMPLETE}. */
    int emptyLineStart() {
        return position - 2;
    }

    /** The offset after the empty line. */
    int end() {
        return position;
    }

    int count() {
        return count;
    }

    boolean has(FieldKind kind) {
        return (seen & kind.bit()) != 0;
    }

    boolean isRepeated(FieldKind kind) {
        return (repeated & kind.bit()) != 0;
    }

    /** The number of the first field of a kind that is there. */
    int firstOf(FieldKind kind) {
        return firstOfKind[kind.ordinal()];
    }

    FieldKind kind(int field) {
        return kinds[field];
    }

    /** Leaves the field out of the canonical form. */
    void drop(int field) {
        kinds[field] = FieldKind.DROPPED;
    }

    int nameStart(int field) {
        return marks[4 * field];
    }

    int nameLength(int field) {
        return marks[4 * field + 1];
    }

    int valueStart(int field) {
        return marks[4 * field + 2];
    }

    int valueLength(int field) {
        return marks[4 * field + 3];
    }

    /** Of the field's line with its line end. */
    int lineEnd(int field) {
        return field + 1 < count ? nameStart(field + 1) : emptyLineStart();
    }
}
