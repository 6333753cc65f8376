package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * The beginning and the end of a message from Redis that may arrive in pieces: enough to tell what it answers. Owned by the
 * session that uses it.
 */
final class Message {
    private static final int HEAD_BYTES = 64;
    private static final int TAIL_BYTES = 32;

    private final byte[] head = new byte[HEAD_BYTES];
    private final byte[] tail = new byte[TAIL_BYTES];
    private int headLength;
    private int tailLength;

    void clear() {
        headLength = 0;
        tailLength = 0;
    }

    void append(ByteBuf inView, int from, int to) {
        int length = to - from;
        int first = Math.min(length, HEAD_BYTES - headLength);
        inView.getBytes(from, head, headLength, first);
        headLength += first;
        int last = Math.min(length, TAIL_BYTES);
        int kept = Math.min(tailLength, TAIL_BYTES - last);
        System.arraycopy(tail, tailLength - kept, tail, 0, kept);
        inView.getBytes(to - last, tail, kept, last);
        tailLength = kept + last;
    }

    /** The beginning of the first line, without the byte that says its type. */
    String line() {
        String text = text(head, headLength);
        int end = text.indexOf('\r');
        return text.substring(Math.min(1, text.length()), end < 0 ? text.length() : end);
    }

    boolean startsWith(String prefix) {
        return text(head, headLength).startsWith(prefix);
    }

    /** The first element of an array or push if it is a short string, else empty. */
    String firstElement() {
        String text = text(head, headLength);
        int element = text.indexOf("\r\n") + 2;
        int end = text.indexOf("\r\n", element);
        if (element < 2 || end <= element) {
            return "";
        }
        if (text.charAt(element) == '+') {
            return text.substring(element + 1, end);
        }
        int next = text.indexOf("\r\n", end + 2);
        return text.charAt(element) == '$' && next >= 0 ? text.substring(end + 2, next) : "";
    }

    /** The number that the message ends with, or -1. */
    long lastNumber() {
        String text = text(tail, tailLength);
        int colon = text.lastIndexOf(':');
        if (colon < 0 || !text.endsWith("\r\n") || text.length() - colon > 14) {
            return -1;
        }
        try {
            return Long.parseLong(text.substring(colon + 1, text.length() - 2));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static String text(byte[] bytes, int length) {
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }
}
