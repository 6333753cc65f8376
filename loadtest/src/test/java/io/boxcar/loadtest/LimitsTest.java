package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** At every limit there is a sentence that says so, or a wait, and things go on when there is room again. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class LimitsTest {
    private static RedisOrigin redis;

    @BeforeAll
    static void start() throws IOException {
        redis = RedisOrigin.start();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @Test
    void oneClientTooManyIsToldAndClosed() throws IOException {
        try (LocalBoxcar boxcar = LocalBoxcar.before(redis, "listeners.redis.limits.clients=2")
                        .ready();
                Wire first = boxcar.connect()) {
            assertEquals("+PONG\r\n", first.ask("PING"));
            try (Wire second = boxcar.connect();
                    Wire third = boxcar.connect()) {
                assertEquals("+PONG\r\n", second.ask("PING"));
                assertEquals("-BOXCAR max number of clients reached\r\n", third.readToEnd());
                assertEquals(1, boxcar.stat("listeners", "clients_refused"));
            }
            Eventually.isTrue("there is room again", () -> boxcar.stat("listeners", "clients") == 1);
            try (Wire next = boxcar.connect()) {
                assertEquals("+PONG\r\n", next.ask("PING"));
            }
            assertEquals("+PONG\r\n", first.ask("PING"));
        }
    }

    @Test
    void aLargeRequestThatFindsNoConnectionIsToldAndClosed() throws IOException {
        try (LocalBoxcar boxcar = LocalBoxcar.before(redis, "upstreams.redis.pinned.max=0")
                        .ready();
                Wire wire = boxcar.connect()) {
            wire.sendBytes("*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$9000000\r\n"
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            String told = wire.readToEnd();
            assertTrue(told.startsWith("-BOXCAR all 0 pinned connections to "), told);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {50_000, 200_000, 3_000_000})
    void aRequestAboveTheLimitIsToldAndClosed(int length) throws IOException {
        try (LocalBoxcar boxcar = LocalBoxcar.before(redis, "listeners.redis.limits.request=40000")
                        .ready();
                Wire wire = boxcar.connect()) {
            assertEquals("+OK\r\n", wire.ask("SET", "key", "x".repeat(39_000)));
            wire.sendBytes(("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$" + length + "\r\n")
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            assertEquals(
                    "-ERR Protocol error: request exceeds the limit of 40000 bytes (limits.request)\r\n",
                    wire.readToEnd());
            try (Wire next = boxcar.connect()) {
                assertEquals(":39000\r\n", next.ask("STRLEN", "key"));
            }
        }
    }

    @Test
    void aRequestOfManySmallArgumentsAboveTheLimitIsToldAndClosed() throws IOException {
        Object[] parts = new Object[1001];
        java.util.Arrays.fill(parts, "an argument of 34 bytes for the key");
        parts[0] = "DEL";
        try (LocalBoxcar boxcar = LocalBoxcar.before(redis, "listeners.redis.limits.request=20000")
                        .ready();
                Wire wire = boxcar.connect()) {
            wire.send(parts);
            assertEquals(
                    "-ERR Protocol error: request exceeds the limit of 20000 bytes (limits.request)\r\n",
                    wire.readToEnd());
        }
    }

    @Test
    void aPipelineBeyondTheLimitWaitsUnreadAndIsAnsweredInOrder() throws Exception {
        try (RedisOrigin paused = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(
                                paused, "listeners.redis.limits.pipeline=4", "upstreams.redis.timeout.request=20 s")
                        .ready();
                Wire wire = boxcar.connect();
                Wire direct = Wire.open(paused.address())) {
            assertEquals("+OK\r\n", direct.ask("CLIENT", "PAUSE", "60000", "WRITE"));
            // One at a time, or they would travel as one run.
            for (int i = 1; i <= 4; i++) {
                wire.send("RPUSH", "list", i);
                int read = i;
                Eventually.isTrue(i + " are read", () -> boxcar.stat("listeners", "requests") == read);
            }
            for (int i = 5; i <= 20; i++) {
                wire.send("RPUSH", "list", i);
            }
            try (Wire other = boxcar.connect()) {
                other.send("PING");
                Eventually.isTrue("one of another client is read", () -> boxcar.stat("listeners", "requests") == 5);
            }
            assertEquals("+OK\r\n", direct.ask("CLIENT", "UNPAUSE"));
            for (int i = 1; i <= 20; i++) {
                assertEquals(":" + i + "\r\n", wire.reply());
            }
        }
    }

    @Test
    void allGoesThroughTheSmallestRingTableAndBatch() throws Exception {
        try (LocalBoxcar boxcar = LocalBoxcar.before(
                                redis,
                                "upstreams.redis.batching.ring-size=2",
                                "upstreams.redis.batching.max-requests=2",
                                "upstreams.redis.batching.max-bytes=100",
                                "upstreams.redis.limits.in-flight=1",
                                "upstreams.redis.limits.bytes-in-flight=1 KiB",
                                "listeners.redis.limits.pipeline=1")
                        .ready();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> load = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                String key = "small:" + i;
                load.add(threads.submit(() -> {
                    TokenLoad.run(boxcar, key, 20, 3000);
                    return null;
                }));
            }
            for (Future<?> one : load) {
                one.get(40, TimeUnit.SECONDS);
            }
            assertEquals(0, boxcar.stat("upstreams", "queue_timeouts"));
        }
    }

    @Test
    void anIdleClientIsClosedAndABusyOneIsNot() throws IOException {
        try (LocalBoxcar boxcar = LocalBoxcar.before(redis, "listeners.redis.timeout.idle=1 s")
                        .ready();
                Wire idle = boxcar.connect();
                Wire busy = boxcar.connect();
                Wire blocked = boxcar.connect()) {
            assertEquals("+PONG\r\n", idle.ask("PING"));
            blocked.send("BLPOP", "idle-test", "0");
            Eventually.isTrue("the idle one is closed", () -> {
                assertEquals("+PONG\r\n", busy.ask("PING"));
                return boxcar.stat("listeners", "idle_clients_closed") == 1;
            });
            assertEquals("", idle.readToEnd());
            assertTrue(busy.ask("RPUSH", "idle-test", "x").startsWith(":"));
            assertEquals("*2\r\n$9\r\nidle-test\r\n$1\r\nx\r\n", blocked.reply());
        }
    }
}
