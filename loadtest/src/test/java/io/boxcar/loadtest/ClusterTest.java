package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/** A client that knows nothing of clusters uses one, through Boxcar. */
@Timeout(120)
class ClusterTest {
    private static final int MASTERS = 3;
    private static final long PATIENCE_SECONDS = 30;

    /** Three keys that live on three nodes. */
    private static final List<String> APART = new ArrayList<>();

    private static RedisCluster cluster;
    private static LocalBoxcar boxcar;

    @BeforeAll
    static void start() throws IOException {
        cluster = RedisCluster.start(MASTERS, 1, Duration.ofSeconds(15));
        boxcar = LocalBoxcar.before(cluster).ready();
        for (int i = 0; i < MASTERS; i++) {
            APART.add(RedisCluster.keyOf(RedisCluster.SLOTS * i / MASTERS + 7, "apart"));
        }
    }

    @AfterAll
    static void stop() throws IOException {
        if (boxcar != null) {
            boxcar.close();
            cluster.close();
        }
    }

    @BeforeEach
    void empty() throws IOException {
        for (RedisCluster.Node master : cluster.masters()) {
            assertEquals("OK", master.call("FLUSHALL"));
        }
    }

    private static Jedis jedis() {
        return new Jedis("127.0.0.1", boxcar.port());
    }

    /** One key for each slot, the slot being its index. */
    private static String[] aKeyOfEachSlot() {
        String[] keys = new String[RedisCluster.SLOTS];
        for (int i = 0, found = 0; found < keys.length; i++) {
            int slot = RedisCluster.slotOf("key" + i);
            if (keys[slot] == null) {
                keys[slot] = "key" + i;
                found++;
            }
        }
        return keys;
    }

    @Test
    void writesAndReadsKeysOfEverySlotInOrder() throws IOException {
        String[] keys = aKeyOfEachSlot();
        try (Jedis jedis = jedis();
                Pipeline pipeline = jedis.pipelined()) {
            List<Response<String>> values = new ArrayList<>();
            for (int slot = 0; slot < keys.length; slot++) {
                pipeline.set(keys[slot], "value" + slot);
                values.add(pipeline.get(keys[slot]));
            }
            pipeline.sync();
            for (int slot = 0; slot < keys.length; slot++) {
                assertEquals("value" + slot, values.get(slot).get());
            }
        }
        for (RedisCluster.Node master : cluster.masters()) {
            Object count = master.call("DBSIZE");
            assertTrue(Set.of(5461L, 5462L).contains(count), master + " has " + count);
        }
    }

    @Test
    void anErrorOfOneNodeIsThatCommandsOnly() {
        try (Jedis jedis = jedis()) {
            jedis.rpush(APART.get(0), "element");
            assertThrows(JedisDataException.class, () -> jedis.incr(APART.get(0)));
            assertEquals(1, jedis.incr(APART.get(1)));
        }
    }

