package io.boxcar.proxy.simulation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command as the scripted upstream reads it.
 *
 * @param length its bytes
 * @param words none if it needs no answer
 * @param valid whether it is what the protocol allows
 */
record Command(int length, List<String> words, boolean valid) {

    /** The command at the head of these bytes, or null if its end has not come. */
    static @Nullable Command parse(Wire in) {
        int lineEnd = in.indexOf('\n', 0);
        if (lineEnd < 0) {
            return null;
        }
        if (in.at(0) != '*') {
            String line = text(in, 0, lineEnd).strip();
            return new Command(lineEnd + 1, line.isEmpty() ? List.of() : List.of(line.split(" +")), true);
        }
        int count = number(in, 0, lineEnd);
        int index = lineEnd + 1;
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int end = in.indexOf('\n', index);
            if (end < 0) {
                return null;
            }
            if (in.at(index) != '$') {
                return new Command(in.size(), words, false);
            }
            int length = number(in, index, end);
            if (end + 1 + length + 2 > in.size()) {
                return null;
            }
            words.add(text(in, end + 1, end + 1 + length));
            index = end + 1 + length + 2;
        }
        return new Command(index, words, true);
    }

    private static int number(Wire in, int from, int lineEnd) {
        return Integer.parseInt(text(in, from + 1, lineEnd - 1));
    }

    private static String text(Wire in, int from, int to) {
        return new String(in.copy(from, to), ISO_8859_1);
    }

    String word(int index) {
        return index < words.size() ? words.get(index) : "";
    }

    String last() {
        return words.isEmpty() ? "" : words.getLast();
    }
}
