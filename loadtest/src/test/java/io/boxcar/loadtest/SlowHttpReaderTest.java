package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.origin.HttpOrigin;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that ask for much and do not read it hold up nobody else, and cost no more memory than their windows. */
class SlowHttpReaderTest {
    private static final long MIB = 1024 * 1024;
    private static final int RECEIVE_BUFFER = 64 * 1024;

    /**
     * What one slow client may cost: the limit at which its source is paused, and what is read until then; in HTTP/2 a window of
     * 1 MiB, in pieces that keep the larger buffers alive in which they were read.
     */
    private static long limitBytes(String mode) {
        return mode.equals("auto") ? 8 * MIB : MIB;
    }

    private static LocalBoxcar start(HttpOrigin origin, String mode) {
        return LocalBoxcar.http(
                        origin.address(),
                        "upstreams.http.http.mode=" + mode,
                        "upstreams.http.http.max-connections=2000",
                        "upstreams.http.timeout.queue=20 s",
                        "listeners.http.http.timeout.write=10 m")
                .ready();
    }

    private static void ask(Wire wire, String path) throws IOException {
        wire.sendBytes(("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @CsvSource({"pipeline, 40", "keepalive, 40", "auto, 40"})
    void othersAreServedMeanwhile(String mode, int slowReaders) throws IOException {
        List<Wire> slow = new ArrayList<>();
        try (HttpOrigin origin = HttpOrigin.start();
                LocalBoxcar boxcar = start(origin, mode)) {
            for (int i = 0; i < slowReaders; i++) {
                Wire wire = Wire.open(boxcar.address(), RECEIVE_BUFFER);
                slow.add(wire);
                ask(wire, "/fixed?bytes=1000000000");
            }
            Eventually.isTrue("all are being answered", () -> origin.requests() >= slowReaders);
            HttpLoadPlan plan = new HttpLoadPlan("127.0.0.1", boxcar.port(), 20, 0, 0, 0, TimeUnit.SECONDS.toNanos(10));
            LoadResult result =
                    HttpLoad.run(plan, new HttpRequests("GET", "/echo", 0, 2_000, true), new LoadWatcher() {});
            assertTrue(result.isClean(), result::describeTrouble);
            assertEquals(2_000, result.requests());
        } finally {
            for (Wire wire : slow) {
                wire.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"keepalive", "auto"})
    void manyCostNoMoreThanTheirWindows(String mode) throws IOException {
        int slowReaders = Boolean.getBoolean("boxcar.large") ? 1_000 : 60;
        List<Wire> slow = new ArrayList<>();
        try (HttpOrigin origin = HttpOrigin.start();
                LocalBoxcar boxcar = start(origin, mode)) {
            long before = NoLeaks.directBytes();
            for (int i = 0; i < slowReaders; i++) {
                Wire wire = Wire.open(boxcar.address(), RECEIVE_BUFFER);
                slow.add(wire);
                ask(wire, "/fixed?bytes=1000000000");
            }
            Eventually.isTrue("all are being answered", () -> origin.requests() >= slowReaders);
            long[] sent = {-1};
            Eventually.isTrue("nothing moves any more", () -> {
                long now = boxcar.stat("upstreams", "received_bytes");
                boolean still = now == sent[0];
                sent[0] = now;
                Thread.sleep(300);
                return still;
            });
            long grown = NoLeaks.directBytes() - before;
            assertTrue(grown < slowReaders * limitBytes(mode) + 64 * MIB, grown / MIB + " MiB for " + slowReaders);
        } finally {
            for (Wire wire : slow) {
                wire.close();
            }
        }
    }

    @Test
    void uploadsThatTheOriginDoesNotTakeWait() throws IOException {
        try (ServerSocket stuck = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
                LocalBoxcar boxcar = LocalBoxcar.http(
                                Address.parse("127.0.0.1:" + stuck.getLocalPort()),
                                "upstreams.http.http.mode=keepalive")
                        .ready()) {
            long before = NoLeaks.directBytes();
            byte[] piece = new byte[(int) MIB];
            List<Thread> senders = new ArrayList<>();
            AtomicLong sent = new AtomicLong();
            for (int i = 0; i < 10; i++) {
                senders.add(Thread.ofVirtual().start(() -> {
                    try (Wire wire = boxcar.connect()) {
                        wire.sendBytes("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                        for (int pieces = 0; pieces < 100; pieces++) {
                            wire.sendBytes(piece);
                            sent.addAndGet(MIB);
                        }
                    } catch (IOException e) {
                        // The end of the test.
                    }
                }));
            }
            long[] seen = {-1};
            Eventually.isTrue("nothing moves any more", () -> {
                long now = boxcar.stat("listeners", "client_received_bytes");
                boolean still = now > MIB && now == seen[0];
                seen[0] = now;
                Thread.sleep(300);
                return still;
            });
            long grown = NoLeaks.directBytes() - before;
            senders.forEach(Thread::interrupt);
            assertTrue(
                    grown < 64 * MIB, grown / MIB + " MiB for 10 uploads, of which " + sent.get() / MIB + " MiB came");
        }
    }
}
