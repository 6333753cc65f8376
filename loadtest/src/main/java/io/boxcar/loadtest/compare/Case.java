package io.boxcar.loadtest.compare;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One kind of load.
 *
 * @param open whether requests come at a fixed rate, half of the reference's top rate, rather than when responses arrive
 * @param pipeline requests in flight on each connection
 */
record Case(boolean open, int connections, int pipeline) {
    private static final int MAX_CONNECTIONS = 20_000;
    private static final Pattern CLOSED = Pattern.compile("(\\d{1,6})(?:x(\\d{1,4}))?");
    private static final Pattern OPEN = Pattern.compile("open-(\\d{1,6})");

    Case {
        if (connections < 1 || connections > MAX_CONNECTIONS || pipeline < 1) {
            throw new IllegalArgumentException("a case has 1 to 20000 connections, and a pipeline of at least 1");
        }
    }

    /** {@code 500x1} is connections and pipeline, {@code open-500} an open loop over 500 connections. */
    static Case parse(String text) {
        Matcher open = OPEN.matcher(text);
        if (open.matches()) {
            return new Case(true, Integer.parseInt(open.group(1)), 1);
        }
        Matcher closed = CLOSED.matcher(text);
        if (closed.matches()) {
            String pipeline = closed.group(2);
            return new Case(
                    false, Integer.parseInt(closed.group(1)), pipeline == null ? 1 : Integer.parseInt(pipeline));
        }
        throw new IllegalArgumentException(
                "'" + text + "' is no case; write CONNECTIONSxPIPELINE, as 500x1, or open-CONNECTIONS, as open-50");
    }

    String name() {
        return open ? "open-" + connections : connections + "x" + pipeline;
    }

    /** For a heading. */
    String title() {
        String of = connections == 1 ? "1 connection" : "%,d connections".formatted(connections);
        if (open) {
            return of + ", open loop";
        }
        return pipeline == 1 ? of + ", one request at a time" : of + ", " + pipeline + " requests in flight on each";
    }
}
