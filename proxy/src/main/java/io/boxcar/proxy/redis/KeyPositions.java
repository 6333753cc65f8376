package io.boxcar.proxy.redis;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which arguments of a command are keys. The notation is explained in {@code keys.txt}.
 *
 * @param first number of the first key's argument; of a counted list, 1 if a destination comes before it, else 0
 * @param last number of the last key's argument; negative numbers count from behind the last argument
 * @param step from one key to the next
 * @param countAt number of the argument that says how many keys follow it, of a counted list
 */
record KeyPositions(Kind kind, int first, int last, int step, int countAt) {
    enum Kind {
        RANGE,
        COUNTED,
        STREAMS,
        SORT,
        GEORADIUS,
        MIGRATE,
        /** There are keys, and nobody has said where. */
        MOVABLE
    }

    static final KeyPositions MOVABLE = new KeyPositions(Kind.MOVABLE, 0, 0, 1, 0);

    private static final Pattern RANGE = Pattern.compile("(\\d+)(?:\\.\\.(-?\\d+))?(?:/(\\d+))?");
    private static final Pattern COUNTED = Pattern.compile("(1\\+)?count@(\\d+)(?:/(\\d+))?");

    static KeyPositions range(int first, int last, int step) {
        if (first < 1 || step < 1) {
            throw new IllegalArgumentException("keys from " + first + " in steps of " + step);
        }
        return new KeyPositions(Kind.RANGE, first, last, step, 0);
    }

    static KeyPositions parse(String text) {
        Matcher range = RANGE.matcher(text);
        if (range.matches()) {
            int first = Integer.parseInt(range.group(1));
            int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
            return range(first, last, step(range.group(3)));
        }
        Matcher counted = COUNTED.matcher(text);
        if (counted.matches()) {
            int destination = counted.group(1) == null ? 0 : 1;
            int countAt = Integer.parseInt(counted.group(2));
            return new KeyPositions(Kind.COUNTED, destination, 0, step(counted.group(3)), countAt);
        }
        return switch (text) {
            case "streams" -> new KeyPositions(Kind.STREAMS, 0, 0, 1, 0);
            case "sort" -> new KeyPositions(Kind.SORT, 1, 1, 1, 0);
            case "georadius" -> new KeyPositions(Kind.GEORADIUS, 1, 1, 1, 0);
            case "migrate" -> new KeyPositions(Kind.MIGRATE, 3, 3, 1, 0);
            default -> throw new IllegalArgumentException(text + " does not say where keys are");
        };
    }

    private static int step(@Nullable String text) {
        return text == null ? 1 : Integer.parseInt(text);
    }
}
