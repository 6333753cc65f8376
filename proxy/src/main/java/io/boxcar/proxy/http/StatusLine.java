package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;

/**
 * Reads {@code HTTP-version SP status-code SP [reason-phrase] CRLF}, RFC 9112 section 4; the second space may be absent if nothing
 * follows it, as servers have always done. Owned by the owner of the response. Offsets count from its first byte.
 */
final class StatusLine {
    private static final byte[] VERSION = Octets.ascii("HTTP/1.");
    private static final int MINOR_DIGIT = 7;
    private static final int STATUS_START = 9;
    private static final int STATUS_END = 12;

    private final HeadLimits limits;
    private int position;
    private int minorVersion;
    private int status;
    private int reasonStart;
    private int reasonLength;
    private String reason = "";

    StatusLine(HeadLimits limits) {
        this.limits = limits;
    }

    void begin() {
        position = 0;
        status = 0;
    }

    /** Goes on where the last call has stopped; the response is inView[start, start + available) so far. */
    ScanResult scan(ByteBuf inView, int start, int available) {
        int limit = limits.maxLineBytes();
        int to = Math.min(available, limit);
        while (position <= STATUS_END && position < to) {
            if (!accept(inView.getByte(start + position))) {
                return refuse(
                        position < STATUS_START
                                ? "the response does not begin with HTTP/1.0 or HTTP/1.1"
                                : "the status is not a number from 100 to 599");
            }
            position++;
        }
        ScanResult result = position > STATUS_END ? phrase(inView, start, to) : ScanResult.INCOMPLETE;
        return result == ScanResult.INCOMPLETE && to == limit ? refuse("the status line is too long") : result;
    }

    private boolean accept(byte octet) {
        if (position < MINOR_DIGIT) {
            return octet == VERSION[position];
        }
        if (position == MINOR_DIGIT) {
            minorVersion = octet - '0';
            return octet == '0' || octet == '1';
        }
        if (position < STATUS_START) {
            return octet == ' ';
        }
        if (position < STATUS_END) {
            status = status * 10 + octet - '0';
            return Octets.is(Octets.DIGIT, octet) && (position > STATUS_START || (octet >= '1' && octet <= '5'));
        }
        reasonStart = octet == ' ' ? STATUS_END + 1 : STATUS_END;
        return octet == ' ' || octet == '\r';
    }

    private ScanResult phrase(ByteBuf in, int start, int to) {
        int end = Math.max(reasonStart, position - 1);
        byte octet;
        do {
            end = Octets.endOfText(in, start + end, start + to) - start;
            if (end >= to) {
                position = Math.max(position, end);
                return ScanResult.INCOMPLETE;
            }
            octet = in.getByte(start + end++);
        } while (octet == '\t');
        if (octet != '\r') {
            return refuse(
                    octet == '\n' ? "a line feed without a carriage return" : "a control character in the reason");
        }
        if (end >= to) {
            position = end;
            return ScanResult.INCOMPLETE;
        }
        if (in.getByte(start + end) != '\n') {
            return refuse("a carriage return without a line feed");
        }
        reasonLength = end - 1 - reasonStart;
        position = end + 1;
        return ScanResult.COMPLETE;
    }

    private ScanResult refuse(String newReason) {
        reason = newReason;
        return ScanResult.REFUSED;
    }

    String reason() {
        return reason;
    }

    /** The offset after the line, once it is complete. */
    int end() {
        return position;
    }

    int minorVersion() {
        return minorVersion;
    }

    int status() {
        return status;
    }

    int reasonStart() {
        return reasonStart;
    }

    int reasonLength() {
        return reasonLength;
    }

    /** The line in the canonical form is this line. */
    boolean isCanonical() {
        return minorVersion == 1 && reasonStart > STATUS_END;
    }
}
