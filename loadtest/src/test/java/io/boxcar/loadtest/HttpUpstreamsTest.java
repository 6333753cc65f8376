package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.ScriptedOrigin.Script;
import io.boxcar.loadtest.origin.HttpOrigin;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which endpoint gets a request, and what becomes of a request that an endpoint fails. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class HttpUpstreamsTest {
    private static final Script UNAVAILABLE =
            new Script("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", false);

    private static LocalBoxcar before(ScriptedOrigin origin, String... settings) {
        return before(List.of(origin.address()), settings);
    }

    private static LocalBoxcar before(List<Address> endpoints, String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("defaults.upstream.http.mode=pipeline");
        all.add(endpoints("http", endpoints));
        return LocalBoxcar.http(endpoints.getFirst(), all.toArray(String[]::new))
                .ready();
    }

    private static String endpoints(String upstream, List<Address> endpoints) {
        String all = endpoints.stream().map(Address::toString).collect(Collectors.joining(","));
        return "upstreams." + upstream + ".endpoints=" + all;
    }

    private static List<Address> addresses(ScriptedOrigin... origins) {
        return Stream.of(origins).map(ScriptedOrigin::address).toList();
    }

    private static Wire send(Wire wire, String request) throws IOException {
        return wire.sendBytes(request.getBytes(StandardCharsets.US_ASCII));
    }

    private static String get(Wire wire, String target) throws IOException {
        return send(wire, "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").httpResponse();
    }

    private static String post(Wire wire, String target) throws IOException {
        return send(wire, "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
                .httpResponse();
    }

    private static void assertEchoed(String target, Wire wire) throws IOException {
        assertEquals(ScriptedOrigin.echo(target), get(wire, target));
    }

    /** Made by Boxcar itself. */
    private static void assertError(int status, String code, String told) {
        assertTrue(told.startsWith("HTTP/1.1 " + status + " "), told);
        assertTrue(told.contains("\r\nboxcar-error: " + code + "\r\n"), told);
        assertEquals(status == 503, told.contains("\r\nRetry-After: "), told);
    }

    // ---- which upstream, which endpoint ----

    @Test
    void hostAndPathSayWhichUpstreamGetsARequest() throws IOException {
        try (ScriptedOrigin main = ScriptedOrigin.start();
                ScriptedOrigin api = ScriptedOrigin.start();
                ScriptedOrigin pages = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(
                        main,
                        endpoints("api", addresses(api)),
                        endpoints("pages", addresses(pages)),
                        "listeners.http.http.routes=[{ host = api.example.com, upstream = api },"
                                + " { host = \"*.example.com\", upstream = pages }, { path = /docs, upstream = pages }]");
                Wire wire = boxcar.connect()) {
            assertGoesTo(api, wire, "api.example.com", "/1");
            assertGoesTo(api, wire, "API.Example.com:8080", "/docs/2");
            assertGoesTo(pages, wire, "www.example.com", "/3");
            assertGoesTo(pages, wire, "elsewhere.org", "/docs/4");
            assertGoesTo(main, wire, "elsewhere.org", "/docs5");
            assertGoesTo(main, wire, "example.com", "/6");
        }
    }

    private static void assertGoesTo(ScriptedOrigin origin, Wire wire, String host, String target) throws IOException {
        String request = "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
        assertEquals(ScriptedOrigin.echo(target), send(wire, request).httpResponse());
        assertEquals(1, origin.heard(target));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipeline", "auto"})
    void whenOneOfThreeEndpointsCrashesTheOthersAnswerAndWhenItIsBackItGetsItsShare(String mode) throws IOException {
        try (HttpOrigin first = HttpOrigin.start();
                HttpOrigin second = HttpOrigin.start();
                HttpOrigin third = HttpOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.http(
                                first.address(),
                                endpoints("http", List.of(first.address(), second.address(), third.address())),
                                "upstreams.http.http.mode=" + mode,
                                "upstreams.http.http.retry.budget=100",
                                "upstreams.http.http.outlier.ejection=100ms")
                        .ready();
                Wire wire = boxcar.connect()) {
            Eventually.isTrue("all are connected", () -> boxcar.stat("http", "http_connections") >= 3);
            AtomicBoolean isStopped = new AtomicBoolean();
            LoadResult result = load(boxcar, new LoadWatcher() {
                @Override
                public void progress(long responses) {
                    if (responses > 100 && !isStopped.getAndSet(true)) {
                        third.stop();
                    }
                }
            });
            assertTrue(isStopped.get() && third.requests() > 0);
            assertTrue(result.isClean(), result::describeTrouble); // GETs, of which all may be sent again
            long before = third.requests();
            third.restart();
            Eventually.isTrue("it gets requests again", () -> {
                String told = get(wire, "/status?code=204");
                assertTrue(told.startsWith("HTTP/1.1 204 "), told);
                return third.requests() > before;
            });
        }
    }

    private static LoadResult load(LocalBoxcar boxcar, LoadWatcher watcher) throws IOException {
        long ms = TimeUnit.MILLISECONDS.toNanos(1);
        HttpLoadPlan plan = new HttpLoadPlan("127.0.0.1", boxcar.port(), 20, 0, 0, 1_500 * ms, 10_000 * ms);
        return HttpLoad.run(plan, new HttpRequests("GET", "/echo", 0, 0, true), watcher);
    }

    @Test
    void anEndpointThatAnswers503FiveTimesInARowGetsNothingForAWhile() throws IOException {
        try (ScriptedOrigin first = ScriptedOrigin.start();
                ScriptedOrigin second = ScriptedOrigin.start();
                ScriptedOrigin bad = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(
                        addresses(first, second, bad),
                        "upstreams.http.http.balance=round-robin",
                        "upstreams.http.http.outlier.ejection=1s");
                Wire wire = boxcar.connect()) {
            bad.answer("/job", UNAVAILABLE);
            int failed = 0;
            for (int i = 0; i < 15; i++) {
                failed += get(wire, "/job").equals(UNAVAILABLE.bytes()) ? 1 : 0;
            }
            assertEquals(5, failed);
            assertEquals(1, boxcar.stat("http", "http_ejections"));
            for (int i = 0; i < 30; i++) {
                assertEchoed("/job", wire);
            }
            assertEquals(5, bad.heard("/job"));
            bad.answer("/job", new Script(ScriptedOrigin.echo("/job"), false));
            Eventually.isTrue("it gets requests again", () -> {
                assertEchoed("/job", wire);
                return bad.heard("/job") > 5;
            });
        }
    }

    @Test
    void anEndpointGetsNothingWhileItsHealthPageFails() throws IOException {
        try (ScriptedOrigin well = ScriptedOrigin.start();
                ScriptedOrigin ill = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(
                        addresses(well, ill),
                        "upstreams.http.http.balance=round-robin",
                        "upstreams.http.http.outlier.failures=2",
                        "upstreams.http.http.outlier.ejection=1h",
                        "upstreams.http.http.health-check.path=/health",
                        "upstreams.http.http.health-check.interval=10ms");
                Wire wire = boxcar.connect()) {
            assertTrue(isUsed(ill, wire));
            ill.answer("/health", UNAVAILABLE);
            Eventually.isTrue("it is left out", () -> !isUsed(ill, wire));
            long checks = ill.heard("/health");
            Eventually.isTrue("it is still asked", () -> ill.heard("/health") > checks + 5);
            assertTrue(!isUsed(ill, wire));
            ill.answer("/health", new Script(ScriptedOrigin.echo("/health"), false));
            Eventually.isTrue("it is used again", () -> isUsed(ill, wire));
        }
    }

    private static boolean isUsed(ScriptedOrigin origin, Wire wire) throws IOException {
        long before = origin.heard("/job");
        for (int i = 0; i < 6; i++) {
            assertEchoed("/job", wire);
        }
        return origin.heard("/job") > before;
    }

    @Test
    void noEndpointIsWellBecauseAnotherOneIs() throws IOException {
        try (ScriptedOrigin well = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(
                        List.of(well.address(), Loopback.freePort()),
                        "upstreams.http.http.health-check.path=/health",
                        "upstreams.http.http.health-check.interval=10ms")) {
            Eventually.isTrue("checks fail", () -> boxcar.stat("http", "http_health_check_failures") > 2);
        }
    }

    // ---- requests that fail ----

    @Test
    void moreRequestsThanAnEndpointMayHaveAre503() throws IOException {
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(
                        origin, "upstreams.http.http.max-requests=2", "upstreams.http.http.timeout.response=1s");
                Wire first = boxcar.connect();
                Wire second = boxcar.connect();
                Wire third = boxcar.connect()) {
            origin.answer("/late", Script.SILENCE);
            send(first, "GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
            send(second, "GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
            Eventually.isTrue("both are outstanding", () -> boxcar.stat("upstreams", "in_flight") == 2);
            assertError(503, "overloaded", get(third, "/now"));
            assertError(504, "request-timeout", first.httpResponse());
            assertError(504, "request-timeout", second.httpResponse());
            assertEchoed("/now", third);
        }
    }

    @Test
    void whereNobodyListensIs503() throws IOException {
        try (LocalBoxcar boxcar = LocalBoxcar.http(Loopback.freePort(), "upstreams.http.timeout.queue=100ms");
                Wire wire = boxcar.connect()) {
            assertError(503, "unreachable", get(wire, "/"));
            assertError(503, "unreachable", post(wire, "/"));
        }
    }

    @Test
    void noResponseInTimeIs504() throws IOException {
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(origin, "upstreams.http.http.timeout.response=100ms");
                Wire wire = boxcar.connect()) {
            origin.answer("/never", Script.SILENCE);
            assertError(504, "request-timeout", get(wire, "/never"));
            assertError(504, "request-timeout", post(wire, "/never"));
            assertEquals(2, origin.heard("/never"));
            assertEchoed("/next", wire);
        }
    }

    @Test
    void aPostWhoseConnectionBreaksIs502AndIsNotSentAgain() throws IOException {
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(origin);
                Wire wire = boxcar.connect()) {
            origin.answer("/break", Script.BREAK);
            assertError(502, "outcome-unknown", post(wire, "/break"));
            assertEchoed("/next", wire);
            assertEquals(1, origin.heard("/break"));
        }
    }

    @Test
    void aGetWhoseConnectionBreaksIsSentAgainOnce() throws IOException {
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(origin);
                Wire wire = boxcar.connect()) {
            origin.answer("/once", Script.BREAK, new Script(ScriptedOrigin.echo("/once"), false));
            assertEchoed("/once", wire);
            assertEquals(2, origin.heard("/once"));
            assertEquals(1, boxcar.stat("http", "http_retries"));
            origin.answer("/always", Script.BREAK);
            assertError(502, "outcome-unknown", get(wire, "/always"));
            assertEquals(2, origin.heard("/always"));
            assertEquals(2, boxcar.stat("http", "http_retries"));
        }
    }

    @Test
    void noMoreRequestsAreSentAgainThanTheBudgetAllows() throws IOException {
        int clients = 10;
        int budget = 2;
        List<Wire> wires = new ArrayList<>();
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(
                        origin,
                        "upstreams.http.http.retry.budget=0",
                        "upstreams.http.http.retry.min=" + budget,
                        "upstreams.http.http.timeout.response=1s")) {
            for (int i = 0; i < clients; i++) {
                String target = "/" + i;
                origin.answer(target, Script.BREAK, Script.SILENCE); // so that those sent again stay outstanding
                wires.add(send(boxcar.connect(), "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"));
            }
            List<String> codes = new ArrayList<>();
            for (Wire wire : wires) {
                codes.add(wire.httpResponse().substring("HTTP/1.1 ".length(), "HTTP/1.1 xxx".length()));
            }
            assertEquals(budget, codes.stream().filter("504"::equals).count(), codes::toString);
            assertEquals(clients - budget, codes.stream().filter("502"::equals).count(), codes::toString);
            assertEquals(budget, boxcar.stat("http", "http_retries"));
            assertEquals(clients - budget, boxcar.stat("http", "http_retries_refused"));
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    // ---- the end ----

    @ParameterizedTest
    @ValueSource(strings = {"pipeline", "auto"})
    void aDrainAnswersWhatIsOutstandingAndSaysWhichResponseIsTheLast(String mode) throws Exception {
        try (HttpOrigin origin = HttpOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.http(origin.address(), "upstreams.http.http.mode=" + mode)
                        .ready();
                Wire idle = boxcar.connect();
                Wire busy = boxcar.connect()) {
            assertTrue(get(idle, "/status?code=204").startsWith("HTTP/1.1 204 "));
            send(busy, "GET /slow?ms=500 HTTP/1.1\r\nHost: a\r\n\r\nGET /fixed HTTP/1.1\r\nHost: a\r\n\r\n");
            Eventually.isTrue("both are outstanding", () -> boxcar.stat("upstreams", "requests") >= 3);
            FutureTask<Integer> drain = new FutureTask<>(() -> boxcar.boxcar().drain());
            Thread.ofPlatform().daemon().start(drain);
            assertEquals("", idle.readToEnd());
            String told = busy.readToEnd();
            int second = told.lastIndexOf("HTTP/1.1 200 OK\r\n");
            assertTrue(told.startsWith("HTTP/1.1 200 OK\r\n") && second > 0, told);
            assertTrue(told.indexOf("\r\nConnection: close\r\n") > second, told);
            assertEquals(0, drain.get(20, TimeUnit.SECONDS));
            Eventually.isTrue("nothing is left", () -> origin.openConnections() == 0);
        }
    }
}
