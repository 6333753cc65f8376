package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code boxcar run} as a process: how it ends. */
@Timeout(90)
class DrainTest {
    private static final int SIGNALLED_TWICE = 130;

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
    void whatWasReadIsAnsweredBeforeTheEnd() throws Exception {
        int clients = 50;
        int requests = 10;
        List<Wire> wires = new ArrayList<>();
        try (SidecarProcess sidecar = SidecarProcess.serving(redis.address());
                Wire direct = Wire.open(redis.address())) {
            assertEquals("+OK\r\n", direct.ask("CLIENT", "PAUSE", "60000", "WRITE"));
            for (int i = 0; i < clients; i++) {
                wires.add(sidecar.connect());
                for (int n = 0; n < requests; n++) {
                    wires.get(i).send("INCR", "drained:" + i);
                }
            }
            Eventually.isTrue("all are read", () -> sidecar.metric("boxcar_requests_total") == clients * requests);
            sidecar.terminate();
            Eventually.isTrue("no new clients", () -> refuses(sidecar));
            assertEquals("+OK\r\n", direct.ask("CLIENT", "UNPAUSE"));
            for (Wire wire : wires) {
                for (int n = 1; n <= requests; n++) {
                    assertEquals(":" + n + "\r\n", wire.reply());
                }
                assertEquals("", wire.readToEnd());
                wire.close();
            }
            assertEquals(0, sidecar.exitStatus(), sidecar::output);
        }
    }

    private static boolean refuses(SidecarProcess sidecar) {
        try (Wire wire = sidecar.connect()) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void underLoadEachClientGetsTheAnswersOfAllThatWasExecutedAndThenTheEnd() throws Exception {
        int clients = 500;
        try (SidecarProcess sidecar = SidecarProcess.serving(redis.address());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Wire direct = Wire.open(redis.address())) {
            AtomicLong answered = new AtomicLong();
            List<Future<Long>> counts = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                String key = "loaded:" + i;
                Wire wire = sidecar.connect();
                // Half of them wait for each answer; the others keep some outstanding.
                int outstanding = i % 2 == 0 ? 1 : 20;
                counts.add(threads.submit(() -> countUntilClosed(wire, key, outstanding, answered)));
            }
            Eventually.isTrue("load", () -> answered.get() > 5_000);
            sidecar.terminate();
            assertEquals(0, sidecar.exitStatus(), sidecar::output);
            for (int i = 0; i < clients; i++) {
                long acknowledged = counts.get(i).get(20, TimeUnit.SECONDS);
                assertEquals(":" + acknowledged + "\r\n", direct.ask("INCRBY", "loaded:" + i, "0"), "client " + i);
            }
        }
    }

    /** Says how many were answered when the connection ended. */
    private static long countUntilClosed(Wire wire, String key, int outstanding, AtomicLong answered)
            throws IOException {
        long count = 0;
        byte[] incr = Wire.command("INCR", key);
        try (wire) {
            int sent = 0;
            while (true) {
                try {
                    while (sent < count + outstanding) {
                        sent++;
                        wire.sendBytes(incr);
                    }
                } catch (SocketException e) {
                    // closed by the other side; what it answered before can still be read
                }
                assertEquals(":" + (count + 1) + "\r\n", wire.reply());
                count++;
                answered.incrementAndGet();
            }
        } catch (EOFException | SocketException e) {
            return count;
        }
    }

    @Test
    void aDrainEndsAtItsLimitThoughAClientIsBlocked() throws Exception {
        try (SidecarProcess sidecar = SidecarProcess.serving(redis.address(), "shutdown.drain-timeout=700 ms");
                Wire blocked = sidecar.connect();
                Wire subscriber = sidecar.connect();
                Wire idle = sidecar.connect();
                Wire direct = Wire.open(redis.address())) {
            assertEquals("+PONG\r\n", idle.ask("PING"));
            assertTrue(subscriber.ask("SUBSCRIBE", "news").contains("subscribe"));
            blocked.send("BLPOP", "never", "0");
            Eventually.isTrue(
                    "it is blocked", () -> direct.ask("INFO", "clients").contains("blocked_clients:1\r\n"));
            long beforeNs = System.nanoTime();
            sidecar.terminate();
            assertEquals("", idle.readToEnd());
            assertEquals("", subscriber.readToEnd());
            assertEquals("", blocked.readToEnd());
            assertEquals(0, sidecar.exitStatus(), sidecar::output);
            long tookMs = (System.nanoTime() - beforeNs) / 1_000_000;
            assertTrue(tookMs >= 700 && tookMs < 10_000, "took " + tookMs + " ms");
            assertTrue(sidecar.output().contains("1 clients were still busy after 700 ms"), sidecar::output);
        }
    }

    @Test
    void aSecondSignalEndsItAtOnce() throws Exception {
        try (SidecarProcess sidecar = SidecarProcess.serving(redis.address(), "shutdown.drain-timeout=60 s");
                Wire blocked = sidecar.connect();
                Wire direct = Wire.open(redis.address())) {
            blocked.send("BLPOP", "never", "0");
            Eventually.isTrue(
                    "it is blocked", () -> direct.ask("INFO", "clients").contains("blocked_clients:1\r\n"));
            sidecar.terminate();
            Eventually.isTrue("it drains", () -> refuses(sidecar));
            assertTrue(sidecar.isAlive());
            sidecar.terminate();
            assertEquals(SIGNALLED_TWICE, sidecar.exitStatus(), sidecar::output);
            assertEquals("", blocked.readToEnd());
        }
    }

    @Test
    void aPortInUseIsToldAndEndsItWithStatusOne() throws Exception {
        for (int loops = 1; loops <= 2; loops++) {
            String loopCount = "loops=" + loops;
            try (SidecarProcess first = SidecarProcess.serving(redis.address(), loopCount);
                    SidecarProcess second = SidecarProcess.run(List.of(
                            "--redis",
                            first.address() + "=" + redis.address(),
                            "--admin",
                            "off",
                            "--set",
                            loopCount))) {
                assertEquals(1, second.exitStatus(), second::output);
                assertTrue(
                        second.output()
                                .contains("boxcar: listener redis cannot listen on " + first.address()
                                        + ": the address is in use by another process; stop it or choose another port"),
                        second::output);
                try (Wire wire = first.connect()) {
                    assertEquals("+PONG\r\n", wire.ask("PING"));
                }
            }
        }
    }

    @Test
    void anAdminPortInUseIsToldAndEndsItWithStatusOne() throws Exception {
        try (SidecarProcess second = SidecarProcess.run(List.of(
                "--redis",
                "127.0.0.1:0=" + redis.address(),
                "--admin",
                redis.address().toString()))) {
            assertEquals(1, second.exitStatus(), second::output);
            assertTrue(
                    second.output().contains("the admin server cannot listen on " + redis.address()), second::output);
        }
    }

    @Test
    void theAdminServerDrainsItToo() throws Exception {
        try (SidecarProcess sidecar = SidecarProcess.serving(redis.address());
                Wire wire = sidecar.connect()) {
            assertEquals("+PONG\r\n", wire.ask("PING"));
            assertEquals(202, sidecar.post("/drain").statusCode());
            assertEquals("", wire.readToEnd());
            assertEquals(0, sidecar.exitStatus(), sidecar::output);
        }
    }
}
