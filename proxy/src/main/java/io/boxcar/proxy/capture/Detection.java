package io.boxcar.proxy.capture;

import io.netty.buffer.ByteBuf;

/** What the first bytes of a client say of its protocol. Stateless. */
enum Detection {
    REDIS,
    HTTP,
    OTHER,
    TOO_FEW_BYTES;

    /** Longest token that is taken for an HTTP method; the registry has none above 17 (RFC 9110, section 16.1.1). */
    private static final int MAX_METHOD_BYTES = 20;

    /** A request line that is longer is not waited for. */
    private static final int MAX_LINE_BYTES = 16 * 1024;

    private static final int TLS_HANDSHAKE = 0x16;
    private static final String PREFACE = "PRI * HTTP/2.0\r\n";
    private static final String VERSION = " HTTP/1.";

    /** Whether this is the start of a TLS connection (RFC 8446, section 5.1), whatever is spoken inside. */
    static boolean isTls(ByteBuf view) {
        return view.isReadable() && view.getUnsignedByte(view.readerIndex()) == TLS_HANDSHAKE;
    }

    /**
     * Redis is told by an array of arguments, HTTP/1 by its whole request line, as many text protocols begin with a word in capitals,
     * and HTTP/2 by its preface (RFC 9113, section 3.4).
     */
    static Detection of(ByteBuf view) {
        int length = view.readableBytes();
        if (length == 0) {
            return TOO_FEW_BYTES;
        }
        int start = view.readerIndex();
        if (view.getByte(start) == '*') {
            if (length == 1) {
                return TOO_FEW_BYTES;
            }
            byte second = view.getByte(start + 1);
            return second >= '0' && second <= '9' ? REDIS : OTHER;
        }
        int method = methodLength(view, start, length);
        if (method < 0) {
            return OTHER;
        }
        if (method == length) {
            return TOO_FEW_BYTES;
        }
        int end = view.indexOf(start, start + length, (byte) '\n');
        if (end >= 0) {
            return isRequestLine(view, start, end) || isPreface(view, start, end + 1 - start) ? HTTP : OTHER;
        }
        return length > MAX_LINE_BYTES ? OTHER : TOO_FEW_BYTES;
    }

    /** Capitals up to a space or the end; -1 if that is not what it begins with. */
    private static int methodLength(ByteBuf view, int start, int length) {
        for (int i = 0; i < length && i <= MAX_METHOD_BYTES; i++) {
            byte b = view.getByte(start + i);
            if (b == ' ') {
                return i == 0 ? -1 : i;
            }
            if ((b < 'A' || b > 'Z') && b != '-' && b != '_') {
                return -1;
            }
        }
        return length <= MAX_METHOD_BYTES ? length : -1;
    }

    private static boolean isRequestLine(ByteBuf view, int start, int lineFeedAt) {
        int end = lineFeedAt;
        if (end > start && view.getByte(end - 1) == '\r') {
            end--;
        }
        int versionAt = end - VERSION.length() - 1;
        return versionAt > start && isAt(view, versionAt, VERSION);
    }

    private static boolean isPreface(ByteBuf view, int start, int length) {
        return length == PREFACE.length() && isAt(view, start, PREFACE);
    }

    private static boolean isAt(ByteBuf view, int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (view.getByte(at + i) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
