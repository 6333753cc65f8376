package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.boxcar.loadtest.ScriptedOrigin.Script;
import io.boxcar.loadtest.origin.HttpOrigin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many clients share few connections to an HTTP/1.1 origin: what that spares, and what an origin does to those that share. */
@Timeout(60)
class HttpSharedConnectionsTest {
    private static final long WINDOW_MS = 1_500;

    private static LocalBoxcar before(ScriptedOrigin origin, String... settings) {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("upstreams.http.http.mode=pipeline");
        return LocalBoxcar.http(origin.address(), all.toArray(String[]::new)).ready();
    }

    private static Wire send(Wire wire, String... targets) throws IOException {
        StringBuilder requests = new StringBuilder();
        for (String target : targets) {
            requests.append("GET ").append(target).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        return wire.sendBytes(requests.toString().getBytes(StandardCharsets.US_ASCII));
    }

    private static LoadResult load(LocalBoxcar boxcar, int clients, LoadWatcher watcher) throws IOException {
        long ms = TimeUnit.MILLISECONDS.toNanos(1);
        HttpLoadPlan plan =
                new HttpLoadPlan("127.0.0.1", boxcar.port(), clients, 0, 300 * ms, WINDOW_MS * ms, 10_000 * ms);
        return HttpLoad.run(plan, new HttpRequests("GET", "/echo", 0, 0, true), watcher);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipeline", "auto"})
    void fiveHundredBusyClientsNeedNoMoreThanEightConnections(String mode) throws IOException {
        try (HttpOrigin origin = HttpOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.http(origin.address(), "upstreams.http.http.mode=" + mode)
                        .ready()) {
            AtomicInteger most = new AtomicInteger();
            LoadResult result = load(boxcar, 500, new LoadWatcher() {
                @Override
                public void progress(long responses) {
                    most.accumulateAndGet(origin.openConnections(), Math::max);
                }
            });
            assertTrue(result.isClean(), result::describeTrouble);
            assertTrue(result.requests() >= 500, result::describe);
            // A response that was 100 ms late ends pipelining for a while, on a busy machine without any fault of the
            // origin.
            assumeTrue(boxcar.stat("http", "http_demotions") == 0, "pipelining was given up; connections: " + most);
            assertTrue(most.get() >= 1 && most.get() <= 8, "connections: " + most);
        }
    }

    @Test
    void aSlowResponseDoesNotHoldUpTheFastOnes() throws IOException {
        // Several, for one of them may have its connection to itself.
        List<Wire> slow = new ArrayList<>();
        try (HttpOrigin origin = HttpOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.http(origin.address(), "upstreams.http.http.mode=pipeline")
                        .ready()) {
            for (int i = 0; i < 4; i++) {
                slow.add(boxcar.connect());
            }
            LoadResult result = load(boxcar, 50, new LoadWatcher() {
                @Override
                public void windowOpened() throws IOException {
                    for (Wire wire : slow) {
                        send(wire, "/slow?ms=1000");
                    }
                }
            });
            for (Wire wire : slow) {
                assertTrue(wire.httpResponse().startsWith("HTTP/1.1 200 "));
                wire.close();
            }
            assertTrue(result.isClean(), result::describeTrouble);
            assertTrue(result.latencyMs(99) < 600, result::describe);
            assertTrue(boxcar.stat("http", "http_rescued") > 0);
        }
    }

    @Test
    void anOriginThatClosesBehindEveryTenthResponseLosesNothingAndSoonLeavesNothingUnanswered() throws Exception {
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(origin, "upstreams.http.timeout.queue=20s")) {
            origin.closeBehind(10);
            pipelineFromFiftyClients(boxcar);
            long before = origin.unanswered();
            pipelineFromFiftyClients(boxcar);
            assertEquals(before, origin.unanswered());
            assertEquals(0, boxcar.stat("http", "http_retries"));
        }
    }

    private static void pipelineFromFiftyClients(LocalBoxcar boxcar) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int client = 0; client < 50; client++) {
                String name = "/" + client;
                all.add(threads.submit(() -> {
                    pipeline(boxcar, name);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get(30, TimeUnit.SECONDS);
            }
        }
    }

    private static void pipeline(LocalBoxcar boxcar, String name) throws IOException {
        try (Wire wire = boxcar.connect()) {
            for (int round = 0; round < 3; round++) {
                String[] targets = new String[15];
                for (int i = 0; i < targets.length; i++) {
                    targets[i] = name + "/" + round + "/" + i;
                }
                send(wire, targets);
                for (String target : targets) {
                    assertEquals(ScriptedOrigin.echo(target), wire.httpResponse());
                }
            }
        }
    }

    @Test
    void anOriginThatClosesAmidPipelinedRequestsIsDemotedAndEachOfThemIsAnsweredOrFailsExplicitly() throws IOException {
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(origin, "upstreams.http.http.connections=1");
                Wire wire = boxcar.connect()) {
            assertEquals(ScriptedOrigin.echo("/proof"), send(wire, "/proof").httpResponse());
            origin.answer("/break", Script.BREAK, new Script(ScriptedOrigin.echo("/break"), false));
            String[] targets = {"/0", "/1", "/break", "/3", "/4", "/5", "/6", "/7", "/8", "/9"};
            send(wire, targets);
            int answered = 0;
            for (String target : targets) {
                String told = wire.httpResponse();
                if (told.equals(ScriptedOrigin.echo(target))) {
                    answered++;
                } else {
                    assertTrue(told.startsWith("HTTP/1.1 502 Bad Gateway\r\nboxcar-error: outcome-unknown\r\n"), told);
                }
            }
            assertEquals(2 + 3, answered); // those in front of it, and those that the budget allows to be sent again
            assertEquals(1, boxcar.stat("http", "http_demotions"));
            assertEquals(ScriptedOrigin.echo("/next"), send(wire, "/next").httpResponse());
        }
    }

    @Test
    void aRequestOnAConnectionThatTheOriginHasJustClosedIsAnswered() throws IOException {
        try (ScriptedOrigin origin = ScriptedOrigin.start();
                LocalBoxcar boxcar = before(origin);
                Wire wire = boxcar.connect()) {
            for (int i = 0; i < 100; i++) {
                assertEquals(ScriptedOrigin.echo("/" + i), send(wire, "/" + i).httpResponse());
                origin.closeConnections();
            }
        }
    }
}
