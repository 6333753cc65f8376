package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;

/**
 * Steps through one whole reply, which a {@link ReplyScanner} has found the end of, element by element. Owned by whoever
 * made it; looks at the buffer and keeps nothing of it.
 *
 * <pre>
 *   *2 CRLF $1 CRLF a CRLF *1 CRLF :7 CRLF      step() stops behind each header of an aggregate
 *          ^              ^       ^       ^     and behind each whole other element
 * </pre>
 *
 * Attributes are stepped over. Streamed types, which no Redis sends, are not understood: {@link #step} says false.
 */
final class ReplyElements {
    private static final int MAX_DIGITS = 18;

    private final ByteBuf in;
    private int start;
    private int next;
    private byte type;
    private boolean isNull;
    private long count;
    private int payload;
    private int payloadLength;

    ReplyElements(ByteBuf inView, int index) {
        in = inView;
        next = index;
    }

    /** Moves to the next element; false if there is none, or none that is understood. */
    boolean step() {
        start = next;
        while (header()) {
            if (type != '|') {
                return true;
            }
            if (!skipContent()) {
                return false;
            }
        }
        return false;
    }

    private boolean header() {
        isNull = false;
        count = 0;
        int lineEnd = lineEnd(next);
        if (lineEnd < 0) {
            return false;
        }
        type = in.getByte(next);
        payload = next + 1;
        payloadLength = lineEnd - payload;
        next = lineEnd + 2;
        return switch (type) {
            case '+', '-', ':', '#', ',', '(' -> true;
            case '_' -> {
                isNull = true;
                yield true;
            }
            case '$', '!', '=' -> bulk();
            case '*', '~', '>', '%', '|' -> aggregate();
            default -> false;
        };
    }

    private int lineEnd(int from) {
        int end = in.writerIndex();
        int index = from;
        while (index < end) {
            int found = in.indexOf(index, end, (byte) '\r');
            if (found < 0 || found + 1 >= end) {
                return -1;
            }
            if (in.getByte(found + 1) == '\n') {
                return found;
            }
            index = found + 1;
        }
        return -1;
    }

    private boolean bulk() {
        if (!isNumber()) {
            return false;
        }
        long length = number();
        isNull = length < 0;
        payload = next;
        payloadLength = isNull ? 0 : (int) Math.min(length, Integer.MAX_VALUE);
        if (isNull) {
            return true;
        }
        if (length > in.writerIndex() - next - 2L) {
            return false;
        }
        next += (int) length + 2;
        return true;
    }

    private boolean aggregate() {
        if (!isNumber()) {
            return false;
        }
        long announced = number();
        isNull = announced < 0;
        count = isNull ? 0 : type == '%' || type == '|' ? 2 * announced : announced;
        return true;
    }

    /** Moves behind all that is in the aggregate that the last step stopped at; nothing to do at other elements. */
    boolean skipContent() {
        int first = start;
        long owed = count;
        while (owed > 0) {
            if (!step()) {
                return false;
            }
            owed += count - 1;
        }
        start = first;
        return true;
    }

    /** Where the element starts, with its attributes. */
    int start() {
        return start;
    }

    /** Where the next element starts. */
    int end() {
        return next;
    }

    byte type() {
        return type;
    }

    /** Elements in the aggregate, two for each entry of a map; 0 for anything else. */
    long count() {
        return count;
    }

    /** RESP3's null or one of the two of RESP2. */
    boolean isNull() {
        return isNull;
    }

    boolean isError() {
        return type == '-' || type == '!';
    }

    boolean isInteger() {
        return type == ':' && isNumber();
    }

    /** An array or a set, or RESP2's null array. */
    boolean isList() {
        return type == '*' || type == '~';
    }

    boolean isText() {
        return (type == '+' || type == '$') && !isNull;
    }

    private boolean isNumber() {
        boolean negative = payloadLength > 0 && in.getByte(payload) == '-';
        int digits = payloadLength - (negative ? 1 : 0);
        if (digits < 1 || digits > MAX_DIGITS) {
            return false;
        }
        for (int index = payload + payloadLength - digits; index < payload + payloadLength; index++) {
            byte digit = in.getByte(index);
            if (digit < '0' || digit > '9') {
                return false;
            }
        }
        return true;
    }

    /** The integer that the last step stopped at. */
    long number() {
        long number = 0;
        for (int index = payload; index < payload + payloadLength; index++) {
            byte digit = in.getByte(index);
            number = digit == '-' ? number : number * 10 + (digit - '0');
        }
        return in.getByte(payload) == '-' ? -number : number;
    }

    /** What a string or a line says, without markers. */
    String text(Charset charset) {
        return in.toString(payload, payloadLength, charset);
    }

    int payloadIndex() {
        return payload;
    }

    int payloadLength() {
        return payloadLength;
    }
}
