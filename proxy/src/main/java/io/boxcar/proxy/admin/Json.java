package io.boxcar.proxy.admin;

import io.boxcar.proxy.log.Printable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes maps, lists, strings, numbers and booleans as indented JSON (RFC 8259). Owned by the thread that made it. */
public final class Json {

    private final StringBuilder out = new StringBuilder();

    private Json() {}

    /** The text of {@code value}, indented, with a line end. */
    public static String write(Object value) {
        Json json = new Json();
        json.value(value, 0);
        return json.out.append('\n').toString();
    }

    private void value(Object value, int depth) {
        switch (value) {
            case Map<?, ?> map -> object(map, depth);
            case List<?> list -> array(list, depth);
            case String string -> string(string);
            case Double d when !Double.isFinite(d) -> out.append("null"); // JSON has no such numbers
            case Number number -> out.append(number);
            case Boolean bool -> out.append(bool.booleanValue());
            default -> throw new IllegalArgumentException("not for JSON: " + value.getClass());
        }
    }

    private void object(Map<?, ?> map, int depth) {
        if (map.isEmpty()) {
            out.append("{}");
            return;
        }
        out.append('{');
        for (Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<?, ?> entry = i.next();
            newLine(depth + 1);
            string(String.valueOf(entry.getKey()));
            out.append(": ");
            value(entry.getValue(), depth + 1);
            out.append(i.hasNext() ? "," : "");
        }
        newLine(depth);
        out.append('}');
    }

    private void array(List<?> list, int depth) {
        if (list.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append('[');
        for (Iterator<?> i = list.iterator(); i.hasNext(); ) {
            newLine(depth + 1);
            value(i.next(), depth + 1);
            out.append(i.hasNext() ? "," : "");
        }
        newLine(depth);
        out.append(']');
    }

    private void string(String string) {
        Printable.appendJson(out, string);
    }

    private void newLine(int depth) {
        out.append('\n').append("  ".repeat(depth));
    }
}
