package io.boxcar.proxy.log;

/**
 * Makes text of others safe to print: nothing that a peer says can begin a line of its own in a log, move a terminal's cursor
 * or turn the direction of what follows. Everything that is logged, or answered by the admin server, passes here.
 */
public final class Printable {
    /** Text beyond is cut: a peer must not fill the disk with one message. */
    private static final int MAX_CHARS = 8192;

    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private Printable() {}

    /** The text in one line, with everything escaped as in Java that is not a character to be seen. */
    public static String line(String text) {
        int length = Math.min(text.length(), MAX_CHARS);
        if (length == text.length() && isHarmless(text)) {
            return text;
        }
        StringBuilder out = new StringBuilder(length + 32);
        for (int i = 0; i < length; i++) {
            append(out, text.charAt(i));
        }
        if (length < text.length()) {
            out.append("... (").append(text.length() - length).append(" characters more)");
        }
        return out.toString();
    }

    /** Appends the text as a JSON string (RFC 8259, section 7), quotes included. */
    public static void appendJson(StringBuilder out, CharSequence text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else {
                append(out, c);
            }
        }
        out.append('"');
    }

    private static boolean isHarmless(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isToBeEscaped(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static void append(StringBuilder out, char c) {
        switch (c) {
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                if (isToBeEscaped(c)) {
                    out.append("\\u")
                            .append(HEX[c >> 12])
                            .append(HEX[c >> 8 & 15])
                            .append(HEX[c >> 4 & 15])
                            .append(HEX[c & 15]);
                } else {
                    out.append(c);
                }
            }
        }
    }

    /** Control and format characters (direction, separators of lines), and surrogates, of which a lone one is not valid output. */
    private static boolean isToBeEscaped(char c) {
        if (c < 0x7f) {
            return c < ' ';
        }
        if (c < 0xa0 || Character.isSurrogate(c)) {
            return true;
        }
        int type = Character.getType(c);
        return type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || type == Character.UNASSIGNED;
    }
}
