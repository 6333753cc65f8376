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

/** Clients with connection state cost the upstream as few connections as can be. */
class PinnedPoolTest {
    private static final int CLIENTS = 1_000;
    private static final long PATIENCE_SECONDS = 60;

    private static RedisOrigin redis;

    @BeforeAll
    static void startRedis() throws IOException {
        redis = RedisOrigin.start();
    }

    @AfterAll
    static void stopRedis() {
        redis.close();
    }

    @Test
    void aThousandClientsThatBlockForAMomentNeverExceedThePool() throws Exception {
        int poolSize = 20;
        // One event loop: a connection cannot move to another, which opens one of its own and has one closed here.
        try (LocalBoxcar boxcar = LocalBoxcar.before(
                                redis,
                                "loops=1",
                                "upstreams.redis.pinned.max=" + poolSize,
                                "upstreams.redis.pinned.wait=30s")
                        .ready();
                Wire direct = Wire.open(redis.address());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long before = connectionsReceived(direct);
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                String list = "blocked:" + i;
                all.add(threads.submit(() -> {
                    try (Wire wire = boxcar.connect()) {
                        assertEquals("*-1\r\n", wire.ask("BLPOP", list, "0.01"));
                        assertEquals(":1\r\n", wire.ask("RPUSH", list, list));
                        assertEquals("*2\r\n" + Wire.bulk(list) + Wire.bulk(list), wire.ask("BLPOP", list, "5"));
                    }
                    return null;
                }));
            }
            long most = 0;
            while (!all.stream().allMatch(Future::isDone)) {
                most = Math.max(most, info(direct, "clients", "connected_clients"));
                Thread.sleep(2);
            }
            for (Future<?> one : all) {
                one.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            assertTrue(most <= poolSize + 2, "connections at once: " + most + ", of which one asks and one is shared");
            long opened = connectionsReceived(direct) - before;
            assertTrue(opened <= poolSize, "connections opened: " + opened);
        }
    }

    @Test
    void transactionsInOneWriteOpenNoConnection() throws Exception {
        try (LocalBoxcar boxcar = LocalBoxcar.before(redis).ready();
                Wire direct = Wire.open(redis.address())) {
            long before = connectionsReceived(direct);
            for (int client = 0; client < 10; client++) {
                try (Wire wire = boxcar.connect()) {
                    for (int i = 1; i <= 100; i++) {
                        wire.sendBytes(transaction("count:" + client));
                        assertEquals("+OK\r\n", wire.reply());
                        assertEquals("+QUEUED\r\n", wire.reply());
                        assertEquals("+QUEUED\r\n", wire.reply());
                        assertEquals("*2\r\n:" + i + "\r\n" + Wire.bulk("" + i), wire.reply());
                    }
                }
            }
            assertEquals(0, connectionsReceived(direct) - before);
            assertEquals(0, boxcar.stat("listeners", "pinned_lent"));
        }
    }

    @Test
    void interactiveTransactionsShareTheWarmPool() throws Exception {
        try (LocalBoxcar boxcar = LocalBoxcar.before(redis).ready();
                Wire direct = Wire.open(redis.address());
                Wire wire = boxcar.connect()) {
            long before = connectionsReceived(direct);
            for (int i = 1; i <= 100; i++) {
                assertEquals("+OK\r\n", wire.ask("WATCH", "interactive"));
                assertEquals("+OK\r\n", wire.ask("MULTI"));
                assertEquals("+QUEUED\r\n", wire.ask("INCR", "interactive"));
                assertEquals("*1\r\n:" + i + "\r\n", wire.ask("EXEC"));
                assertEquals(Wire.bulk("" + i), wire.ask("GET", "interactive"));
            }
            assertEquals(1, connectionsReceived(direct) - before);
            assertEquals(100, boxcar.stat("listeners", "pinned_lent"), "each transaction borrows, and gives back");
        }
    }

    @Test
    void whenAllAreLentARequestWaitsForAWhileAndIsThenToldWhy() throws Exception {
        try (LocalBoxcar boxcar = LocalBoxcar.before(
                                redis, "upstreams.redis.pinned.max=1", "upstreams.redis.pinned.wait=100ms")
                        .ready();
                Wire first = boxcar.connect();
                Wire second = boxcar.connect()) {
            first.send("BLPOP", "never", "0");
            Eventually.isTrue("the first client blocks", () -> boxcar.stat("listeners", "pinned_lent") == 1);
            String refusal = second.ask("BLPOP", "never", "1");
            assertTrue(refusal.startsWith("-BOXCAR all 1 pinned connections"), refusal);
            assertTrue(refusal.contains("pinned)"), "names the setting: " + refusal);
            assertEquals("+PONG\r\n", second.ask("PING"), "and goes on");
            first.close();
            Eventually.isTrue(
                    "its connection is free",
                    () -> boxcar.stat("listeners", "pinned_returned") == boxcar.stat("listeners", "pinned_lent"));
            assertEquals("*-1\r\n", second.ask("BLPOP", "never", "0.01"));
        }
    }

    @Test
    void whatAClientWaitsForEndsWithTheClient() throws Exception {
        try (LocalBoxcar boxcar = LocalBoxcar.before(redis).ready();
                Wire direct = Wire.open(redis.address())) {
            Wire wire = boxcar.connect();
            wire.send("BLPOP", "never", "0");
            Eventually.isTrue("it blocks", () -> info(direct, "clients", "blocked_clients") == 1);
            wire.close();
            Eventually.isTrue("it does not", () -> info(direct, "clients", "blocked_clients") == 0);
        }
    }

    @Test
    void clientsOfOneDatabaseShareOneConnection() throws Exception {
        // One event loop, and so one pool of pinned connections.
        try (LocalBoxcar boxcar = LocalBoxcar.before(redis, "loops=1").ready();
                Wire direct = Wire.open(redis.address())) {
            direct.ask("SELECT", "5");
            long before = info(direct, "clients", "connected_clients");
            List<Wire> wires = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                Wire wire = boxcar.connect();
                wires.add(wire);
                assertEquals("+OK\r\n", wire.ask("SELECT", "5"));
                assertEquals("+OK\r\n", wire.ask("SET", "of:" + i, "five"));
                assertEquals(Wire.bulk("five"), direct.ask("GET", "of:" + i));
            }
            assertTrue(info(direct, "clients", "connected_clients") - before <= 2, "one shared, one pinned and idle");
            assertEquals("-ERR DB index is out of range\r\n", wires.getFirst().ask("SELECT", "99"));
            assertEquals(Wire.bulk("five"), wires.getFirst().ask("GET", "of:0"));
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    private static byte[] transaction(String key) {
        byte[][] commands = {
            Wire.command("MULTI"), Wire.command("INCR", key), Wire.command("GET", key), Wire.command("EXEC")
        };
        var all = new java.io.ByteArrayOutputStream();
        for (byte[] command : commands) {
            all.writeBytes(command);
        }
        return all.toByteArray();
    }

    private static long connectionsReceived(Wire direct) throws IOException {
        return info(direct, "stats", "total_connections_received");
    }

    private static long info(Wire direct, String section, String key) throws IOException {
        return direct.ask("INFO", section)
                .lines()
                .filter(line -> line.startsWith(key + ":"))
                .mapToLong(
                        line -> Long.parseLong(line.substring(key.length() + 1).strip()))
                .findFirst()
                .orElseThrow();
    }
}
