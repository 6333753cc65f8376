package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.origin.HttpOrigin;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The access log against the traffic that it tells of. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class AccessLogTest {
    private static final String TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
    private static final String TRACEPARENT = "00-" + TRACE_ID + "-b7ad6b7169203331-01";
    private static final String TRACESTATE = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7";

    /** Must be in no line: passwords, header fields, arguments, queries. */
    private static final String SECRET = "s3cret";

    @TempDir
    Path dir = Path.of("");

    /** One line, as the fields in it. */
    private record Line(String text) {
        @Nullable
        String get(String key) {
            Matcher matcher = Pattern.compile("\"" + key + "\":(?:\"((?:[^\"\\\\]|\\\\.)*)\"|(-?\\d+))")
                    .matcher(text);
            return !matcher.find() ? null : matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        }

        long number(String key, long otherwise) {
            String value = get(key);
            return value == null ? otherwise : Long.parseLong(value);
        }

        long requests() {
            return number("requests", 1);
        }
    }

    private Path file() {
        return dir.resolve("access.log");
    }

    private String setting() {
        return "access-log.output=" + file();
    }

    /** What has been written, once Boxcar is closed. */
    private List<Line> lines() throws IOException {
        List<Line> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file())) {
            assertTrue(line.startsWith("{\"time\":\"") && line.endsWith("}"), line);
            assertTrue(line.chars().allMatch(c -> c >= ' ' && c < 0x7f), line);
            assertFalse(line.contains(SECRET), line);
            lines.add(new Line(line));
        }
        return lines;
    }

    /** Every line says how many left together, and those that did are in the log. Times fit into each other. */
    private static void assertBatchesAddUp(List<Line> lines, boolean areAllSentOnce) {
        Map<String, Long> requests = new HashMap<>();
        Map<String, Long> sizes = new HashMap<>();
        for (Line line : lines) {
            String batch = line.get("batch");
            if (batch != null) {
                requests.merge(batch, line.requests(), Long::sum);
                sizes.merge(batch, line.number("batch_size", 0), (a, b) -> {
                    assertEquals(a, b, line.text);
                    return a;
                });
                long partsUs = line.number("queue_us", -1) + line.number("upstream_us", -1);
                assertTrue(partsUs >= 0, line.text);
                assertTrue(line.number("total_us", -1) + 2 >= partsUs, line.text);
            }
        }
        assertFalse(requests.isEmpty());
        if (areAllSentOnce) {
            assertEquals(requests, sizes);
        }
        // What was taken back from a slow connection is in the line of its last departure alone.
        requests.forEach((batch, count) -> assertTrue(count <= sizes.getOrDefault(batch, 0L), batch));
    }

    @Test
    void redisHasALineForEachExchangeAndNoneOfItsArguments() throws Exception {
        int clients = 40;
        int rounds = 50;
        try (RedisOrigin redis = RedisOrigin.start();
                LocalBoxcar boxcar =
                        LocalBoxcar.before(redis, setting(), "loops=2").ready()) {
            try (LoadOfWires load = new LoadOfWires(boxcar, clients)) {
                load.run(rounds, Wire.command("SET", "key-" + SECRET, SECRET), "+OK\r\n");
            }
            try (Wire wire = boxcar.connect()) {
                wire.sendBytes(("PING\r\nPING\r\nGET " + SECRET + "\r\n").getBytes(StandardCharsets.US_ASCII));
                assertEquals("+PONG\r\n", wire.reply());
                assertEquals("+PONG\r\n", wire.reply());
                assertEquals("$-1\r\n", wire.reply());
                assertTrue(wire.ask("AUTH", SECRET).startsWith("-"));
                assertTrue(wire.ask(SECRET, SECRET).startsWith("-"));
                assertEquals("+OK\r\n", wire.ask("CLIENT", "SETNAME", SECRET));
            }
            Eventually.isTrue("all have left", () -> boxcar.stat("listeners", "clients") == 0);
        }
        List<Line> lines = lines();
        List<Line> sets = of(lines, "commands", "SET");
        assertEquals(clients * rounds, sets.size());
        assertBatchesAddUp(lines, true);
        assertTrue(sets.stream().anyMatch(line -> line.number("batch_size", 0) > 1), "no batches");
        for (Line set : sets) {
            assertEquals("redis", set.get("listener"));
            assertEquals("redis", set.get("protocol"));
            assertEquals("redis", set.get("upstream"));
            assertEquals("ok", set.get("result"));
            assertEquals(5, set.number("bytes_out", 0));
            assertTrue(String.valueOf(set.get("client")).startsWith("127.0.0.1:"), set.text);
        }
        long others = lines.stream()
                .filter(line -> !"SET".equals(line.get("commands")))
                .mapToLong(Line::requests)
                .sum();
        assertEquals(6, others, lines::toString);
        assertEquals(1, of(lines, "result", "local").size());
        assertEquals("CLIENT", of(lines, "result", "local").getFirst().get("commands"));
    }

    private static List<Line> of(List<Line> lines, String key, String value) {
        return lines.stream().filter(line -> value.equals(line.get(key))).toList();
    }

    /** Connections that all send at once and then wait. */
    private static final class LoadOfWires implements AutoCloseable {
        private final List<Wire> wires = new ArrayList<>();

        LoadOfWires(LocalBoxcar boxcar, int count) throws IOException {
            for (int i = 0; i < count; i++) {
                wires.add(boxcar.connect());
            }
        }

        void run(int rounds, byte[] request, String reply) throws IOException {
            for (int round = 0; round < rounds; round++) {
                for (Wire wire : wires) {
                    wire.sendBytes(request);
                }
                for (Wire wire : wires) {
                    assertEquals(reply, wire.reply());
                }
            }
        }

        @Override
        public void close() throws Exception {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    @Test
    void whatFailsSaysWhy() throws Exception {
        try (RedisOrigin redis = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(
                        redis, setting(), "access-log.sample=0", "upstreams.redis.timeout.queue=50 ms")) {
            try (Wire wire = boxcar.ready().connect()) {
                assertEquals("+PONG\r\n", wire.ask("PING"));
                redis.kill();
                Eventually.isTrue("an error", () -> wire.ask("INCR", SECRET).startsWith("-BOXCAR"));
            }
        }
        List<Line> lines = lines();
        assertFalse(lines.isEmpty());
        lines.forEach(line -> {
            assertEquals("error", line.get("result"), line.text);
            assertEquals("INCR", line.get("commands"), line.text);
            assertTrue(List.of("unreachable", "outcome_unknown").contains(line.get("reason")), line.text);
        });
    }

    static Stream<Arguments> versions() {
        return Stream.of(Protocol.HTTP_1_1, Protocol.H2_PRIOR_KNOWLEDGE)
                .flatMap(front -> Stream.of("pipeline", "h2").map(behind -> Arguments.of(front, behind)));
    }

    @ParameterizedTest
    @MethodSource("versions")
    void httpHasALineForEachRequestAndTraceContextPasses(Protocol front, String behind) throws Exception {
        int gets = 300;
        OkHttpClient client = new OkHttpClient.Builder()
                .protocols(List.of(front))
                .callTimeout(Duration.ofSeconds(30))
                .build();
        client.dispatcher().setMaxRequests(64);
        client.dispatcher().setMaxRequestsPerHost(64);
        try (HttpOrigin origin = HttpOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.http(
                                origin.address(),
                                setting(),
                                "loops=2",
                                "listeners.http.http.limits.body=1 MiB",
                                "upstreams.http.timeout.queue=20 s",
                                "upstreams.http.http.mode=" + behind)
                        .ready()) {
            String base = "http://" + boxcar.address();
            sendAll(client, base + "/echo?token=" + SECRET, gets);
            try (Response posted = client.newCall(request(base + "/echo")
                            .post(RequestBody.create(new byte[1234], MediaType.get("text/plain")))
                            .build())
                    .execute()) {
                assertEquals(200, posted.code());
                String echo = posted.body().string();
                assertTrue(echo.contains("traceparent: " + TRACEPARENT + "\n"), echo);
                assertTrue(echo.contains("tracestate: " + TRACESTATE + "\n"), echo);
            }
            try (Response refused = client.newCall(request(base + "/too-large")
                            .post(RequestBody.create(new byte[2 << 20], MediaType.get("text/plain")))
                            .build())
                    .execute()) {
                assertEquals(413, refused.code());
            } catch (IOException e) {
                // The client was still sending when it was told.
            }
            client.connectionPool().evictAll();
            client.dispatcher().executorService().shutdown();
        }
        List<Line> lines = lines();
        assertBatchesAddUp(lines, false);
        List<Line> got = of(lines, "method", "GET");
        assertEquals(gets, got.size());
        for (Line line : got) {
            assertEquals("/echo", line.get("path"));
            assertEquals("200", line.get("status"));
            assertEquals("ok", line.get("result"));
            assertEquals("http", line.get("upstream"));
            assertEquals(front == Protocol.HTTP_1_1 ? "http/1.1" : "http/2", line.get("protocol"));
            assertTrue(String.valueOf(line.get("host")).startsWith("127.0.0.1:"), line.text);
            assertTrue(line.number("bytes_out", 0) > 100, line.text);
            assertEquals(TRACE_ID, line.get("trace_id"));
        }
        List<Line> posts = of(lines, "method", "POST");
        assertEquals(1234, of(posts, "path", "/echo").getFirst().number("bytes_in", 0));
        posts.stream().filter(line -> line.text.contains("body-too-large")).forEach(line -> {
            assertEquals("413", line.get("status"), line.text);
            assertEquals("error", line.get("result"), line.text);
            assertNull(line.get("batch"), line.text);
        });
    }

    private static Request.Builder request(String url) {
        return new Request.Builder()
                .url(url)
                .header("Authorization", "Bearer " + SECRET)
                .header("Cookie", SECRET)
                .header("traceparent", TRACEPARENT)
                .header("tracestate", TRACESTATE);
    }

    private static void sendAll(OkHttpClient client, String url, int count) throws InterruptedException {
        CountDownLatch left = new CountDownLatch(count);
        AtomicInteger good = new AtomicInteger();
        for (int i = 0; i < count; i++) {
            client.newCall(request(url).build()).enqueue(new Callback() {
                @Override
                public void onFailure(Call call, IOException e) {
                    left.countDown();
                }

                @Override
                public void onResponse(Call call, Response response) throws IOException {
                    try (response) {
                        response.body().bytes();
                        good.addAndGet(response.code() == 200 ? 1 : 0);
                    } finally {
                        left.countDown();
                    }
                }
            });
        }
        assertTrue(left.await(30, TimeUnit.SECONDS));
        assertEquals(count, good.get());
    }

    @Test
    void requestsThatAreNoneHaveALineAndDoNoHarm() throws Exception {
        try (HttpOrigin origin = HttpOrigin.start();
                LocalBoxcar boxcar =
                        LocalBoxcar.http(origin.address(), setting()).ready()) {
            for (String hostile : List.of(
                    "GET /\u001b[2J\",\"a\":\" HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\"},{\r\n\r\n",
                    "GET /' HTTP/1.1\r\nHost: " + "a".repeat(500) + "\r\ntraceparent: 00-" + "\"".repeat(60)
                            + "\r\nConnection: close\r\n\r\n")) {
                try (Socket socket = new Socket("127.0.0.1", boxcar.port())) {
                    socket.getOutputStream().write(hostile.getBytes(StandardCharsets.ISO_8859_1));
                    byte[] response = socket.getInputStream().readAllBytes();
                    assertEquals("HTTP/1.1 ", new String(response, 0, 9, StandardCharsets.ISO_8859_1));
                }
            }
            Eventually.isTrue("all have left", () -> boxcar.stat("listeners", "clients") == 0);
        }
        List<Line> lines = lines();
        assertEquals(3, lines.size(), lines::toString);
        assertEquals(2, of(lines, "reason", "bad-request").size(), lines::toString);
    }

    @Test
    void aFileThatIsMovedAwayUnderLoadLosesNoLine() throws Exception {
        Path moved = dir.resolve("access.log.1");
        try (RedisOrigin redis = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(redis, setting()).ready();
                LoadOfWires load = new LoadOfWires(boxcar, 5)) {
            byte[] ping = Wire.command("PING");
            load.run(100, ping, "+PONG\r\n");
            Files.move(file(), moved);
            Eventually.isTrue("a new file", () -> {
                load.run(1, ping, "+PONG\r\n");
                return Files.exists(file());
            });
            load.run(100, ping, "+PONG\r\n");
            Eventually.isTrue(
                    "all are written",
                    () -> boxcar.stat("listeners", "responses")
                            == Files.readAllLines(moved).size()
                                    + Files.readAllLines(file()).size());
        }
        assertTrue(lines().size() >= 500);
    }

    @Test
    void aProcessWritesToItsStandardOutputAndEndsWithAllThatThereIs() throws Exception {
        try (RedisOrigin redis = RedisOrigin.start();
                SidecarProcess sidecar = SidecarProcess.serving(
                        redis.address(), "access-log.output=stdout", "log.format=json", "log.level=debug")) {
            Eventually.isTrue("ready", () -> sidecar.get("/ready").statusCode() == 200);
            try (Wire wire = sidecar.connect()) {
                for (int i = 0; i < 20; i++) {
                    assertEquals("+PONG\r\n", wire.ask("PING"));
                }
            }
            assertEquals(202, sidecar.post("/quit").statusCode());
            assertEquals(0, sidecar.exitStatus());
            List<String> output = sidecar.output().lines().toList();
            assertEquals(
                    20,
                    output.stream()
                            .filter(line -> line.startsWith("{\"time\":") && line.contains("\"commands\":\"PING\""))
                            .count(),
                    sidecar::output);
            assertTrue(
                    output.stream()
                            .anyMatch(
                                    line -> line.matches(
                                            "\\{\"time\":\"[^\"]+Z\",\"level\":\"INFO\",\"logger\":\"io\\.boxcar\\.proxy\\.core\\.Lane\",\"message\":\"upstream .* connected.*\\}")),
                    sidecar::output);
        }
    }

    @Test
    void aFolderThatIsNotThereIsAnErrorAtTheStart() throws Exception {
        try (SidecarProcess sidecar = SidecarProcess.run(List.of(
                "--redis",
                "127.0.0.1:0=" + new Address.Tcp("127.0.0.1", 1),
                "--admin",
                "off",
                "--set",
                "access-log.output=" + dir.resolve("no/such/file")))) {
            assertEquals(1, sidecar.exitStatus());
            assertTrue(sidecar.output().contains("access-log.output = " + dir), sidecar::output);
        }
    }
}
