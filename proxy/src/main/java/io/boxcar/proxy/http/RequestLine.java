package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;

/**
 * Reads {@code method SP request-target SP HTTP-version CRLF}, RFC 9112 section 3, one space each. Owned by the owner of the
 * request. Offsets count from the first byte of the request.
 *
 * <pre>
 *   START --at most one CR LF--&gt; METHOD --SP--&gt; TARGET --SP--&gt; VERSION --CR LF--&gt; complete
 * </pre>
 */
final class RequestLine {
    private static final byte[] VERSION = Octets.ascii("HTTP/1.1\r\n");
    private static final long VERSION_1_1 = Octets.word("HTTP/1.1");
    private static final long VERSION_1_0 = Octets.word("HTTP/1.0");
    private static final byte[] HTTP = Octets.ascii("http");
    private static final byte[] HTTPS = Octets.ascii("https");
    private static final byte[] PRI = Octets.ascii("PRI");
    private static final int MAJOR_DIGIT = 5;
    private static final int MINOR_DIGIT = 7;
    private static final int VERSION_END = 8;

    private enum Phase {
        START,
        METHOD,
        TARGET,
        VERSION
    }

    private final HeadLimits limits;
    private Phase phase = Phase.START;
    private int position;

    private Method method = Method.OTHER;
    private int methodStart;
    private int methodLength;
    private int targetStart;
    private int targetEnd;
    private int versionStart;
    private int minorVersion;
    private boolean absolute;
    private boolean asterisk;
    private int authorityStart;
    private int authorityLength;
    private int pathStart;
    private int pathLength;
    private boolean pathEmpty;
    private boolean http2Preface;
    private int status;
    private String reason = "";

    RequestLine(HeadLimits limits) {
        this.limits = limits;
    }

    void begin() {
        phase = Phase.START;
        position = 0;
        methodStart = 0;
        http2Preface = false;
    }

    /** Goes on where the last call has stopped; the request is inView[start, start + available) so far. */
    ScanResult scan(ByteBuf inView, int start, int available) {
        if (phase == Phase.START && !skipEmptyLine(inView, start, available)) {
            return status == 0 ? ScanResult.INCOMPLETE : ScanResult.REFUSED;
        }
        int limit = (int) Math.min((long) methodStart + limits.maxLineBytes(), Integer.MAX_VALUE);
        int to = Math.min(available, limit);
        ScanResult result = phase == Phase.METHOD ? method(inView, start, to) : ScanResult.COMPLETE;
        if (result == ScanResult.COMPLETE && phase == Phase.TARGET) {
            result = target(inView, start, to);
        }
        if (result == ScanResult.COMPLETE) {
            result = version(inView, start, to);
        }
        return result == ScanResult.INCOMPLETE && to == limit ? refuse(414, "the request line is too long") : result;
    }

    /** False if that needs more bytes, or is refused. */
    private boolean skipEmptyLine(ByteBuf in, int start, int available) {
        status = 0;
        if (available == 0) {
            return false;
        }
        if (in.getByte(start) == '\r') {
            if (available == 1) {
                return false;
            }
            if (in.getByte(start + 1) != '\n') {
                refuse("a carriage return without a line feed");
                return false;
            }
            methodStart = 2;
            position = 2;
        }
        phase = Phase.METHOD;
        return true;
    }

    private ScanResult method(ByteBuf in, int start, int to) {
        position = Octets.endOf(Octets.TOKEN, in, start + position, start + to) - start;
        if (position >= to) {
            return ScanResult.INCOMPLETE;
        }
        methodLength = position - methodStart;
        if (methodLength == 0 || in.getByte(start + position) != ' ') {
            return refuse("the request does not begin with a method and a space");
        }
        method = Method.at(in, start + methodStart, methodLength, start + to);
        position++;
        targetStart = position;
        phase = Phase.TARGET;
        return ScanResult.COMPLETE;
    }

    private ScanResult target(ByteBuf in, int start, int to) {
        if (position >= to) {
            return ScanResult.INCOMPLETE;
        }
        boolean origin = in.getByte(start + targetStart) == '/' && method != Method.CONNECT;
        int octetClass = origin ? Octets.PATH : Octets.TARGET;
        while (true) {
            position = Octets.endOf(octetClass, in, start + position, start + to) - start;
            if (position >= to) {
                return ScanResult.INCOMPLETE;
            }
            byte octet = in.getByte(start + position);
            if (octet == ' ') {
                break;
            }
            if (octet != '%') {
                return refuse("a character that no request target has");
            }
            if (to - position < 3) {
                return ScanResult.INCOMPLETE;
            }
            if (!Octets.isPercentEncoded(in, start + position, start + to)) {
                return refuse("a percent sign without two hexadecimal digits");
            }
            position += 3;
        }
        targetEnd = position;
        if (!(origin ? originForm() : otherForm(in, start))) {
            return refuse("the request target has no form that fits the method");
        }
        position++;
        versionStart = position;
        phase = Phase.VERSION;
        return ScanResult.COMPLETE;
    }

    private boolean originForm() {
        absolute = false;
        asterisk = false;
        pathEmpty = false;
        authorityLength = 0;
        pathStart = targetStart;
        pathLength = targetEnd - targetStart;
        return true;
    }

