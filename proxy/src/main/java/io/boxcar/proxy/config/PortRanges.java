package io.boxcar.proxy.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Some TCP ports, as people write them: {@code 80,8000-8100}.
 *
 * @param ranges in the order in which they were written; none means no port
 */
public record PortRanges(List<Range> ranges) {

    private static final int MAX_PORT = 65535;

    public static final PortRanges NONE = new PortRanges(List.of());

    /** From {@code first} to {@code last}, both included. */
    public record Range(int first, int last) {
        @Override
        public String toString() {
            return first == last ? Integer.toString(first) : first + "-" + last;
        }
    }

    public PortRanges {
        ranges = List.copyOf(ranges);
    }

    /**
     * Reads ports and ranges of ports with commas between them; an empty text has none.
     *
     * @throws IllegalArgumentException with a sentence for the user that quotes the text and says what is expected
     */
    public static PortRanges parse(String text) {
        List<Range> ranges = new ArrayList<>();
        if (!text.isBlank()) {
            for (String part : text.split(",", -1)) {
                ranges.add(range(part.strip()));
            }
        }
        return new PortRanges(ranges);
    }

    private static Range range(String text) {
        int dash = text.indexOf('-');
        int first = port(text, dash < 0 ? text : text.substring(0, dash));
        int last = dash < 0 ? first : port(text, text.substring(dash + 1));
        if (last < first) {
            throw new IllegalArgumentException("'" + text + "' is not a range of ports: its end is before its start");
        }
        return new Range(first, last);
    }

    private static int port(String whole, String text) {
        boolean digits = !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        int port = digits ? Integer.parseInt(text) : 0;
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException(
                    "'" + whole + "' is not a port from 1 to 65535 or a range of them, as in 6379 or 8000-8100");
        }
        return port;
    }

    public boolean isEmpty() {
        return ranges.isEmpty();
    }

    public boolean contains(int port) {
        for (int i = 0; i < ranges.size(); i++) {
            Range range = ranges.get(i);
            if (range.first <= port && port <= range.last) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return ranges.stream().map(Range::toString).collect(Collectors.joining(","));
    }
}
