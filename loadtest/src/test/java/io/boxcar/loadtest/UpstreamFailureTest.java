package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A Redis that is not there, does not answer, or lets go of its connections. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class UpstreamFailureTest {
    private static final String LOST = "-BOXCARLOST outcome unknown: the connection to upstream ";

    @Test
    void aRedisThatIsNotThereIsToldWithinTheQueueTimeout() throws IOException {
        RedisOrigin redis = RedisOrigin.start();
        redis.kill();
        try (LocalBoxcar boxcar = LocalBoxcar.before(redis, "upstreams.redis.timeout.queue=300 ms");
                Wire wire = boxcar.connect()) {
            String unreachable = "-BOXCAR upstream " + redis.address() + " unreachable: connection refused\r\n";
            long beforeNs = System.nanoTime();
            assertEquals(unreachable, wire.ask("GET", "key"));
            Duration took = Duration.ofNanos(System.nanoTime() - beforeNs);
            assertTrue(took.toMillis() >= 250 && took.toMillis() < 5_000, "took " + took);
            assertEquals(unreachable, wire.ask("BLPOP", "list", "1"), "a pinned connection cannot be had either");
            try (Wire changing = boxcar.connect()) {
                changing.send("SELECT", "1").send("SET", "key", "in the wrong database");
                assertEquals(unreachable, changing.reply());
                assertEquals("", changing.readToEnd(), "what follows a failed change of state is not executed");
            }
            wire.send("SET", "key", "1");
            wire.send("SET", "key", "2");
            assertEquals(unreachable, wire.reply());
            assertTrue(wire.reply().startsWith("-BOXCAR "));

            redis.restart();
            Eventually.isTrue("it is found again", () -> wire.ask("PING").equals("+PONG\r\n"));
            assertEquals("$-1\r\n", wire.ask("GET", "key"), "what was refused was not executed");
        } finally {
            redis.close();
        }
    }

    @Test
    void aSilentRedisIsToldAtTheDeadlineAndItsLateAnswersGoToNobody() throws Exception {
        try (RedisOrigin redis = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(redis, "upstreams.redis.timeout.request=500 ms")
                        .ready()) {
            List<Wire> wires = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                wires.add(boxcar.connect());
                assertEquals("+OK\r\n", wires.get(i).ask("SET", "key:" + i, "before " + i));
            }
            signal(redis, "STOP");
            try {
                for (int i = 0; i < wires.size(); i++) {
                    wires.get(i).send("SET", "key:" + i, "during " + i);
                    wires.get(i).send("GET", "key:" + i);
                }
                for (Wire wire : wires) {
                    assertEquals(
                            "-BOXCARTIMEOUT no answer from upstream " + redis.address()
                                    + " within 500 ms; the request may still be executed\r\n",
                            wire.reply());
                    // Shorter if both were read together.
                    assertTrue(wire.reply().startsWith("-BOXCARTIMEOUT "));
                }
                // These are written behind those that nobody waits for any more.
                for (int i = 0; i < wires.size(); i++) {
                    wires.get(i).send("APPEND", "key:" + i, "!");
                }
            } finally {
                signal(redis, "CONT");
            }
            for (int i = 0; i < wires.size(); i++) {
                assertEquals(
                        ":" + ("during " + i + "!").length() + "\r\n",
                        wires.get(i).reply());
                assertEquals(Wire.bulk("during " + i + "!"), wires.get(i).ask("GET", "key:" + i));
            }
            assertEquals(40, boxcar.stat("upstreams", "timeouts"));
            assertEquals(40, boxcar.stat("upstreams", "late_responses"));
            assertEquals(0, boxcar.stat("upstreams", "disconnects"));
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    @Test
    void anyNumberOfPinnedRequestsBehindALossIsRefused() throws Exception {
        int count = 5_000;
        try (RedisOrigin redis = RedisOrigin.start();
                // Its reads grow with what comes, so that all of them come with one, and before the loss.
                LocalBoxcar boxcar = LocalBoxcar.before(redis, "transport=nio").ready();
                Wire wire = boxcar.connect()) {
            for (int i = 0; i < 20; i++) {
                assertEquals("+OK\r\n", wire.ask("SET", "large", "x".repeat(200_000)));
            }
            signal(redis, "STOP");
            wire.sendBytes(("SET key 1\r\n" + "WAIT 0 0\r\n".repeat(count)).getBytes(StandardCharsets.US_ASCII));
            Thread.sleep(100); // written, and waiting for its turn
            redis.kill();
            assertTrue(wire.reply().startsWith(LOST));
            for (int i = 0; i < count; i++) {
                assertEquals(
                        "-BOXCAR not sent: the outcome of an earlier request of this connection is unknown\r\n",
                        wire.reply());
            }
            redis.restart();
            Eventually.isTrue("it is found again", () -> wire.ask("PING").equals("+PONG\r\n"));
        }
    }

    @Test
    void aRedisThatStaysSilentIsGivenUpAndConnectedToAnew() throws Exception {
        try (RedisOrigin redis = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(
                                redis,
                                "upstreams.redis.timeout.request=200 ms",
                                "upstreams.redis.timeout.connect=200 ms",
                                "upstreams.redis.timeout.silence=400 ms")
                        .ready();
                Wire wire = boxcar.connect()) {
            signal(redis, "STOP");
            try {
                assertTrue(wire.ask("SET", "key", "1").startsWith("-BOXCARTIMEOUT "));
                Eventually.isTrue("the connection is closed", () -> boxcar.stat("upstreams", "disconnects") > 0);
            } finally {
                signal(redis, "CONT");
            }
            Eventually.isTrue("it is found again", () -> wire.ask("PING").equals("+PONG\r\n"));
            assertEquals("+OK\r\n", wire.ask("SET", "key", "2"));
            assertEquals(Wire.bulk("2"), wire.ask("GET", "key"));
        }
    }

    @Test
    void aKilledConnectionLosesNoReadsAndNoWriteIsSaidToHaveFailedThatHappened() throws Exception {
        int clients = 40;
        try (RedisOrigin redis = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(redis).ready();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Wire direct = Wire.open(redis.address())) {
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger lost = new AtomicInteger();
            List<Future<?>> load = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                String key = "key:" + i;
                load.add(threads.submit(() -> {
                    write(boxcar, redis, key, over, lost);
                    return null;
                }));
                direct.ask("SET", "fixed:" + i, "value of " + key);
                load.add(threads.submit(() -> {
                    read(boxcar, "fixed:" + key.substring(4), "value of " + key, over);
                    return null;
                }));
            }
            for (int kills = 1; kills <= 15; kills++) {
                long count = kills;
                Eventually.isTrue(
                        "it is connected",
                        () -> boxcar.stat("upstreams", "connects") >= count
                                && direct.ask("CLIENT", "LIST").contains(" name=boxcar "));
                long answered = boxcar.stat("listeners", "responses");
                Eventually.isTrue("load", () -> boxcar.stat("listeners", "responses") > answered + 200);
                for (String line : direct.ask("CLIENT", "LIST").lines().toList()) {
                    if (line.contains(" name=boxcar ")) {
                        direct.ask("CLIENT", "KILL", "ID", line.substring(3, line.indexOf(' ')));
                    }
                }
                Eventually.isTrue("it is noticed", () -> boxcar.stat("upstreams", "disconnects") >= count);
            }
            over.set(true);
            for (Future<?> one : load) {
                one.get(20, TimeUnit.SECONDS);
            }
            assertEquals(lost.get(), boxcar.stat("upstreams", "lost"), "each loss was told, once");
        }
    }

    /** Counts upwards; a write whose outcome is unknown was executed once or never, all others exactly once. */
    private static void write(LocalBoxcar boxcar, RedisOrigin redis, String key, AtomicBoolean over, AtomicInteger lost)
            throws IOException {
        int certain = 0;
        int unknown = 0;
        try (Wire wire = boxcar.connect();
                Wire direct = Wire.open(redis.address())) {
            while (!over.get()) {
                String reply = wire.ask("INCR", key);
                if (reply.startsWith(LOST + redis.address())) {
                    lost.incrementAndGet();
                    unknown++;
                } else {
                    int value = Integer.parseInt(reply.substring(1).strip());
                    certain++;
                    assertTrue(value >= certain && value <= certain + unknown, () -> key + " is " + reply);
                }
            }
            String value = direct.ask("INCRBY", key, "0");
            int stored = Integer.parseInt(value.substring(1).strip());
            assertTrue(stored >= certain && stored <= certain + unknown, () -> key + " ended as " + stored);
        }
    }

    private static void read(LocalBoxcar boxcar, String key, String value, AtomicBoolean over) throws IOException {
        try (Wire wire = boxcar.connect()) {
            while (!over.get()) {
                assertEquals(Wire.bulk(value), wire.ask("GET", key));
            }
        }
    }

    @Test
    void whatComesDuringAReconnectWaitsAndSucceeds() throws Exception {
        try (RedisOrigin redis = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(redis, "upstreams.redis.timeout.queue=20 s")
                        .ready()) {
            redis.kill();
            Eventually.isTrue(
                    "the loss is noticed", () -> !boxcar.boxcar().obstacles().isEmpty());
            List<Wire> wires = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                wires.add(boxcar.connect());
                wires.get(i).send("SET", "key:" + i, "value " + i);
                wires.get(i).send("GET", "key:" + i);
            }
            redis.restart();
            for (int i = 0; i < wires.size(); i++) {
                assertEquals("+OK\r\n", wires.get(i).reply());
                assertEquals(Wire.bulk("value " + i), wires.get(i).reply());
                wires.get(i).close();
            }
        }
    }

    @Test
    void aWriteBehindALostOneOfTheSameClientIsNotSent() throws Exception {
        try (RedisOrigin redis = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(
                                redis, "upstreams.redis.timeout.request=20 s", "upstreams.redis.limits.in-flight=1")
                        .ready();
                Wire wire = boxcar.connect();
                Wire direct = Wire.open(redis.address())) {
            signal(redis, "STOP");
            try {
                wire.send("RPUSH", "list", "first");
                Eventually.isTrue("the first is written", () -> boxcar.stat("upstreams", "requests") == 1);
                wire.send("RPUSH", "list", "second");
                Eventually.isTrue("the second is read", () -> boxcar.stat("listeners", "requests") == 2);
                redis.kill();
            } finally {
                redis.restart();
            }
            assertTrue(wire.reply().startsWith(LOST));
            assertEquals(
                    "-BOXCAR not sent: the outcome of an earlier request of this connection is unknown\r\n",
                    wire.reply());
            assertEquals(":1\r\n", wire.ask("RPUSH", "list", "third"));
            direct.close();
        }
    }

    private static void signal(RedisOrigin redis, String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(redis.pid())).start();
        assertEquals(0, kill.waitFor());
    }
}
