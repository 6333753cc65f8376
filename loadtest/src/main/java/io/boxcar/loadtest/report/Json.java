package io.boxcar.loadtest.report;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes JSON (RFC 8259): objects, arrays, and in them members in the order of the calls. Numbers that JSON has no way to
 * write become {@code null}. Owned by one thread.
 */
public final class Json {
    private final StringBuilder out = new StringBuilder();
    private final Deque<Character> ends = new ArrayDeque<>();
    private boolean first = true;

    /** Begins the object that is all. */
    public Json() {
        begin('{', '}');
    }

    /** Begins an object as a member; {@link #end} ends it. */
    public Json object(String name) {
        key(name);
        return begin('{', '}');
    }

    /** Begins an object as an element of an array. */
    public Json object() {
        comma();
        return begin('{', '}');
    }

    public Json array(String name) {
        key(name);
        return begin('[', ']');
    }

    /** Begins an array as an element of an array. */
    public Json array() {
        comma();
        return begin('[', ']');
    }

    public Json end() {
        out.append('\n').append("  ".repeat(ends.size() - 1)).append(ends.pop());
        first = false;
        return this;
    }

    public Json member(String name, String value) {
        key(name);
        quote(value);
        return this;
    }

    public Json member(String name, double value) {
        key(name);
        out.append(number(value));
        return this;
    }

    public Json member(String name, boolean value) {
        key(name);
        out.append(value);
        return this;
    }

    public Json element(String value) {
        comma();
        quote(value);
        return this;
    }

    public Json element(double value) {
        comma();
        out.append(number(value));
        return this;
    }

    /** The whole document; ends what is still open. */
    public String finish() {
        while (!ends.isEmpty()) {
            end();
        }
        return out.append('\n').toString();
    }

    private Json begin(char begin, char end) {
        out.append(begin);
        ends.push(end);
        first = true;
        return this;
    }

    private void key(String name) {
        comma();
        quote(name);
        out.append(": ");
    }

    private void comma() {
        out.append(first ? "\n" : ",\n").append("  ".repeat(ends.size()));
        first = false;
    }

    private static String number(double value) {
        if (!Double.isFinite(value)) {
            return "null";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private void quote(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c == '\u007f') {
                out.append("\\u%04x".formatted((int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