    private boolean otherForm(ByteBuf in, int start) {
        originForm();
        if (method == Method.CONNECT) {
            authorityStart = targetStart;
            authorityLength = pathLength;
            pathLength = 0;
            return Authority.isValidWithPort(in, start + targetStart, start + targetEnd);
        }
        if (pathLength == 1 && in.getByte(start + targetStart) == '*') {
            asterisk = true;
            return method == Method.OPTIONS || isPri(in, start);
        }
        return absoluteForm(in, start);
    }

    private boolean isPri(ByteBuf in, int start) {
        return methodLength == PRI.length
                && in.getByte(start + methodStart) == PRI[0]
                && in.getByte(start + methodStart + 1) == PRI[1]
                && in.getByte(start + methodStart + 2) == PRI[2];
    }

    private boolean absoluteForm(ByteBuf in, int start) {
        int colon = Octets.endOf(Octets.REG_NAME, in, start + targetStart, start + targetEnd) - start;
        int schemeLength = colon - targetStart;
        if (targetEnd - colon < 3
                || in.getByte(start + colon) != ':'
                || in.getByte(start + colon + 1) != '/'
                || in.getByte(start + colon + 2) != '/'
                || !(Octets.isToken(in, start + targetStart, schemeLength, HTTP)
                        || Octets.isToken(in, start + targetStart, schemeLength, HTTPS))) {
            return false;
        }
        absolute = true;
        authorityStart = colon + 3;
        int end = authorityStart;
        while (end < targetEnd && in.getByte(start + end) != '/' && in.getByte(start + end) != '?') {
            end++;
        }
        authorityLength = end - authorityStart;
        pathStart = end;
        pathLength = targetEnd - end;
        asterisk = pathLength == 0 && method == Method.OPTIONS;
        pathEmpty = !asterisk && (pathLength == 0 || in.getByte(start + end) == '?');
        return Authority.isValid(in, start + authorityStart, start + end) && isPath(in, start);
    }

    /** Brackets are for the authority alone. */
    private boolean isPath(ByteBuf in, int start) {
        for (int offset = pathStart; offset < targetEnd; offset++) {
            byte octet = in.getByte(start + offset);
            if (octet == '[' || octet == ']') {
                return false;
            }
        }
        return true;
    }

    private ScanResult version(ByteBuf in, int start, int to) {
        int available = to - versionStart;
        if (available >= VERSION_END) {
            long word = in.getLongLE(start + versionStart);
            if (word == VERSION_1_1 || word == VERSION_1_0) {
                minorVersion = word == VERSION_1_1 ? 1 : 0;
                return lineEnd(in, start, to);
            }
        }
        return otherVersion(in, start, Math.min(available, VERSION_END));
    }

    private ScanResult lineEnd(ByteBuf in, int start, int to) {
        int offset = versionStart + VERSION_END;
        if (offset < to && in.getByte(start + offset) != '\r') {
            return refuse("no line end after the version");
        }
        if (offset + 1 < to && in.getByte(start + offset + 1) != '\n') {
            return refuse("a carriage return without a line feed");
        }
        if (offset + 1 >= to) {
            return ScanResult.INCOMPLETE;
        }
        if (asterisk && method == Method.OTHER) {
            return refuse("the request target has no form that fits the method");
        }
        position = offset + 2;
        return ScanResult.COMPLETE;
    }

    private ScanResult otherVersion(ByteBuf in, int start, int available) {
        for (int i = 0; i < available; i++) {
            byte octet = in.getByte(start + versionStart + i);
            boolean digit = i == MAJOR_DIGIT || i == MINOR_DIGIT;
            if (digit ? !Octets.is(Octets.DIGIT, octet) : octet != VERSION[i]) {
                return refuse("the request line does not end with a version of HTTP");
            }
        }
        if (available < VERSION_END) {
            return ScanResult.INCOMPLETE;
        }
        http2Preface = asterisk
                && isPri(in, start)
                && in.getByte(start + versionStart + MAJOR_DIGIT) == '2'
                && in.getByte(start + versionStart + MINOR_DIGIT) == '0';
        refuse("a version of HTTP other than 1.0 and 1.1");
        status = 505;
        return ScanResult.REFUSED;
    }

    private ScanResult refuse(String newReason) {
        return refuse(400, newReason);
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

    boolean isHttp2Preface() {
        return http2Preface;
    }

    /** The offset after the line, once it is complete. */
    int end() {
        return position;
    }

    Method method() {
        return method;
    }

    int methodStart() {
        return methodStart;
    }

    int methodLength() {
        return methodLength;
    }

    int minorVersion() {
        return minorVersion;
    }

    /** The line in the canonical form is this line. */
    boolean isCanonical() {
        return !absolute && minorVersion == 1;
    }

    boolean isAbsolute() {
        return absolute;
    }

    boolean isAsterisk() {
        return asterisk;
    }

    boolean isPathEmpty() {
        return pathEmpty;
    }

    int authorityStart() {
        return authorityStart;
    }

    /** 0 if the target has no authority. */
    int authorityLength() {
        return authorityLength;
    }

    int pathStart() {
        return pathStart;
    }

    int pathLength() {
        return pathLength;
    }
}
