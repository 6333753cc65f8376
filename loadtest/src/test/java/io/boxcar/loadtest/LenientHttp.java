package io.boxcar.loadtest;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests as the most careless servers do: any line end, any whitespace anywhere, folded lines, a framing field wherever
 * something looks like one, numbers up to where they stop being numbers. Servers differ in what they make of it, hence the tastes.
 *
 * @param lengthWins Content-Length counts if there is Transfer-Encoding, too
 * @param lastLength the last of several Content-Length counts, not the first
 * @param bareCr a carriage return alone ends a line
 * @param underscores an underscore in a name is a hyphen
 */
record LenientHttp(boolean lengthWins, boolean lastLength, boolean bareCr, boolean underscores) {
    /** @param end the index behind it */
    record Request(String method, String target, String body, boolean isLast, int end) {}

    /** The request that begins at this index, or behind what may be skipped there; null if it is not all there. */
    @Nullable
    Request first(String bytes, int from) {
        int at = from;
        String line;
        do {
            int end = lineEnd(bytes, at);
            if (end < 0) {
                return null;
            }
            line = text(bytes, at, end);
            at = end;
        } while (line.isBlank());
        String[] words = (line.strip() + " - -").split("[\\s\\x0b\\x00]+", 4);
        boolean isChunked = false;
        long length = -1;
        boolean isLast = words[2].equals("HTTP/1.0");
        String previous = "";
        while (true) {
            int end = lineEnd(bytes, at);
            if (end < 0) {
                return null;
            }
            line = text(bytes, at, end);
            at = end;
            if (line.isEmpty()) {
                break;
            }
            String whole = line;
            if (line.charAt(0) <= ' ' && line.indexOf(':') < 0) {
                whole = previous + line; // folded
            }
            previous = whole;
            int colon = whole.indexOf(':');
            String name = colon < 0 ? "" : bare(whole.substring(0, colon)).toLowerCase(Locale.ROOT);
            String value = bare(whole.substring(colon + 1)).toLowerCase(Locale.ROOT);
            if (underscores) {
                name = name.replace('_', '-');
            }
            if (name.equals("transfer-encoding")) {
                isChunked |= value.contains("chunked");
            } else if (name.equals("content-length") && (length < 0 || lastLength)) {
                length = number(value, 10);
            } else if (name.equals("connection")) {
                isLast |= value.contains("close");
            }
        }
        if (isChunked && !(lengthWins && length >= 0)) {
            return chunked(words, bytes, at, isLast);
        }
        if (length > bytes.length() - at) {
            return null;
        }
        int end = at + (int) Math.max(0, length);
        return new Request(words[0], words[1], bytes.substring(at, end), isLast, end);
    }

    private @Nullable Request chunked(String[] words, String bytes, int from, boolean isLast) {
        StringBuilder body = new StringBuilder();
        int at = from;
        while (true) {
            int end = lineEnd(bytes, at);
            if (end < 0) {
                return null;
            }
            long size = number(bare(text(bytes, at, end)).replaceFirst("^0[xX]", ""), 16);
            at = end;
            if (size <= 0) {
                break;
            }
            if (size > bytes.length() - at) {
                return null;
            }
            body.append(bytes, at, at + (int) size);
            at += (int) size;
            if (at < bytes.length() && bytes.charAt(at) == '\r') {
                at++;
            }
            if (at < bytes.length() && bytes.charAt(at) == '\n') {
                at++;
            }
        }
        while (true) {
            int end = lineEnd(bytes, at);
            if (end < 0) {
                return null;
            }
            boolean isEmpty = text(bytes, at, end).isEmpty();
            at = end;
            if (isEmpty) {
                return new Request(words[0], words[1], body.toString(), isLast, at);
            }
        }
    }

    /** The index behind the line that begins here, or -1. */
    private int lineEnd(String bytes, int from) {
        for (int i = from; i < bytes.length(); i++) {
            char c = bytes.charAt(i);
            if (c == '\n') {
                return i + 1;
            }
            if (c == '\r' && bareCr && i + 1 < bytes.length()) {
                return bytes.charAt(i + 1) == '\n' ? i + 2 : i + 1;
            }
        }
        return -1;
    }

    private static String text(String bytes, int from, int end) {
        int to = end;
        while (to > from && (bytes.charAt(to - 1) == '\n' || bytes.charAt(to - 1) == '\r')) {
            to--;
        }
        return bytes.substring(from, to);
    }

    private static String bare(String text) {
        return text.replaceAll("^[\\x00-\\x20\\x7f-\\xa0]+|[\\x00-\\x20\\x7f-\\xa0]+$", "");
    }

    private static long number(String text, int radix) {
        long number = 0;
        for (int i = 0; i < text.length() && i < 12; i++) {
            int digit = Character.digit(text.charAt(i), radix);
            if (digit < 0) {
                break;
            }
            number = number * radix + digit;
        }
        return number;
    }
}
