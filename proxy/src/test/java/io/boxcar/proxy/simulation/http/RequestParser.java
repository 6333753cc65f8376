package io.boxcar.proxy.simulation.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxcar.proxy.simulation.Wire;
import io.boxcar.proxy.simulation.http.SimRequest.Validity;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads what arrives on one connection of an origin: it must be, byte for byte, what some client has framed. */
final class RequestParser {
    /** Is told what has arrived. */
    interface Listener {
        void onHead(SimRequest request);

        void onEnd(SimRequest request);
    }

    private enum Reading {
        HEAD,
        LENGTH,
        CHUNK_SIZE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILERS
    }

    private final HttpSimulation world;
    private final Listener listener;
    private final Wire in = new Wire(Integer.MAX_VALUE);
    private final StringBuilder trailers = new StringBuilder();
    private Reading reading = Reading.HEAD;
    private @Nullable SimRequest request;
    private long left;
    private int bodyLength;

    RequestParser(HttpSimulation world, Listener listener) {
        this.world = world;
        this.listener = listener;
    }

    boolean isBetweenRequests() {
        return reading == Reading.HEAD && in.isEmpty();
    }

    void receive(Wire from, int count) {
        from.moveTo(in, count);
        while (!in.isEmpty() && advance()) {}
    }

    private SimRequest request() {
        SimRequest r = request;
        if (r == null) {
            throw new IllegalStateException("no head yet");
        }
        return r;
    }

    private boolean advance() {
        switch (reading) {
            case HEAD -> {
                return head();
            }
            case LENGTH -> {
                body((int) Math.min(left, in.size()));
                if (left == 0) {
                    end();
                }
                return true;
            }
            case CHUNK_DATA -> {
                body((int) Math.min(left, in.size()));
                reading = left == 0 ? Reading.CHUNK_END : Reading.CHUNK_DATA;
                return true;
            }
            case CHUNK_SIZE, CHUNK_END, TRAILERS -> {
                String line = line();
                if (line != null) {
                    chunkLine(line);
                }
                return line != null;
            }
        }
        throw new IllegalStateException();
    }

    private void chunkLine(String line) {
        if (reading == Reading.CHUNK_SIZE) {
            check(line.matches("[0-9a-f]{1,8}"), "chunk size " + line);
            left = Long.parseLong(line, 16);
            reading = left == 0 ? Reading.TRAILERS : Reading.CHUNK_DATA;
        } else if (reading == Reading.CHUNK_END) {
            check(line.isEmpty(), "a chunk does not end: " + line);
            reading = Reading.CHUNK_SIZE;
        } else if (line.isEmpty()) {
            check(trailers.toString().equals(request().trailers), "trailers " + trailers);
            end();
        } else {
            trailers.append(line).append("\r\n");
        }
    }

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
        byte[] head = in.copy(0, end);
        String text = new String(head, ISO_8859_1);
        in.skip(end);
        String[] line = text.substring(0, text.indexOf('\r')).split(" ", -1);
        SimRequest found = line.length == 3 && line[1].startsWith("/") ? world.request(token(line[1])) : null;
        if (found == null) {
            throw new AssertionError("nobody has asked this: " + text);
        }
        request = found;
        check(found.validity != Validity.BAD_HEAD, "it was broken");
        check(!found.isBehindTheLast, "it was behind the end of its client's requests");
        check(world.wasRead(found), "its client has not sent all of its head");
        check(
                Arrays.equals(head, found.canonicalHead),
                "its head is " + text + " instead of " + new String(found.canonicalHead, ISO_8859_1));
        bodyLength = 0;
        trailers.setLength(0);
        listener.onHead(found);
        if (text.contains("\r\nTransfer-Encoding: chunked\r\n")) {
            reading = Reading.CHUNK_SIZE;
        } else if (found.body.length > 0) {
            reading = Reading.LENGTH;
            left = found.body.length;
        } else {
            end();
        }
        return true;
    }

    private static String token(String target) {
        int query = target.indexOf('?');
        return target.substring(1, query < 0 ? target.length() : query);
    }

    private void body(int count) {
        SimRequest r = request();
        if (r.validity == Validity.GOOD) {
            check(bodyLength + count <= r.body.length, "too much body");
            for (int i = 0; i < count; i++) {
                check(in.at(i) == r.body[bodyLength + i], "a wrong byte in the body");
            }
        }
        in.skip(count);
        bodyLength += count;
        left -= count;
    }

    private void end() {
        SimRequest r = request();
        reading = Reading.HEAD;
        check(r.validity == Validity.GOOD, "its broken body came to an end");
        check(bodyLength == r.body.length, bodyLength + " bytes are all of its body");
        check(world.wasReadToTheEnd(r), "its client has not sent all of it");
        listener.onEnd(r);
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(request + " arrived wrongly: " + otherwise);
        }
    }
}
