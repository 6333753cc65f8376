package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** States of a connection that no client library uses but Redis has, and what is left of them when a client leaves. */
@ExtendWith(NoLeaks.class)
class RawStateTest {
    private static RedisOrigin redis;
    private static LocalBoxcar boxcar;

    @BeforeAll
    static void start() throws IOException {
        redis = RedisOrigin.start();
        boxcar = LocalBoxcar.before(redis).ready();
    }

    @AfterAll
    static void stop() {
        boxcar.close();
        redis.close();
    }

    @BeforeEach
    void empty() throws IOException {
        try (Wire wire = boxcar.connect()) {
            assertEquals("+OK\r\n", wire.ask("FLUSHALL"));
        }
    }

    @Test
    void whoWantsNoRepliesGetsNone() throws IOException {
        try (Wire quiet = boxcar.connect();
                Wire other = boxcar.connect()) {
            assertEquals("+OK\r\n", quiet.ask("SET", "key", "0"));
            quiet.send("CLIENT", "REPLY", "OFF");
            for (int i = 0; i < 100; i++) {
                quiet.send("INCR", "key");
                assertEquals("+PONG\r\n", other.ask("PING"));
            }
            assertEquals("+OK\r\n", quiet.ask("CLIENT", "REPLY", "ON"));
            assertEquals(Wire.bulk("100"), quiet.ask("GET", "key"));
            quiet.send("CLIENT", "REPLY", "SKIP").send("INCR", "key");
            assertEquals(Wire.bulk("101"), quiet.ask("GET", "key"));
            assertEquals(Wire.bulk("101"), other.ask("GET", "key"));
        }
    }

    @Test
    void whoLeavesWithoutRepliesLeavesOthersTheirs() throws IOException {
        for (int i = 0; i < 30; i++) {
            try (Wire quiet = boxcar.connect()) {
                quiet.send("CLIENT", "REPLY", i % 2 == 0 ? "OFF" : "SKIP");
            }
            try (Wire other = boxcar.connect()) {
                assertEquals("+OK\r\n", other.ask("MULTI"));
                assertEquals("+QUEUED\r\n", other.ask("SET", "key", i));
                assertEquals("*1\r\n+OK\r\n", other.ask("EXEC"));
                assertEquals(Wire.bulk(String.valueOf(i)), other.ask("GET", "key"));
            }
        }
    }

    @Test
    void whatIsTrackedIsToldToTheOneWhoTracksUntilHeLeaves() throws IOException {
        for (int i = 0; i < 20; i++) {
            try (Wire tracking = boxcar.connect();
                    Wire other = boxcar.connect()) {
                tracking.ask("HELLO", "3");
                assertEquals("+OK\r\n", tracking.ask("CLIENT", "TRACKING", "ON"));
                assertEquals("_\r\n", tracking.ask("GET", "key"));
                assertEquals("+OK\r\n", other.ask("SET", "key", "value"));
                assertEquals(">2\r\n$10\r\ninvalidate\r\n*1\r\n" + Wire.bulk("key"), tracking.reply());
                assertEquals(Wire.bulk("value"), tracking.ask("GET", "key"));
            }
            try (Wire other = boxcar.connect();
                    Wire third = boxcar.connect()) {
                other.ask("HELLO", "3");
                assertEquals(Wire.bulk("value"), other.ask("GET", "key"));
                assertEquals(":1\r\n", third.ask("DEL", "key"));
                assertEquals("_\r\n", other.ask("GET", "key"));
            }
        }
    }

    @Test
    void aMonitorThatLeavesLeavesNothingToOthers() throws IOException {
        for (int i = 0; i < 20; i++) {
            try (Wire monitor = boxcar.connect();
                    Wire other = boxcar.connect()) {
                assertEquals("+OK\r\n", monitor.ask("MONITOR"));
                assertEquals("+OK\r\n", other.ask("SET", "key", i));
                String seen = monitor.reply();
                for (; !seen.contains("\"SET\" \"key\""); seen = monitor.reply()) {
                    assertTrue(seen.startsWith("+"), seen);
                }
                assertTrue(seen.endsWith("\"SET\" \"key\" \"" + i + "\"\r\n"), seen);
            }
            try (Wire other = boxcar.connect()) {
                assertEquals("+OK\r\n", other.ask("MULTI"));
                assertEquals("+QUEUED\r\n", other.ask("GET", "key"));
                assertEquals("*1\r\n" + Wire.bulk(String.valueOf(i)), other.ask("EXEC"));
            }
        }
    }

    @Test
    void whoLeavesABlockingPopTakesNothing() throws IOException {
        for (int i = 0; i < 20; i++) {
            try (Wire waiting = boxcar.connect();
                    Wire other = boxcar.connect()) {
                waiting.send("BLPOP", "list", "0");
                Eventually.isTrue("it waits", () -> other.ask("INFO", "clients").contains("blocked_clients:1\r\n"));
            }
            try (Wire other = boxcar.connect()) {
                Eventually.isTrue(
                        "nobody waits", () -> other.ask("INFO", "clients").contains("blocked_clients:0\r\n"));
                assertEquals(":1\r\n", other.ask("RPUSH", "list", "element"));
                assertEquals(Wire.bulk("element"), other.ask("LPOP", "list"));
            }
        }
    }

