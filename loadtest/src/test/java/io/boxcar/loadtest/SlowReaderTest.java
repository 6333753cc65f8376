package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A client that asks for much and reads nothing harms itself only. */
@ExtendWith(NoLeaks.class)
class SlowReaderTest {
    private static final int MIB = 1024 * 1024;
    private static final int RECEIVE_BUFFER = 64 * 1024;
    private static final byte[] VALUE = new byte[MIB];

    private static RedisOrigin redis;

    @BeforeAll
    static void start() throws IOException {
        new Random(1).nextBytes(VALUE);
        redis = RedisOrigin.start();
        try (Wire direct = Wire.open(redis.address())) {
            assertEquals("+OK\r\n", direct.ask("SET", "large", VALUE));
        }
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @Test
    void isClosedAtItsOutputLimitWhileOthersGoOn() throws IOException {
        long before = NoLeaks.directBytes();
        try (LocalBoxcar boxcar = LocalBoxcar.before(
                                redis,
                                "listeners.redis.limits.output=4 MiB",
                                "listeners.redis.limits.output-pause=64 KiB")
                        .ready();
                Wire slow = Wire.open(boxcar.address(), RECEIVE_BUFFER);
                Wire other = boxcar.connect()) {
            for (int i = 0; i < 200; i++) {
                slow.send("GET", "large");
            }
            int rounds = 0;
            while (boxcar.stat("listeners", "slow_clients_closed") == 0) {
                assertTrue(rounds++ < 100_000, "the slow client is still there");
                assertEquals("+OK\r\n", other.ask("SET", "small", rounds));
                assertEquals(Wire.bulk("" + rounds), other.ask("GET", "small"));
            }
            Eventually.isTrue("one client is left", () -> boxcar.stat("listeners", "clients") == 1);
            assertTrue(slow.readToEnd().length() < 200 * MIB, "it was cut off");
            assertEquals("+PONG\r\n", other.ask("PING"));
            Eventually.isTrue(
                    "memory is back to where it was",
                    () -> NoLeaks.directBytes() < before + 32L * MIB && boxcar.stat("upstreams", "in_flight") == 0);
        }
    }

    @Test
    void isClosedAtItsOutputLimitAlsoWhenItHasSaidGoodbye() throws IOException {
        try (LocalBoxcar boxcar = LocalBoxcar.before(
                                redis,
                                "listeners.redis.limits.output=4 MiB",
                                "listeners.redis.limits.output-pause=64 KiB")
                        .ready();
                Wire slow = Wire.open(boxcar.address(), RECEIVE_BUFFER)) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = 0; i < 100; i++) {
                all.writeBytes(Wire.command("GET", "large"));
            }
            all.writeBytes(Wire.command("QUIT"));
            slow.sendBytes(all.toByteArray());
            Eventually.isTrue("it is closed", () -> boxcar.stat("listeners", "slow_clients_closed") == 1);
        }
    }

    @Test
    void isNotReadUntilItHasReadAndThenGetsEverything() throws Exception {
        try (LocalBoxcar boxcar = LocalBoxcar.before(redis, "listeners.redis.limits.output-pause=64 KiB")
                        .ready();
                Wire slow = Wire.open(boxcar.address(), RECEIVE_BUFFER);
                Wire other = boxcar.connect()) {
            // So many at first that its kernel and Boxcar's cannot hold the replies.
            for (int i = 0; i < 20; i++) {
                slow.send("GET", "large");
            }
            Eventually.isTrue("reading is paused", () -> boxcar.stat("listeners", "reads_paused") > 0);
            Eventually.isTrue("nothing is in flight", () -> boxcar.stat("upstreams", "in_flight") == 0);
            long read = boxcar.stat("listeners", "requests");
            for (int i = 0; i < 180; i++) {
                slow.send("GET", "large");
            }
            for (int i = 0; i < 100; i++) {
                assertEquals("+PONG\r\n", other.ask("PING"));
            }
            assertTrue(
                    boxcar.stat("listeners", "requests") <= read + 100, "nothing more was read from the slow client");
            for (int i = 0; i < 200; i++) {
                assertArrayEquals(VALUE, slow.bulkReply(), "reply " + i);
            }
            assertEquals("+PONG\r\n", slow.ask("PING"));
            assertEquals(0, boxcar.stat("listeners", "slow_clients_closed"));
        }
    }

    @Test
    void onAPinnedConnectionIsNeitherClosedNorGatheredFor() throws Exception {
        try (LocalBoxcar boxcar = LocalBoxcar.before(
                                redis,
                                "listeners.redis.limits.output=4 MiB",
                                "listeners.redis.limits.output-pause=64 KiB")
                        .ready();
                Wire slow = Wire.open(boxcar.address(), RECEIVE_BUFFER);
                Wire other = boxcar.connect()) {
            assertEquals("+OK\r\n", slow.ask("WATCH", "large"));
            for (int i = 0; i < 100; i++) {
                slow.send("GET", "large");
            }
            Eventually.isTrue("reading is paused", () -> boxcar.stat("listeners", "reads_paused") > 0);
            for (int i = 0; i < 100; i++) {
                assertEquals("+PONG\r\n", other.ask("PING"));
            }
            for (int i = 0; i < 100; i++) {
                assertArrayEquals(VALUE, slow.bulkReply(), "reply " + i);
            }
            assertEquals(0, boxcar.stat("listeners", "slow_clients_closed"));
        }
    }
}