    @Test
    void splitsWhatConcernsKeysOfSeveralNodes() {
        try (Jedis jedis = jedis()) {
            List<String> keys = new ArrayList<>();
            List<String> keysAndValues = new ArrayList<>();
            List<String> values = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                keys.add("key" + i);
                values.add("value" + i);
                keysAndValues.addAll(List.of("key" + i, "value" + i));
            }
            String[] all = keys.toArray(String[]::new);
            assertEquals("OK", jedis.mset(keysAndValues.toArray(String[]::new)));
            assertEquals(values, jedis.mget(all));
            assertEquals(100, jedis.exists(all));
            assertEquals(100, jedis.touch(all));
            assertEquals(30, jedis.del(keys.subList(0, 30).toArray(String[]::new)));
            assertEquals(30, jedis.unlink(keys.subList(20, 60).toArray(String[]::new)));
            assertEquals(40, jedis.exists(all));
            Collections.fill(values.subList(0, 60), null);
            assertEquals(values, jedis.mget(all));
            assertEquals(List.of("value99", "value98", "value99"), jedis.mget("key99", "key98", "key99"));
        }
    }

    @Test
    void aSplitCommandKeepsItsPlaceInAPipeline() throws IOException {
        try (Wire wire = boxcar.connect()) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int i = 0; i < 200; i++) {
                all.writeBytes(Wire.command("MSET", APART.get(0), i, APART.get(1), i, APART.get(2), i));
                all.writeBytes(Wire.command("INCR", APART.get(1)));
                all.writeBytes(Wire.command("MGET", APART.get(2), APART.get(1), APART.get(0)));
            }
            wire.sendBytes(all.toByteArray());
            for (int i = 0; i < 200; i++) {
                assertEquals("+OK\r\n", wire.reply());
                assertEquals(":" + (i + 1) + "\r\n", wire.reply());
                String same = Wire.bulk(Integer.toString(i));
                assertEquals("*3\r\n" + same + Wire.bulk(Integer.toString(i + 1)) + same, wire.reply());
            }
        }
    }

    @Test
    void whatIsNotSplitSaysThatItsKeysAreApart() throws IOException {
        try (Wire wire = boxcar.connect();
                LocalBoxcar whole = LocalBoxcar.before(cluster, "upstreams.redis.split=false")
                        .ready();
                Wire unsplit = whole.connect()) {
            String crossSlot = wire.ask("SINTER", APART.get(0), APART.get(1));
            assertTrue(crossSlot.startsWith("-CROSSSLOT "), crossSlot);
            crossSlot = unsplit.ask("MGET", APART.get(0), APART.get(1));
            assertTrue(crossSlot.startsWith("-CROSSSLOT "), crossSlot);
            assertEquals("+OK\r\n", wire.ask("SET", APART.get(0), "1"));
            assertEquals("*2\r\n$1\r\n1\r\n$-1\r\n", unsplit.ask("MGET", APART.get(0), "{" + APART.get(0) + "}"));
        }
    }

    @Test
    void scansTheWholeCluster() {
        try (Jedis jedis = jedis()) {
            Set<String> expected = new HashSet<>();
            for (int i = 0; i < 1000; i++) {
                expected.add("scan:" + i);
                jedis.set("scan:" + i, "v");
                jedis.set("other:" + i, "v");
            }
            for (int count : new int[] {10, 5000}) {
                Set<String> found = new HashSet<>();
                ScanParams params = new ScanParams().match("scan:*").count(count);
                String cursor = ScanParams.SCAN_POINTER_START;
                do {
                    ScanResult<String> page = jedis.scan(cursor, params);
                    found.addAll(page.getResult());
                    cursor = page.getCursor();
                } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
                assertEquals(expected, found);
            }
        }
    }

    @Test
    void transactionsOfOneSlotRunInOneWrite() throws IOException {
        try (Wire wire = boxcar.connect()) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (String tag : APART) {
                all.writeBytes(Wire.command("MULTI"));
                all.writeBytes(Wire.command("SET", "{" + tag + "}a", "1"));
                all.writeBytes(Wire.command("INCR", "{" + tag + "}a"));
                all.writeBytes(Wire.command("EXEC"));
            }
            wire.sendBytes(all.toByteArray());
            for (int i = 0; i < APART.size(); i++) {
                assertEquals("+OK\r\n", wire.reply());
                assertEquals("+QUEUED\r\n", wire.reply());
                assertEquals("+QUEUED\r\n", wire.reply());
                assertEquals("*2\r\n+OK\r\n:2\r\n", wire.reply());
            }
        }
    }

    @Test
    void transactionsOfOneSlotRunInteractively() throws IOException {
        try (Wire wire = boxcar.connect();
                Jedis jedis = jedis()) {
            for (String tag : APART) {
                assertEquals("+OK\r\n", wire.ask("MULTI"));
                assertEquals("+QUEUED\r\n", wire.ask("SET", "{" + tag + "}a", "1"));
                assertEquals("+QUEUED\r\n", wire.ask("INCR", "{" + tag + "}a"));
                assertNull(jedis.get("{" + tag + "}a"));
                assertEquals("*2\r\n+OK\r\n:2\r\n", wire.ask("EXEC"));
                assertEquals("+OK\r\n", wire.ask("MULTI"));
                assertEquals("+QUEUED\r\n", wire.ask("INCR", "{" + tag + "}a"));
                assertEquals("+OK\r\n", wire.ask("DISCARD"));
                assertEquals(Wire.bulk("2"), wire.ask("GET", "{" + tag + "}a"));
            }
            Transaction transaction = jedis.multi();
            Response<String> set = transaction.set("{j}a", "1");
            Response<Long> count = transaction.incr("{j}a");
            assertEquals(2, transaction.exec().size());
            assertEquals("OK", set.get());
            assertEquals(2, count.get());
        }
    }

    @Test
    void anEmptyTransactionIsOne() throws IOException {
        try (Wire wire = boxcar.connect()) {
            assertEquals("+OK\r\n", wire.ask("MULTI"));
            assertEquals("*0\r\n", wire.ask("EXEC"));
            assertEquals("+PONG\r\n", wire.ask("PING"));
        }
    }

    @Test
    void aTransactionWhoseKeysAreApartIsRefusedAndNoneOfItIsExecuted() throws IOException {
        try (Wire wire = boxcar.connect()) {
            assertEquals("+OK\r\n", wire.ask("MULTI"));
            assertEquals("+QUEUED\r\n", wire.ask("SET", APART.get(0), "1"));
            String apart = wire.ask("SET", APART.get(1), "1");
            assertTrue(apart.startsWith("-"), apart);
            String exec = wire.ask("EXEC");
            assertTrue(exec.startsWith("-EXECABORT "), exec);
            assertEquals("$-1\r\n", wire.ask("GET", APART.get(0)));
            assertEquals("$-1\r\n", wire.ask("GET", APART.get(1)));
        }
    }

    @Test
    void aWatchedKeyThatAnotherClientChangesAbortsTheTransaction() {
        try (Jedis jedis = jedis();
                Jedis other = jedis()) {
            for (String key : APART) {
                jedis.watch(key);
                other.set(key, "2");
                Transaction transaction = jedis.multi();
                transaction.set(key, "3");
                assertNull(transaction.exec());
                assertEquals("2", other.get(key));
                jedis.watch(key);
                Transaction again = jedis.multi();
                again.set(key, "4");
                assertEquals(1, again.exec().size());
                assertEquals("4", other.get(key));
            }
        }
    }

    @Test
    void aBlockingPopWaitsAtTheNodeOfItsKeyWithoutHoldingUpAnybody() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Jedis other = jedis()) {
            List<Future<List<String>>> waiting = new ArrayList<>();
            for (int i = 0; i < 21; i++) {
                String list = "{" + APART.get(i % MASTERS) + "}list" + i;
                waiting.add(threads.submit(() -> {
                    try (Jedis jedis = jedis()) {
                        return jedis.blpop(60, list);
                    }
                }));
            }
            Eventually.isTrue("all wait", () -> {
                boolean all = true;
                for (RedisCluster.Node master : cluster.masters()) {
                    all &= String.valueOf(master.call("INFO", "clients")).contains("blocked_clients:7\r\n");
                }
                return all;
            });
            for (String key : APART) {
                assertEquals("OK", other.set(key, "value"));
            }
            for (int i = 0; i < 21; i++) {
                String list = "{" + APART.get(i % MASTERS) + "}list" + i;
                other.rpush(list, "element" + i);
                assertEquals(List.of(list, "element" + i), waiting.get(i).get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void publishesAndSubscribes() throws Exception {
        List<String> received = new ArrayList<>();
        CountDownLatch subscribed = new CountDownLatch(MASTERS);
        JedisPubSub listener = new JedisPubSub() {
            @Override
            public void onSubscribe(String channel, int channels) {
                subscribed.countDown();
            }

            @Override
            public void onMessage(String channel, String message) {
                received.add(channel + " " + message);
                if (received.size() == 10 * APART.size()) {
                    unsubscribe();
                }
            }
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Jedis publisher = jedis()) {
            Future<?> subscription = threads.submit(() -> {
                try (Jedis subscriber = jedis()) {
                    subscriber.subscribe(listener, APART.toArray(String[]::new));
                    assertEquals("PONG", subscriber.ping());
                }
            });
            assertTrue(subscribed.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
            Set<String> sent = new HashSet<>();
            for (int i = 0; i < 10; i++) {
                for (String channel : APART) {
                    publisher.publish(channel, "number " + i);
                    sent.add(channel + " number " + i);
                }
            }
            subscription.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            // The nodes pass messages on to each other, which says nothing of the order between two publications.
            assertEquals(sent, new HashSet<>(received));
        }
    }

    @Test
    void shardedChannelsAreOnTheNodeOfTheirSlot() throws IOException {
        for (String channel : APART) {
            try (Wire subscriber = boxcar.connect();
                    Wire publisher = boxcar.connect()) {
                assertEquals(
                        "*3\r\n" + Wire.bulk("ssubscribe") + Wire.bulk(channel) + ":1\r\n",
                        subscriber.ask("SSUBSCRIBE", channel));
                assertEquals(":1\r\n", publisher.ask("SPUBLISH", channel, "news"));
                assertEquals(
                        "*3\r\n" + Wire.bulk("smessage") + Wire.bulk(channel) + Wire.bulk("news"), subscriber.reply());
            }
        }
    }

    @Test
    void scriptsRunWhereTheirKeysAre() {
        try (Jedis jedis = jedis()) {
            String script = "redis.call('SET', KEYS[1], ARGV[1]); return redis.call('GET', KEYS[1])";
            for (String key : APART) {
                assertEquals("value", jedis.eval(script, 1, key, "value"));
                assertEquals("value", jedis.get(key));
            }
            assertEquals(7L, jedis.eval("return 7", 0));
            assertThrows(JedisDataException.class, () -> jedis.eval(script, 2, APART.get(0), APART.get(1), "value"));
        }
    }

    @Test
    void aScriptThatWasLoadedRunsOnEveryNode() {
        try (Jedis jedis = jedis()) {
            String sha = jedis.scriptLoad("return redis.call('INCR', KEYS[1])");
            for (String key : APART) {
                assertEquals(1L, jedis.evalsha(sha, 1, key));
            }
            assertThrows(JedisDataException.class, () -> jedis.evalsha("f".repeat(40), 1, APART.get(0)));
        }
    }

    @Test
    void readsFromReplicasIfThatIsConfigured() throws Exception {
        for (RedisCluster.Node node : cluster.nodes()) {
            Eventually.isTrue("all nodes know all replicas", () -> {
                String slots = String.valueOf(node.call("CLUSTER", "SLOTS"));
                return cluster.replicas().stream().allMatch(replica -> slots.contains(", " + replica.port() + ","));
            });
        }
        try (LocalBoxcar reading = LocalBoxcar.before(cluster, "upstreams.redis.read-from=replica")
                        .ready();
                Jedis jedis = new Jedis("127.0.0.1", reading.port())) {
            for (int i = 0; i < MASTERS; i++) {
                assertEquals("OK", jedis.set(APART.get(i), "value"));
                assertEquals(1L, cluster.masters().get(i).call("WAIT", "1", "10000"));
            }
            for (RedisCluster.Node node : cluster.nodes()) {
                assertEquals("OK", node.call("CONFIG", "RESETSTAT"));
            }
            for (int i = 0; i < 30; i++) {
                assertEquals("value", jedis.get(APART.get(i % MASTERS)));
            }
            for (RedisCluster.Node replica : cluster.replicas()) {
                assertEquals(10, calls(replica, "get"), () -> "GETs at " + replica);
            }
            for (RedisCluster.Node master : cluster.masters()) {
                assertEquals(0, calls(master, "get"), () -> "GETs at " + master);
            }
        }
    }

    private static int calls(RedisCluster.Node node, String command) throws IOException {
        String start = "cmdstat_" + command + ":calls=";
        return String.valueOf(node.call("INFO", "commandstats"))
                .lines()
                .filter(line -> line.startsWith(start))
                .mapToInt(line -> Integer.parseInt(line.substring(start.length(), line.indexOf(','))))
                .sum();
    }

    @Test
    void manyClientsShareOneConnectionToEachNode() throws Exception {
        int clients = 100;
        List<Wire> wires = new ArrayList<>();
        try {
            for (int i = 0; i < clients; i++) {
                wires.add(boxcar.connect());
            }
            int[] counted = new int[MASTERS];
            for (int round = 0; round < 10; round++) {
                for (Wire wire : wires) {
                    APART.forEach(key -> send(wire, "INCR", key));
                }
                for (Wire wire : wires) {
                    for (int i = 0; i < MASTERS; i++) {
                        assertTrue(wire.reply().startsWith(":"));
                        counted[i]++;
                    }
                }
            }
            assertArrayEquals(new int[] {10 * clients, 10 * clients, 10 * clients}, counted);
            for (int i = 0; i < MASTERS; i++) {
                assertEquals(
                        Integer.toString(10 * clients), cluster.masters().get(i).call("GET", APART.get(i)));
                String list = String.valueOf(cluster.masters().get(i).call("CLIENT", "LIST", "TYPE", "normal"));
                long named = list.lines()
                        .filter(line -> line.contains(" name=boxcar ") && line.contains(" cmd=incr "))
                        .count();
                assertEquals(1, named, list);
            }
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    private static void send(Wire wire, Object... parts) {
        try {
            wire.send(parts);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
