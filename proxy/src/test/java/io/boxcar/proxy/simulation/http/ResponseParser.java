package io.boxcar.proxy.simulation.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxcar.proxy.simulation.Wire;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the responses of one client, as strictly as can be, and knows what each must be. */
final class ResponseParser {
    private enum Reading {
        HEAD,
        LENGTH,
        CHUNK_SIZE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILERS,
        UNTIL_CLOSE
    }

    private final HttpSimulation world;
    private final HttpSimClient client;
    private final Wire in = new Wire(Integer.MAX_VALUE);
    private Reading reading = Reading.HEAD;
    private @Nullable SimRequest request;
    private @Nullable Answer answer;
    private final StringBuilder trailers = new StringBuilder();
    private long left;
    private int bodyLength;
    private int status;
    private boolean closes;

    ResponseParser(HttpSimulation world, HttpSimClient client) {
        this.world = world;
        this.client = client;
    }

    void receive(Wire from, int count) {
        from.moveTo(in, count);
        while (!in.isEmpty() && advance()) {}
    }

    private boolean advance() {
        return switch (reading) {
            case HEAD -> head();
            case LENGTH -> {
                body((int) Math.min(left, in.size()));
                if (left == 0) {
                    end();
                }
                yield true;
            }
            case CHUNK_SIZE -> {
                String line = line();
                if (line != null) {
                    left = Long.parseLong(line, 16);
                    reading = left == 0 ? Reading.TRAILERS : Reading.CHUNK_DATA;
                }
                yield line != null;
            }
            case CHUNK_DATA -> {
                body((int) Math.min(left, in.size()));
                reading = left == 0 ? Reading.CHUNK_END : Reading.CHUNK_DATA;
                yield true;
            }
            case CHUNK_END -> {
                String line = line();
                check(line == null || line.isEmpty(), "chunk does not end: " + line);
                if (line != null) {
                    reading = Reading.CHUNK_SIZE;
                }
                yield line != null;
            }
            case TRAILERS -> {
                String line = line();
                if (line != null && line.isEmpty()) {
                    String expected = answer == null ? "" : answer.trailers;
                    check(trailers.toString().equals(expected), "trailers " + trailers + " instead of " + expected);
                    end();
                } else if (line != null) {
                    trailers.append(line).append("\r\n");
                }
                yield line != null;
            }
            case UNTIL_CLOSE -> {
                left = in.size();
                body(in.size());
                yield true;
            }
        };
    }

    /** The next line without its end, or null if it is not there. */
    private @Nullable String line() {
        int end = in.indexOf('\n', 0);
        if (end < 0) {
            return null;
        }
        check(end > 0 && in.at(end - 1) == '\r', "a line ends with LF");
        String line = new String(in.copy(0, end - 1), ISO_8859_1);
        in.skip(end + 1);
        return line;
    }

    private boolean head() {
        int end = -1;
        for (int at = in.indexOf('\n', 0); at >= 0 && end < 0; at = in.indexOf('\n', at + 1)) {
            if (at >= 3 && in.at(at - 1) == '\r' && in.at(at - 2) == '\n' && in.at(at - 3) == '\r') {
                end = at + 1;
            }
        }
        if (end < 0) {
            return false;
        }
        String text = new String(in.copy(0, end - 4), ISO_8859_1);
        in.skip(end);
        SimRequest awaited = client.awaited();
        request = awaited;
        if (awaited == null
                && text.contains("\r\nboxcar-error: overloaded\r\n")
                && !world.scenario().calm()) {
            client.isRefused();
            in.clear();
            return false;
        }
        if (awaited == null) {
            throw new AssertionError("client " + client.number + " got a response to nothing: " + text);
        }
        check(!client.wasToldOfClose(), "a response behind the last one: " + text);
        String[] lines = text.split("\r\n", -1);
        check(lines[0].matches("HTTP/1\\.1 [1-5][0-9][0-9] .*"), "status line " + lines[0]);
        status = Integer.parseInt(lines[0].substring(9, 12));
        Map<String, String> fields = fields(lines);
        String id = fields.get("x-answer");
        answer = id == null ? null : world.answer(id);
        Answer a = answer;
        check(a == null || a.request == awaited, "the response of another: " + text);
        check((a == null) == fields.containsKey("boxcar-error"), "whose response is this? " + text);
        if (status < 200) {
            check(awaited.minor == 1, "an interim response for HTTP/1.0");
            client.sawInterim(awaited);
            return true;
        }
        check(a == null || a.status == status, "status " + status + " instead of " + a);
        begin(awaited, fields);
        return true;
    }

    private Map<String, String> fields(String[] lines) {
        Map<String, String> fields = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(": ");
            check(colon > 0, "field line " + lines[i]);
            String name = lines[i].substring(0, colon).toLowerCase(Locale.ROOT);
            check(fields.put(name, lines[i].substring(colon + 2)) == null, name + " twice");
        }
        check(!fields.containsKey("keep-alive"), "a field of one hop is passed on");
        return fields;
    }

    private void begin(SimRequest awaited, Map<String, String> fields) {
        String connection = fields.getOrDefault("connection", "");
        closes = connection.equals("close") || awaited.minor == 0 && !connection.equals("keep-alive");
        bodyLength = 0;
        trailers.setLength(0);
        String length = fields.get("content-length");
        boolean isChunked = fields.containsKey("transfer-encoding");
        check(length == null || !isChunked, "both framings");
        check(!isChunked || awaited.minor == 1, "chunked for HTTP/1.0");
        boolean isUnread = answer == null && closes; // Boxcar may not know what it has refused
        if (awaited.method.equals("HEAD") && !isUnread || status == 204 || status == 304) {
            check(!isChunked, "chunked without a body");
            end();
        } else if (isChunked) {
            check("chunked".equals(fields.get("transfer-encoding")), "coding");
            reading = Reading.CHUNK_SIZE;
        } else if (length != null) {
            left = Long.parseLong(length);
            reading = Reading.LENGTH;
            if (left == 0) {
                end();
            }
        } else {
            check(closes, "a response without an end");
            reading = Reading.UNTIL_CLOSE;
        }
    }

    private void body(int count) {
        Answer a = answer;
        if (a != null) {
            check(bodyLength + count <= a.body.length, "more body than " + a);
            for (int i = 0; i < count; i++) {
                if (in.at(i) != a.body[bodyLength + i]) {
                    throw new AssertionError(request + " got a wrong byte at " + (bodyLength + i) + " of " + a);
                }
            }
        }
        in.skip(count);
        bodyLength += count;
        left -= count;
    }

    private void end() {
        SimRequest ended = request;
        if (ended == null) {
            throw new IllegalStateException();
        }
        reading = Reading.HEAD;
        Answer a = answer;
        boolean hasBody = !ended.method.equals("HEAD") && status != 204 && status != 304;
        check(a == null || !hasBody || bodyLength == a.body.length, bodyLength + " bytes are all of " + a);
        client.isAnswered(ended, a, status, closes);
    }

    /** Nothing more comes. */
    void isClosed(boolean withReset) {
        if (reading == Reading.UNTIL_CLOSE && !withReset) {
            end();
        }
        check(
                withReset
                        || reading != Reading.HEAD
                        || in.isEmpty()
                        || !world.scenario().calm(),
                "a piece of a head");
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError("client " + client.number + ", " + request + ": " + otherwise);
        }
    }
}