    /** No new connection could get there: SELECT after AUTH is not allowed. */
    @Test
    void whoSelectsAndThenBecomesAUserWhoMayNotSelectIsServed() throws IOException {
        try (Wire admin = boxcar.connect();
                Wire client = boxcar.connect()) {
            assertEquals("+OK\r\n", admin.ask("ACL", "SETUSER", "poor", "on", ">123", "+get", "+set", "~*"));
            assertEquals("+OK\r\n", client.ask("SELECT", "9"));
            assertEquals("+OK\r\n", client.ask("AUTH", "poor", "123"));
            for (int i = 0; i < 20; i++) {
                assertEquals("+OK\r\n", client.ask("SET", "key", i));
                assertEquals(Wire.bulk(String.valueOf(i)), client.ask("GET", "key"));
                assertEquals("$-1\r\n", admin.ask("GET", "key"));
            }
            assertEquals(":1\r\n", admin.ask("ACL", "DELUSER", "poor"));
        }
    }

    /** Whoever names nobody by number needs no number: MONITOR and SLOWLOG see what clients sent and nothing else. */
    @Test
    void aMonitorSeesOnlyWhatClientsSend() throws IOException {
        try (Wire monitor = boxcar.connect();
                Wire other = boxcar.connect()) {
            assertEquals("+OK\r\n", monitor.ask("MONITOR"));
            assertEquals("+OK\r\n", other.ask("MULTI"));
            assertEquals("+QUEUED\r\n", other.ask("SET", "key", "1"));
            assertEquals("*1\r\n+OK\r\n", other.ask("EXEC"));
            for (String expected : new String[] {"\"MULTI\"", "\"SET\" \"key\" \"1\"", "\"EXEC\""}) {
                String seen = monitor.reply();
                assertTrue(seen.endsWith("] " + expected + "\r\n"), seen);
            }
        }
    }

    /** SELECT is refused by a busy server, so there is no connection where the other could be. */
    @Test
    void whoIsInAnotherDatabaseHearsThatRedisIsBusy() throws Exception {
        try (LocalBoxcar fresh = LocalBoxcar.before(redis).ready();
                Wire runaway = fresh.connect();
                Wire other = fresh.connect();
                Wire direct = Wire.open(redis.address())) {
            assertEquals("+OK\r\n", direct.ask("CONFIG", "SET", "busy-reply-threshold", "10"));
            assertEquals("+OK\r\n", runaway.ask("SELECT", "7"));
            assertEquals("+OK\r\n", other.ask("SELECT", "7"));
            Eventually.isTrue(
                    "both share",
                    () -> fresh.stat("listeners", "pinned_lent") == fresh.stat("listeners", "pinned_returned"));
            runaway.send("EVAL", "while true do end", "0");
            Eventually.isTrue("there is no way past it", () -> fresh.stat("upstreams", "connect_failures") > 0);
            String busy = other.ask("PING");
            assertTrue(busy.startsWith("-BUSY Redis is busy"), busy);
            assertEquals("+OK\r\n", other.ask("SCRIPT", "KILL"));
            assertTrue(runaway.reply().contains("killed"));
            assertEquals("+PONG\r\n", other.ask("PING"));
        }
    }

    @Test
    void readsGoPastAWriteThatIsPaused() throws IOException {
        try (LocalBoxcar fresh = LocalBoxcar.before(redis).ready();
                Wire writer = fresh.connect();
                Wire reader = fresh.connect()) {
            assertEquals("+OK\r\n", reader.ask("SET", "key", "old"));
            assertEquals("+OK\r\n", reader.ask("CLIENT", "PAUSE", "60000", "WRITE"));
            writer.send("SET", "key", "new");
            Eventually.isTrue("there is a way past it", () -> fresh.stat("upstreams", "connects") == 2);
            for (int i = 0; i < 10; i++) {
                assertEquals(Wire.bulk("old"), reader.ask("GET", "key"));
            }
            assertEquals("+OK\r\n", reader.ask("CLIENT", "UNPAUSE"));
            assertEquals("+OK\r\n", writer.reply());
            assertEquals(Wire.bulk("new"), reader.ask("GET", "key"));
        }
    }

    @Test
    void aScriptThatRunsForeverCanBeKilled() throws Exception {
        try (LocalBoxcar fresh = LocalBoxcar.before(redis).ready();
                Wire runaway = fresh.connect();
                Wire other = fresh.connect();
                Wire direct = Wire.open(redis.address())) {
            assertEquals("+OK\r\n", direct.ask("CONFIG", "SET", "busy-reply-threshold", "10"));
            runaway.send("EVAL", "while true do end", "0");
            Eventually.isTrue("Redis is busy", () -> direct.ask("PING").startsWith("-BUSY"));
            Eventually.isTrue("there is a way past it", () -> fresh.stat("upstreams", "connects") == 2);
            String busy = other.ask("PING");
            assertTrue(busy.startsWith("-BUSY Redis is busy"), busy);
            assertEquals("+OK\r\n", other.ask("SCRIPT", "KILL"));
            String end = runaway.reply();
            assertTrue(end.startsWith("-ERR") && end.contains("killed"), end);
            assertEquals("+PONG\r\n", other.ask("PING"));
        }
    }
}
