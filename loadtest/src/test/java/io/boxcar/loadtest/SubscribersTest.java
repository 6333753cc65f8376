package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Subscribers and ordinary clients on one sidecar, while the upstream cuts connections: nobody sees what belongs to another,
 * and nobody waits for ever. {@code -Dboxcar.subscribers.seconds=60} makes it longer.
 */
class SubscribersTest {
    private static final int SUBSCRIBERS = 500;
    private static final int CLIENTS = 500;
    private static final int SECONDS = Integer.getInteger("boxcar.subscribers.seconds", 8);

    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong messages = new AtomicLong();
    private final AtomicLong answers = new AtomicLong();

    @Test
    void nothingReachesTheWrongClientWhileConnectionsAreCut() throws Exception {
        try (RedisOrigin redis = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(redis).ready();
                Wire direct = Wire.open(redis.address())) {
            ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
            for (int i = 0; i < SUBSCRIBERS; i++) {
                int number = i;
                threads.submit(() -> again("subscriber " + number, () -> subscribe(boxcar, number)));
            }
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                threads.submit(() -> again("client " + number, () -> work(boxcar, number)));
            }
            long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            for (int kill = 0; System.nanoTime() < endNs; kill++) {
                Thread.sleep(500);
                direct.ask("CLIENT", "KILL", "TYPE", kill % 2 == 0 ? "pubsub" : "normal", "SKIPME", "yes");
            }
            long before = answers.get();
            long messagesBefore = messages.get();
            Eventually.isTrue(
                    "all go on after the last cut",
                    () -> answers.get() > before + CLIENTS && messages.get() > messagesBefore + SUBSCRIBERS
                            || !wrong.isEmpty());
            over.set(true);
            threads.shutdown();
            for (int i = 0; i < SUBSCRIBERS; i++) {
                direct.ask("PUBLISH", "channel:" + i, "for " + i + ".end"); // wakes those who wait for a message
            }
            assertTrue(threads.awaitTermination(30, TimeUnit.SECONDS), "somebody waits for ever");
            assertEquals("", String.join("\n", wrong.stream().limit(5).toList()));
        }
    }

    private interface Life {
        void live() throws IOException;
    }

    /** Connects again when the connection is cut, as an application would. */
    private void again(String who, Life life) {
        while (!over.get() && wrong.isEmpty()) {
            try {
                life.live();
            } catch (EOFException | SocketException cut) {
                // the upstream cut it, and so did Boxcar
            } catch (IOException | RuntimeException e) {
                wrong.add(who + ": " + e);
            }
        }
    }

    /** Every message must be one of this subscriber's own channel, and they come in order. */
    private void subscribe(LocalBoxcar boxcar, int number) throws IOException {
        String channel = "channel:" + number;
        try (Wire wire = boxcar.connect()) {
            String ack = wire.ask("SUBSCRIBE", channel);
            if (ack.startsWith("-BOXCAR")) {
                return;
            }
            expect("*3\r\n" + Wire.bulk("subscribe") + Wire.bulk(channel) + ":1\r\n", ack);
            String head = "*3\r\n" + Wire.bulk("message") + Wire.bulk(channel);
            while (!over.get()) {
                String message = wire.reply();
                messages.incrementAndGet();
                if (!message.startsWith(head) || !message.contains("for " + number + ".")) {
                    wrong.add("subscriber " + number + " got " + message);
                    return;
                }
            }
        }
    }

    /** Publishes to one subscriber, and checks its own answers. */
    private void work(LocalBoxcar boxcar, int number) throws IOException {
        try (Wire wire = boxcar.connect()) {
            for (int round = 0; !over.get(); round++) {
                String token = String.format(Locale.ROOT, "for %d.%d", number, round);
                wire.send("SET", "key:" + number, token);
                wire.send("GET", "key:" + number);
                wire.send("PUBLISH", "channel:" + number % SUBSCRIBERS, token);
                String set = wire.reply();
                String get = wire.reply();
                String publish = wire.reply();
                answers.incrementAndGet();
                boolean isLost =
                        set.startsWith("-BOXCAR") || get.startsWith("-BOXCAR") || publish.startsWith("-BOXCAR");
                if (!isLost) {
                    expect("+OK\r\n", set);
                    expect(Wire.bulk(token), get);
                    assertTrue(publish.startsWith(":"), publish);
                }
            }
        }
    }

    private void expect(String expected, String actual) {
        if (!expected.equals(actual)) {
            wrong.add("expected " + expected + ", got " + actual);
        }
    }
}
