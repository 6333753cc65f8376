package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What comes out of Boxcar is what the reference reads in what went in: random messages, most with something wrong, in both
 * directions. What cannot be read is refused, and never comes out.
 */
@ExtendWith(NoLeaks.class)
class HttpDifferentialTest {
    private static final long SEED = Long.getLong("boxcar.differential.seed", 20_251_121);
    private static final int STREAMS = Integer.getInteger("boxcar.differential.streams", 1500);
    private static final int TOGETHER = 100;
    private static final Set<String> BETWEEN_TWO_HOPS = Set.of(
            "connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade", "http2-settings");
    private static final String[] FIELDS = {
        "X-a: b",
        "x-A:c",
        "X-B:  d  ",
        "X-Empty:",
        "Accept: */*",
        "accept: text/html, x",
        "Cookie: a=b; c=d",
        "X-\u00ff: x",
        "X-High: \u00e9\u0080",
        "X-Tab: a\tb",
        "Connection: x-a",
        "Connection: keep-alive, X-B",
        "Connection: cookie",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: x",
        "TE: trailers",
        "Upgrade: h2c",
        "HTTP2-Settings: AAA",
        "Via: 1.1 other",
        "Expect: 100-continue",
        "Content-Type: text/plain",
        "X-Colon: a:b:c",
        "Trailer: x-t",
        "Connection: close",
        "Content-Length: 3",
        "Transfer-Encoding: chunked",
        "Host: twice",
        "Set-Cookie: a=b",
        "Server: s",
        "Date: today",
        "ETag: \"x\""
    };

    private final Random random = new Random(SEED);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    // ---- random messages ----

    private String one(String... of) {
        return of[random.nextInt(of.length)];
    }

