package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every limit of {@code listener.http}: up to it all goes well, beyond it the client is told, and the connection ends. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class HttpLimitsTest {
    private static ScriptedOrigin origin;

    @BeforeAll
    static void start() throws IOException {
        origin = ScriptedOrigin.start();
    }

    @AfterAll
    static void stop() {
        origin.close();
    }

    /** Settings are those of the listener. */
    private static LocalBoxcar with(String... settings) {
        List<String> all = new ArrayList<>();
        for (String setting : settings) {
            all.add("listeners.http." + setting);
        }
        all.add("upstreams.http.http.mode=pipeline");
        return LocalBoxcar.http(origin.address(), all.toArray(String[]::new)).ready();
    }

    private static Wire send(LocalBoxcar boxcar, String text) throws IOException {
        return boxcar.connect().sendBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String get(String target, String... fields) {
        StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: a\r\n");
        for (String field : fields) {
            request.append(field).append("\r\n");
        }
        return request.append("\r\n").toString();
    }

    private static void assertAnswered(String target, LocalBoxcar boxcar, String request) throws IOException {
        try (Wire wire = send(boxcar, request)) {
            assertEquals(ScriptedOrigin.echo(target), wire.httpResponse());
        }
    }

    /** With this status, and closed. */
    private static void assertRefused(int status, LocalBoxcar boxcar, String request) throws IOException {
        try (Wire wire = send(boxcar, request)) {
            assertRefused(status, wire);
        }
    }

    private static void assertRefused(int status, Wire wire) throws IOException {
        String told = wire.readToEnd();
        assertTrue(told.startsWith("HTTP/1.1 " + status + " "), told);
        assertTrue(told.contains("\r\nboxcar-error: "), told);
        assertTrue(told.contains("\r\nConnection: close\r\n"), told);
    }

    @Test
    void aRequestLineBeyondTheLimitIs414() throws IOException {
        try (LocalBoxcar boxcar = with("http.limits.line=100")) {
            String around = "GET  HTTP/1.1\r\n";
            String longest = "/" + "a".repeat(100 - around.length() - 1);
            assertAnswered(longest, boxcar, get(longest));
            assertRefused(414, boxcar, get(longest + "a"));
            assertRefused(414, boxcar, "GET /" + "a".repeat(100_000));
        }
    }

    @Test
    void aHeaderSectionBeyondTheLimitIs431() throws IOException {
        try (LocalBoxcar boxcar = with("http.limits.header=200")) {
            String rest = "a".repeat(200 - "Host: a\r\nX: \r\n\r\n".length());
            assertAnswered("/all", boxcar, get("/all", "X: " + rest));
            assertRefused(431, boxcar, get("/more", "X: " + rest + "a"));
            assertRefused(431, boxcar, "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(100_000));
        }
    }

    @Test
    void aFieldMayBeLongerThanARequestLine() throws IOException {
        try (LocalBoxcar boxcar = with("http.limits.line=100", "http.limits.header=1000")) {
            assertAnswered("/long", boxcar, get("/long", "Cookie: " + "a".repeat(900)));
        }
    }

    @Test
    void moreFieldsThanTheLimitAre431() throws IOException {
        try (LocalBoxcar boxcar = with("http.limits.fields=5")) {
            assertAnswered("/five", boxcar, get("/five", "A: b", "A: b", "A: b", "A: b"));
            assertRefused(431, boxcar, get("/six", "A: b", "A: b", "A: b", "A: b", "A: b"));
        }
    }

    @Test
    void aBodyBeyondTheLimitIs413BeforeItIsSent() throws IOException {
        try (LocalBoxcar boxcar = with("http.limits.body=10")) {
            String head = "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: ";
            assertAnswered("/body", boxcar, head + "10\r\n\r\n0123456789");
            assertRefused(413, boxcar, head + "11\r\n\r\n");
            assertRefused(413, boxcar, head + "9223372036854775807\r\n\r\n0123");
        }
    }

    @Test
    void aChunkedBodyBeyondTheLimitIs413() throws IOException {
        try (LocalBoxcar boxcar = with("http.limits.body=10")) {
            String head = "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
            assertAnswered("/body", boxcar, head + "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n");
            assertRefused(413, boxcar, head + "5\r\n01234\r\n6\r\n567890\r\n0\r\n\r\n");
            assertRefused(413, boxcar, head + "5\r\n01234\r\n7fffffff\r\n567890");
        }
    }

    @Test
    void trailersBeyondTheLimitsEndTheConnection() throws IOException {
        try (LocalBoxcar boxcar = with("http.limits.header=200", "http.limits.fields=5")) {
            String request = "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
            assertAnswered("/body", boxcar, request + "A: b\r\n".repeat(5) + "\r\n");
            assertRefused(400, boxcar, request + "A: b\r\n".repeat(6) + "\r\n");
            assertRefused(400, boxcar, request + "A: " + "b".repeat(10_000) + "\r\n\r\n");
        }
    }

    @Test
    void theLastRequestOfAConnectionSaysSoAndTheNextIsNotRead() throws IOException {
        try (LocalBoxcar boxcar = with("http.limits.requests=3");
                Wire wire = send(boxcar, get("/1") + get("/2") + get("/3") + get("/4"))) {
            String got = wire.readToEnd();
            String last = ScriptedOrigin.echo("/3").replace("2\r\n\r\n", "2\r\nConnection: close\r\n\r\n");
            assertEquals(ScriptedOrigin.echo("/1") + ScriptedOrigin.echo("/2") + last, got);
        }
    }

    @Test
    void oneClientTooManyIs503() throws IOException {
        try (LocalBoxcar boxcar = with("limits.clients=1");
                Wire first = send(boxcar, get("/first"))) {
            assertEquals(ScriptedOrigin.echo("/first"), first.httpResponse());
            try (Wire second = boxcar.connect()) {
                assertRefused(503, second);
            }
            assertEquals(1, boxcar.stat("listeners", "clients_refused"));
            first.sendBytes(get("/again").getBytes(StandardCharsets.US_ASCII));
            assertEquals(ScriptedOrigin.echo("/again"), first.httpResponse());
        }
    }

    @Test
    void moreRequestsThanMayBePipelinedWaitAndAreAnswered() throws IOException {
        try (LocalBoxcar boxcar = with("limits.pipeline=2")) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                requests.append(get("/" + i));
            }
            try (Wire wire = send(boxcar, requests.toString())) {
                for (int i = 0; i < 50; i++) {
                    assertEquals(ScriptedOrigin.echo("/" + i), wire.httpResponse());
                }
            }
        }
    }

    @Test
    void aConnectionWithoutARequestIsClosedInSilence() throws IOException {
        try (LocalBoxcar boxcar = with("http.timeout.idle=100ms");
                Wire silent = boxcar.connect();
                Wire once = send(boxcar, get("/once"))) {
            assertEquals("", silent.readToEnd());
            assertEquals(ScriptedOrigin.echo("/once"), once.readToEnd());
            assertEquals(2, boxcar.stat("listeners", "idle_clients_closed"));
        }
    }

    @Test
    void aHeadThatDoesNotEndIs408() throws IOException {
        try (LocalBoxcar boxcar = with("http.timeout.header=100ms")) {
            assertRefused(408, boxcar, "G");
            assertRefused(408, boxcar, "GET / HTTP/1.1\r\nHost: a\r\n");
        }
    }

    @Test
    void aHeadThatDoesNotEndBehindARequestIs408BehindItsResponse() throws IOException {
        try (LocalBoxcar boxcar = with("http.timeout.header=100ms");
                Wire wire = send(boxcar, get("/first") + "GET / HT")) {
            assertEquals(ScriptedOrigin.echo("/first"), wire.httpResponse());
            assertRefused(408, wire);
        }
    }

    @Test
    void aBodyThatStopsIs408HoweverItIsFramed() throws IOException {
        try (LocalBoxcar boxcar =
                with("http.timeout.body=100ms", "http.timeout.header=1h", "http.limits.whole-body=10")) {
            assertRefused(408, boxcar, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234");
            assertRefused(408, boxcar, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n01234");
            assertRefused(408, boxcar, "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n012");
        }
    }

    @Test
    void theTimeForAHeadIsNotTheTimeForABody() throws IOException {
        try (LocalBoxcar boxcar = with("http.timeout.header=300ms");
                Wire wire = send(boxcar, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
                Wire other = boxcar.connect().sendBytes(new byte[] {'G'})) {
            assertRefused(408, other); // so the time is over
            wire.sendBytes("0123456789".getBytes(StandardCharsets.US_ASCII));
            assertEquals(ScriptedOrigin.echo("/body"), wire.httpResponse());
        }
    }

    @Test
    void aClientThatTakesNothingIsClosed() throws IOException {
        String large = "x".repeat(20_000_000);
        origin.answer(
                "/large",
                new ScriptedOrigin.Script("HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n" + large, false));
        try (LocalBoxcar boxcar = with("http.timeout.write=200ms");
                Wire wire = Wire.open(boxcar.address(), 4096)) {
            wire.sendBytes(get("/large").getBytes(StandardCharsets.US_ASCII));
            Eventually.isTrue("it is closed", () -> boxcar.stat("listeners", "slow_clients_closed") == 1);
            Eventually.isTrue("it is gone", () -> boxcar.stat("listeners", "clients") == 0);
        }
    }
}
