package io.boxcar.loadtest.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A page for each thing that a proxy has to carry. */
final class ShowcaseSite implements Site {
    private static final int PIECE_BYTES = 65_536;
    private static final long MAX_BYTES = 1L << 40;
    private static final long MAX_WAIT_MS = 3_600_000;
    private static final String HELP = """
            Boxcar's HTTP origin. Any method will do.
              /echo                    method, target and headers as they came, then the body as it comes
              /fixed?bytes=N           a body of N bytes (100) with a Content-Length
              /slow?ms=N               the same, after N milliseconds (1000)
              /chunked?chunks=N&bytes=M  N chunks (10) of M bytes (100) and a trailer, boxcar-chunks
              /status?code=N           an empty response with status N (200 to 599; 200)
              /sse?events=N&ms=M       N server-sent events (10), one every M milliseconds (1000)
              /counters                what this origin has counted, as JSON
            """;

    private final HttpOrigin origin;
    private final ByteBuf piece;

    ShowcaseSite(HttpOrigin origin) {
        this.origin = origin;
        byte[] bytes = new byte[PIECE_BYTES];
        Arrays.fill(bytes, (byte) 'x');
        piece = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(bytes).asReadOnly());
    }

    @Override
    public boolean echoes(HttpRequest request) {
        return path(request.uri()).equals("/echo");
    }

    @Override
    public int maxBodyBytes() {
        return 0;
    }

    @Override
    public Answer answer(HttpRequest request, ByteBuf bodyView) {
        Query query = new Query(request.uri());
        try {
            return switch (path(request.uri())) {
                case "/", "*" -> Answer.text(HttpResponseStatus.OK, HELP);
                case "/fixed" -> fixed(query.number("bytes", 100, 0, MAX_BYTES));
                case "/slow" -> new Answer.Delayed(query.number("ms", 1_000, 0, MAX_WAIT_MS), fixed(100));
                case "/chunked" ->
                    chunked(query.number("chunks", 10, 0, MAX_BYTES), query.number("bytes", 100, 1, PIECE_BYTES));
                case "/status" -> status(query.number("code", 200, 200, 599));
                case "/sse" ->
                    new Answer.Events(
                            query.number("events", 10, 0, MAX_BYTES), query.number("ms", 1_000, 0, MAX_WAIT_MS));
                case "/counters" -> counters();
                default -> Answer.text(HttpResponseStatus.NOT_FOUND, "nothing here; GET / lists what there is\n");
            };
        } catch (IllegalArgumentException e) {
            return Answer.text(HttpResponseStatus.BAD_REQUEST, e.getMessage() + "\n");
        }
    }

    private Answer fixed(long bytes) {
        if (bytes <= PIECE_BYTES) {
            return new Answer.Whole(HttpResponseStatus.OK, Answer.TEXT, piece.retainedSlice(0, (int) bytes), Map.of());
        }
        long pieces = (bytes + PIECE_BYTES - 1) / PIECE_BYTES;
        return new Answer.Pieces(pieces, piece, (int) (bytes - (pieces - 1) * PIECE_BYTES), false);
    }

    private Answer chunked(long chunks, long bytes) {
        return new Answer.Pieces(chunks, piece.slice(0, (int) bytes), (int) bytes, true);
    }

    private static Answer status(long code) {
        return new Answer.Whole(HttpResponseStatus.valueOf((int) code), Answer.TEXT, Unpooled.EMPTY_BUFFER, Map.of());
    }

    private Answer counters() {
        return Answer.json(
                HttpResponseStatus.OK,
                "{\"openConnections\":" + origin.openConnections() + ",\"acceptedConnections\":"
                        + origin.acceptedConnections() + ",\"requests\":" + origin.requests() + "}");
    }

    /** The path of a target in origin-form, or in absolute-form (RFC 9112, section 3.2). */
    private static String path(String target) {
        int start = 0;
        int scheme = target.startsWith("/") ? -1 : target.indexOf("://");
        if (scheme > 0) {
            int slash = target.indexOf('/', scheme + 3);
            if (slash < 0) {
                return "/";
            }
            start = slash;
        }
        int query = target.indexOf('?', start);
        return target.substring(start, query < 0 ? target.length() : query);
    }

    /** The parameters behind the question mark. */
    private static final class Query {
        private final Map<String, List<String>> parameters;

        Query(String target) {
            parameters = target.indexOf('?') < 0 ? Map.of() : new QueryStringDecoder(target).parameters();
        }

        long number(String name, long otherwise, long min, long max) {
            List<String> values = parameters.get(name);
            if (values == null) {
                return otherwise;
            }
            try {
                long value = Long.parseLong(values.getFirst());
                if (value >= min && value <= max) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // Says below what would be right.
            }
            throw new IllegalArgumentException(
                    name + "=" + values.getFirst() + " is not a number from " + min + " to " + max);
        }
    }
}