    private String fields(int most) {
        StringBuilder fields = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            // The framing fields at the end of the list are rare.
            int among = random.nextInt(8) == 0 ? FIELDS.length : 22;
            fields.append(FIELDS[random.nextInt(among)]).append("\r\n");
        }
        return fields.toString();
    }

    private String framedBody() {
        String data = one(
                "",
                "x",
                "hello",
                "0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                "z".repeat(3000));
        if (random.nextBoolean()) {
            return "Content-Length: " + data.length() + "\r\n\r\n" + data;
        }
        StringBuilder chunks = new StringBuilder("Transfer-Encoding: " + one("chunked", "Chunked") + "\r\n\r\n");
        int at = 0;
        while (at < data.length()) {
            int length = 1 + random.nextInt(data.length() - at);
            chunks.append(Integer.toHexString(length))
                    .append(one("", "", ";a=b", ";q=\"x;y\""))
                    .append("\r\n");
            chunks.append(data, at, at + length).append("\r\n");
            at += length;
        }
        return chunks + one("0", "00", "0;x") + "\r\n"
                + one("", "", "X-T: u\r\n", "X-T: u\r\nContent-Length: 9\r\nHost: b\r\n") + "\r\n";
    }

    /** Now and then a byte is lost, doubled, or becomes one that means something. */
    private String mutated(String message, int oneIn) {
        if (random.nextInt(oneIn) > 0) {
            return message;
        }
        int at = random.nextInt(message.length());
        String strange = one(
                "\r",
                "\n",
                "\r\n",
                " ",
                "\t",
                ":",
                "\0",
                ",",
                ";",
                "0",
                "-",
                "_",
                "\u00a0",
                "\u000b",
                "HTTP/1.1",
                "chunked");
        return switch (random.nextInt(3)) {
            case 0 -> message.substring(0, at) + message.substring(at + 1);
            case 1 -> message.substring(0, at) + strange + message.substring(at);
            default -> message.substring(0, at) + strange + message.substring(at + 1);
        };
    }

    // ---- requests ----

    private String request(String target) {
        String method = one("GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE", "FOO");
        String line = method + " " + one(target, target, target, "http://b" + target, target + "?q=%20") + " HTTP/1."
                + one("1", "1", "1", "0") + "\r\n";
        String before = fields(4);
        return mutated(
                line + "Host: a\r\n" + before
                        + (method.equals("GET") || random.nextInt(3) == 0 ? "\r\n" : framedBody()),
                3);
    }

    @Test
    void theOriginGetsWhatTheReferenceReadsInTheClientsBytes() throws IOException {
        Map<String, StrictHttp.Message> sent = new HashMap<>();
        List<String> requestsOfEach = new ArrayList<>();
        try (RecordingOrigin origin = RecordingOrigin.strict()) {
            try (LocalBoxcar boxcar = LocalBoxcar.http(
                            origin.address(), "upstreams.http.http.mode=pipeline", "upstreams.http.timeout.queue=20s")
                    .ready()) {
                for (int from = 0; from < STREAMS; from += TOGETHER) {
                    List<Wire> wires = new ArrayList<>();
                    List<String> streams = new ArrayList<>();
                    for (int i = from; i < from + TOGETHER; i++) {
                        StringBuilder stream = new StringBuilder();
                        for (int j = 0; j < 1 + random.nextInt(4); j++) {
                            stream.append(request(String.format("/%06d/%d", i, j)));
                        }
                        streams.add(stream.toString());
                        Wire wire = boxcar.connect();
                        wires.add(wire);
                        int cut = random.nextInt(stream.length());
                        wire.sendBytes(bytes(stream.substring(0, cut)));
                        requestsOfEach.add(stream.substring(cut));
                    }
                    for (int i = 0; i < TOGETHER; i++) {
                        judge(streams.get(i), requestsOfEach.get(from + i), wires.get(i), sent);
                        wires.get(i).close();
                    }
                }
            }
            assertEquals(List.of(), origin.malformed());
            for (RecordingOrigin.Conversation conversation : origin.conversations()) {
                for (StrictHttp.Message got :
                        StrictHttp.requests(conversation.received()).messages()) {
                    StrictHttp.Message was = sent.get(key(got));
                    if (was == null) {
                        throw new AssertionError("nobody has framed " + got);
                    }
                    assertEquals(forwarded(was, true), withoutOwn(got), was.toString());
                }
            }
        }
    }

    private static String key(StrictHttp.Message request) {
        return request.word(0) + " " + request.word(1) + " " + request.body();
    }

    private static void judge(String stream, String rest, Wire wire, Map<String, StrictHttp.Message> sent)
            throws IOException {
        StrictHttp.Reading reading = StrictHttp.requests(stream);
        List<String> methods = new ArrayList<>();
        for (StrictHttp.Message request : reading.messages()) {
            sent.put(key(request), request);
            methods.add(request.word(0));
        }
        try {
            wire.sendBytes(bytes(rest));
            if (reading.end() == StrictHttp.End.CLEAN || reading.end() == StrictHttp.End.INCOMPLETE) {
                wire.endOutput();
            }
        } catch (IOException e) {
            // closed in the meantime; what has come tells whether rightly
        }
        String got = wire.readToEnd();
        methods.add("GET");
        StrictHttp.Reading responses = StrictHttp.responses(got, methods, true);
        if (responses.end() == StrictHttp.End.INCOMPLETE && stream.startsWith("HEAD", reading.length())) {
            methods.set(methods.size() - 1, "HEAD"); // an error that says how long it would be
            responses = StrictHttp.responses(got, methods, true);
        }
        StrictHttp.End end = responses.end();
        String what = SmugglingMutations.visible(stream) + " --> " + SmugglingMutations.visible(got);
        assertTrue(end == StrictHttp.End.CLEAN || end == StrictHttp.End.LAST, what);
        for (int i = 0; i < reading.messages().size(); i++) {
            assertTrue(i < responses.messages().size(), what);
            assertEquals(200, responses.messages().get(i).status(), what);
        }
    }

    // ---- responses ----

    private String response() {
        String line = "HTTP/1." + one("1", "1", "1", "1", "0") + " "
                + one(
                        "200 OK",
                        "200 OK",
                        "404 Not Found",
                        "500 x",
                        "200 ",
                        "200",
                        "204 No Content",
                        "304 Not Modified",
                        "205 Reset Content",
                        "299 \u00e9",
                        "99 x",
                        "600 x",
                        "20 x",
                        "2000 x")
                + "\r\n";
        String interim = random.nextInt(8) == 0
                ? "HTTP/1.1 " + one("100 Continue", "103 Early Hints", "101 Switching") + "\r\nLink: x\r\n\r\n"
                : "";
        String message = mutated(interim + line + fields(4) + (random.nextInt(5) == 0 ? "\r\nrest" : framedBody()), 3);
        return message
                + (random.nextInt(6) == 0
                        ? one("x", "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen", "\n")
                        : "");
    }

    @Test
    void theClientGetsWhatTheReferenceReadsInTheOriginsBytes() throws IOException {
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.http(
                                origin.address(),
                                "upstreams.http.http.mode=pipeline",
                                "upstreams.http.http.connections=1",
                                "upstreams.http.http.outlier.failures=0",
                                "upstreams.http.http.retry.attempts=0",
                                "upstreams.http.http.timeout.response=20s")
                        .ready();
                Wire other = boxcar.connect()) {
            for (int i = 0; i < STREAMS; i++) {
                String target = "/response/" + i;
                String method = one("GET", "GET", "HEAD", "POST");
                String script = response();
                origin.answer(target, new ScriptedOrigin.Script(script, true));
                try (Wire wire = boxcar.connect()) {
                    wire.sendBytes(bytes(method + " " + target + " HTTP/1.1\r\nHost: a\r\n"
                            + (method.equals("POST") ? "Content-Length: 0\r\n" : "") + "\r\n"));
                    judgeResponse(method, script, wire.endOutput().readToEnd());
                }
                String next = "/next/" + i;
                String answer;
                int attempts = 0;
                do {
                    other.sendBytes(bytes("GET " + next + " HTTP/1.1\r\nHost: a\r\n\r\n"));
                    answer = other.httpResponse();
                    // The origin has closed all connections of the pool, and not all of that may have been noticed.
                } while (answer.contains("boxcar-error: outcome-unknown") && ++attempts < 10);
                assertEquals(ScriptedOrigin.echo(next), answer, () -> "behind " + SmugglingMutations.visible(script));
            }
        }
    }

    private static void judgeResponse(String method, String script, String got) {
        String what = method + " " + SmugglingMutations.visible(script) + " --> " + SmugglingMutations.visible(got);
        StrictHttp.Message was = last(StrictHttp.responses(script, List.of(method), true));
        StrictHttp.Reading reading = StrictHttp.responses(got, List.of(method), true);
        StrictHttp.Message is = last(reading);
        boolean isWhole = reading.end() == StrictHttp.End.CLEAN || reading.end() == StrictHttp.End.LAST;
        if (is == null || !isWhole) {
            assertTrue(was == null && reading.end() != StrictHttp.End.DOUBT, what); // broken off, and visibly so
        } else if (is.has("boxcar-error")) {
            assertTrue(was == null && is.status() == 502, what);
        } else if (was == null) {
            throw new AssertionError(what);
        } else {
            assertTrue(is.status() != 205 || is.has("content-length") || is.has("transfer-encoding"), what);
            assertEquals(was.status(), is.status(), what);
            assertEquals(was.body(), is.body(), what);
            assertEquals(forwarded(was, false), withoutOwn(is), what);
        }
    }

    /** The final one. */
    private static StrictHttp.@Nullable Message last(StrictHttp.Reading reading) {
        for (StrictHttp.Message message : reading.messages()) {
            if (message.status() >= 200) {
                return message;
            }
        }
        return null;
    }

    // ---- fields ----

    /** The fields that are for the next hop, too, without those of framing. */
    private static List<String> forwarded(StrictHttp.Message message, boolean isRequest) {
        List<String> named = new ArrayList<>();
        for (String value : message.all("connection")) {
            for (String option : value.toLowerCase(Locale.ROOT).split(",", -1)) {
                named.add(option.strip());
            }
        }
        boolean isHttp10 = isRequest && message.start().endsWith("HTTP/1.0");
        List<String> fields = new ArrayList<>();
        for (StrictHttp.Field field : message.fields()) {
            String name = field.name().toLowerCase(Locale.ROOT);
            boolean isDropped = BETWEEN_TWO_HOPS.contains(name)
                    || name.equals("content-length")
                    || named.contains(name) && name.startsWith("x-")
                    || isHttp10 && name.equals("expect")
                    || isRequest && name.equals("host");
            if (!isDropped) {
                fields.add(field.name() + "=" + field.value());
            }
        }
        return fields;
    }

    private static List<String> withoutOwn(StrictHttp.Message message) {
        List<String> fields = forwarded(message, message.start().matches(".* HTTP/1\\.[01]"));
        fields.removeIf(field -> field.matches("Via=1\\.[01] boxcar"));
        return fields;
    }
}
