package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Slots move from node to node, and no client notices. */
@Timeout(120)
class ClusterReshardTest {
    private static final int CLIENTS = 200;
    private static final long LOAD_SECONDS = 20;
    private static final long PATIENCE_SECONDS = 20;

    private @Nullable RedisCluster started;
    private @Nullable LocalBoxcar before;

    @BeforeEach
    void start() throws IOException {
        started = RedisCluster.start(3, 0, Duration.ofSeconds(15));
        before = LocalBoxcar.before(started).ready();
    }

    @AfterEach
    void stop() throws IOException {
        if (before != null) {
            before.close();
        }
        if (started != null) {
            started.close();
        }
    }

    private RedisCluster cluster() {
        if (started == null) {
            throw new IllegalStateException("not started");
        }
        return started;
    }

    private LocalBoxcar boxcar() {
        if (before == null) {
            throw new IllegalStateException("not started");
        }
        return before;
    }

    @Test
    void noClientNoticesThatSlotsMoveBackAndForth() throws Exception {
        List<Client> clients = new ArrayList<>();
        RedisCluster.Node[] ownerOfSlot = new RedisCluster.Node[RedisCluster.SLOTS];
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    Client client = new Client(i, boxcar().connect());
                    clients.add(client);
                    running.add(threads.submit(client::run));
                }
                Eventually.isTrue("all clients work", () -> clients.stream().allMatch(client -> client.rounds > 0));
                int moved = moveBackAndForth(clients, ownerOfSlot);
                assertTrue(moved > 100, "only " + moved + " slots were moved; that is no load");
                assertProgress(clients);
            } finally {
                clients.forEach(client -> client.stopped = true);
            }
            for (Future<?> client : running) {
                client.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            for (Client client : clients) {
                client.assertNothingLost(ownerOfSlot);
            }
        } finally {
            for (Client client : clients) {
                client.wire.close();
            }
        }
    }

    /** Every slot with a key goes to the next node, again and again. Gives how often one moved, and who has them in the end. */
    private int moveBackAndForth(List<Client> clients, RedisCluster.Node[] ownerOfSlot) throws Exception {
        List<RedisCluster.Node> nodes = cluster().masters();
        Set<Integer> slots = new TreeSet<>();
        clients.forEach(client -> client.keys.forEach(key -> slots.add(RedisCluster.slotOf(key))));
        for (int slot : slots) {
            ownerOfSlot[slot] = cluster().ownerOf(slot);
        }
        int moved = 0;
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(LOAD_SECONDS);
        while (System.nanoTime() - deadlineNs < 0) {
            for (int slot : slots) {
                if (System.nanoTime() - deadlineNs >= 0) {
                    break;
                }
                RedisCluster.Node from = ownerOfSlot[slot];
                RedisCluster.Node to = nodes.get((nodes.indexOf(from) + 1) % nodes.size());
                cluster().moveSlots(from, to, List.of(slot), half -> {});
                ownerOfSlot[slot] = to;
                moved++;
                if (moved % 100 == 0) {
                    assertProgress(clients); // and not that all stand still, or one does
                }
            }
        }
        return moved;
    }

    private static void assertProgress(List<Client> clients) {
        long[] rounds = clients.stream().mapToLong(client -> client.rounds).toArray();
        Eventually.isTrue("all clients go on", () -> {
            for (Client client : clients) {
                if (client.broken != null) {
                    throw new AssertionError(client.broken);
                }
                if (client.rounds == rounds[client.number]) {
                    return false;
                }
            }
            return true;
        });
    }

    /**
     * One connection and the counters that only it increments, on slots anywhere. The next reply is always known: who gets
     * another's, one twice, an error, or two in the wrong order sees it.
     */
    private static final class Client {
        private static final int KEYS = 3;
        private static final int PIPELINED = 5;

        private final int number;
        private final Wire wire;
        private final List<String> keys = new ArrayList<>();
        private final long[] counts = new long[KEYS];
        // Written by this client's thread, read by the test.
        private volatile long rounds;
        private volatile @Nullable String broken;
        // Written by the test.
        private volatile boolean stopped;

        Client(int number, Wire wire) {
            this.number = number;
            this.wire = wire;
            for (int i = 0; i < KEYS; i++) {
                keys.add("counter:" + number + ":" + i);
            }
        }

        @Nullable
        Void run() throws IOException {
            while (!stopped) {
                switch ((int) (rounds % 4)) {
                    case 0 -> oneByOne();
                    case 1 -> pipelinedOnOneKey();
                    case 2 -> pipelinedOnAllKeys();
                    default -> allAtOnce();
                }
                rounds++;
            }
            return null;
        }

        private void oneByOne() throws IOException {
            for (int i = 0; i < KEYS; i++) {
                wire.send("INCR", keys.get(i));
                expect(":" + ++counts[i] + "\r\n");
                wire.send("GET", keys.get(i));
                expect(Wire.bulk(Long.toString(counts[i])));
                wire.send("ECHO", "token:" + number + ":" + rounds);
                expect(Wire.bulk("token:" + number + ":" + rounds));
            }
        }

        /** If the first is redirected, those behind it must not overtake it. */
        private void pipelinedOnOneKey() throws IOException {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = 0; i < PIPELINED; i++) {
                all.writeBytes(Wire.command("INCR", keys.get(0)));
            }
            wire.sendBytes(all.toByteArray());
            for (int i = 0; i < PIPELINED; i++) {
                expect(":" + ++counts[0] + "\r\n");
            }
        }

        private void pipelinedOnAllKeys() throws IOException {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = 0; i < PIPELINED * KEYS; i++) {
                all.writeBytes(Wire.command("INCR", keys.get(i % KEYS)));
                all.writeBytes(Wire.command("GET", keys.get(i % KEYS)));
            }
            wire.sendBytes(all.toByteArray());
            for (int i = 0; i < PIPELINED * KEYS; i++) {
                expect(":" + ++counts[i % KEYS] + "\r\n");
                expect(Wire.bulk(Long.toString(counts[i % KEYS])));
            }
        }

        private void allAtOnce() throws IOException {
            List<Object> mset = new ArrayList<>(List.of("MSET"));
            List<Object> mget = new ArrayList<>(List.of("MGET"));
            StringBuilder values = new StringBuilder("*" + KEYS + "\r\n");
            for (int i = 0; i < KEYS; i++) {
                mset.addAll(List.of(keys.get(i), ++counts[i]));
                mget.add(keys.get(i));
                values.append(Wire.bulk(Long.toString(counts[i])));
            }
            wire.send(mset.toArray());
            expect("+OK\r\n");
            wire.send(mget.toArray());
            expect(values.toString());
        }

        private void expect(String reply) throws IOException {
            String got = wire.reply();
            if (!got.equals(reply)) {
                broken = "client " + number + " in round " + rounds + " expected " + reply.strip() + " and got "
                        + got.strip();
                throw new AssertionError(broken);
            }
        }

        /** At the node itself. */
        void assertNothingLost(RedisCluster.Node[] ownerOfSlot) throws IOException {
            for (int i = 0; i < KEYS; i++) {
                RedisCluster.Node owner = ownerOfSlot[RedisCluster.slotOf(keys.get(i))];
                assertEquals(Long.toString(counts[i]), owner.call("GET", keys.get(i)), keys.get(i));
            }
        }
    }

    @Test
    void aKeyThatIsAlreadyElsewhereIsFoundThereBeforeItsSlotIs() throws Exception {
        int slot = 42;
        String tag = "{" + RedisCluster.keyOf(slot, "tag") + "}";
        try (Wire wire = boxcar().connect()) {
            for (int i = 0; i < 5; i++) {
                assertEquals("+OK\r\n", wire.ask("SET", tag + i, i));
            }
            RedisCluster.Node from = cluster().ownerOf(slot);
            RedisCluster.Node to = cluster().masters().get(1);
            cluster().moveSlots(from, to, List.of(slot), half -> {
                for (int i = 0; i < 5; i++) {
                    assertEquals(Wire.bulk(Integer.toString(i)), wire.ask("GET", tag + i));
                    assertEquals(":" + (i + 1) + "\r\n", wire.ask("INCR", tag + i));
                }
                // A new key is created where the slot will be.
                assertEquals("+OK\r\n", wire.ask("SET", tag + "new", "5"));
                assertEquals("5", direct(to, tag + "new"));
            });
            for (int i = 0; i < 5; i++) {
                assertEquals(Wire.bulk(Integer.toString(i + 1)), wire.ask("GET", tag + i));
            }
            assertEquals(Wire.bulk("5"), wire.ask("GET", tag + "new"));
        }
    }

    /** With ASKING on a connection of its own, because it must be followed by the command. */
    private static @Nullable Object direct(RedisCluster.Node node, String key) throws IOException {
        node.call("ASKING");
        return node.call("GET", key);
    }

    @Test
    void aCommandWhoseKeysAreHalfMovedWaitsUntilTheyAreTogether() throws Exception {
        int slot = 43;
        String tag = "{" + RedisCluster.keyOf(slot, "tag") + "}";
        try (Wire wire = boxcar().connect();
                Wire other = boxcar().connect()) {
            assertEquals("+OK\r\n", wire.ask("MSET", tag + 1, "one", tag + 2, "two"));
            RedisCluster.Node from = cluster().ownerOf(slot);
            RedisCluster.Node to = cluster().masters().get(2);
            cluster().moveSlots(from, to, List.of(slot), half -> {
                wire.send("MGET", tag + 1, tag + 2);
                // As long as the migration takes here, others are served.
                for (int i = 0; i < 20; i++) {
                    assertEquals("+PONG\r\n", other.ask("PING"));
                    assertEquals("+OK\r\n", other.ask("SET", "other" + i, "value"));
                }
            });
            assertEquals("*2\r\n" + Wire.bulk("one") + Wire.bulk("two"), wire.reply());
        }
    }

    @Test
    void anOpenTransactionWhoseSlotMovesIsExecutedAsAWholeOrRefusedAsAWhole() throws Exception {
        int slot = 44;
        String key = RedisCluster.keyOf(slot, "key");
        try (Wire wire = boxcar().connect()) {
            assertEquals("+OK\r\n", wire.ask("SET", key, "1"));
            assertEquals("+OK\r\n", wire.ask("MULTI"));
            assertEquals("+QUEUED\r\n", wire.ask("INCR", key));
            assertEquals("+QUEUED\r\n", wire.ask("INCR", key));
            cluster().moveSlots(cluster().ownerOf(slot), cluster().masters().get(1), List.of(slot), half -> {});
            String exec = wire.ask("EXEC");
            String value = exec.equals("*2\r\n:2\r\n:3\r\n") ? "3" : "1";
            assertTrue(value.equals("3") || exec.startsWith("-"), exec);
            assertEquals(Wire.bulk(value), wire.ask("GET", key));
            assertEquals(value, cluster().ownerOf(slot).call("GET", key));
        }
    }

    @Test
    void aBlockedClientIsServedWhereItsListHasGone() throws Exception {
        int slot = 45;
        String list = RedisCluster.keyOf(slot, "list");
        try (Wire blocked = boxcar().connect();
                Wire other = boxcar().connect()) {
            RedisCluster.Node from = cluster().ownerOf(slot);
            blocked.send("BLPOP", list, "0");
            Eventually.isTrue(
                    "it waits",
                    () -> String.valueOf(from.call("INFO", "clients")).contains("blocked_clients:1\r\n"));
            cluster().moveSlots(from, cluster().masters().get(1), List.of(slot), half -> {});
            RedisCluster.Node to = cluster().masters().get(1);
            Eventually.isTrue(
                    "it waits there",
                    () -> String.valueOf(to.call("INFO", "clients")).contains("blocked_clients:1\r\n"));
            assertEquals(":1\r\n", other.ask("RPUSH", list, "element"));
            assertEquals("*2\r\n" + Wire.bulk(list) + Wire.bulk("element"), blocked.reply());
        }
    }
}
