package io.boxcar.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/** Bytes as text with the escapes \r \n \t \\ \xHH; characters above 127 stand for the byte of that number. */
final class Bytes {
    private Bytes() {}

    static byte[] of(String text) {
        return unescape(text).getBytes(ISO_8859_1);
    }

    static String unescape(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = text.charAt(++i);
            switch (escape) {
                case 'r' -> out.append('\r');
                case 'n' -> out.append('\n');
                case 't' -> out.append('\t');
                case '\\' -> out.append('\\');
                case 'x' -> {
                    out.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> throw new IllegalArgumentException("escape \\" + escape + " in " + text);
            }
        }
        return out.toString();
    }

    static String escape(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) {
            switch (b) {
                case '\r' -> out.append("\\r");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> out.append(b >= ' ' && b < 127 ? "" + (char) b : "\\x%02x".formatted(b & 0xFF));
            }
        }
        return out.toString();
    }
}
