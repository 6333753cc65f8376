package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.redisson.Redisson;
import org.redisson.api.BatchOptions;
import org.redisson.api.BatchOptions.ExecutionMode;
import org.redisson.api.RAtomicLong;
import org.redisson.api.RBatch;
import org.redisson.api.RBlockingQueue;
import org.redisson.api.RBucket;
import org.redisson.api.RCountDownLatch;
import org.redisson.api.RFuture;
import org.redisson.api.RLocalCachedMap;
import org.redisson.api.RLock;
import org.redisson.api.RMap;
import org.redisson.api.RScript;
import org.redisson.api.RStream;
import org.redisson.api.RTopic;
import org.redisson.api.RTransaction;
import org.redisson.api.RedissonClient;
import org.redisson.api.StreamMessageId;
import org.redisson.api.TransactionOptions;
import org.redisson.api.options.LocalCachedMapOptions;
import org.redisson.api.stream.StreamAddArgs;
import org.redisson.api.stream.StreamReadArgs;
import org.redisson.client.RedisException;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;
import org.redisson.config.Protocol;
import org.redisson.config.SingleServerConfig;

/** Redisson as it is, with nothing changed but the port: locks and queues over Lua, pub/sub and blocking commands. */
class RedissonTest {
    private static final long PATIENCE_SECONDS = 60;
    private static final String PASSWORD = "open sesame";

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

    /** As many clients of their own, as if in as many processes, which end with the test; it starts on an empty Redis. */
    private record Clients(List<RedissonClient> all) implements AutoCloseable {
        static Clients connect(int count, Protocol protocol) {
            List<RedissonClient> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                all.add(RedissonTest.connect(boxcar, protocol, server -> {}));
            }
            all.getFirst().getKeys().flushall();
            return new Clients(all);
        }

        RedissonClient get(int index) {
            return all.get(index);
        }

        @Override
        public void close() {
            all.forEach(client -> client.shutdown(0, PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
    }

    private static RedissonClient connect(
            LocalBoxcar boxcar, Protocol protocol, Consumer<SingleServerConfig> settings) {
        Config config = new Config()
                .setProtocol(protocol)
                .setCodec(StringCodec.INSTANCE)
                .setThreads(4)
                .setNettyThreads(2);
        SingleServerConfig server = config.useSingleServer()
                .setAddress("redis://127.0.0.1:" + boxcar.port())
                .setConnectionMinimumIdleSize(1)
                .setConnectionPoolSize(8)
                .setTimeout(20_000);
        settings.accept(server);
        return Redisson.create(config);
    }

    @ParameterizedTest
    @EnumSource
    void aLockExcludesTheThreadsOfAllClients(Protocol protocol) throws Exception {
        try (Clients clients = Clients.connect(2, protocol);
                ExecutorService threads = Executors.newFixedThreadPool(6)) {
            RBucket<String> unprotected = clients.get(0).getBucket("count");
            unprotected.set("0");
            List<Future<?>> workers = new ArrayList<>();
            for (int worker = 0; worker < 6; worker++) {
                RedissonClient client = clients.get(worker % 2);
                workers.add(threads.submit(() -> {
                    RLock lock = client.getLock("lock");
                    RBucket<String> count = client.getBucket("count");
                    for (int i = 0; i < 20; i++) {
                        lock.lock();
                        try {
                            count.set(String.valueOf(Integer.parseInt(count.get()) + 1));
                        } finally {
                            lock.unlock();
                        }
                    }
                }));
            }
            for (Future<?> worker : workers) {
                worker.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            assertEquals("120", unprotected.get());
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoWaitsForALockIsWokenWhenItIsFree(Protocol protocol) throws Exception {
        try (Clients clients = Clients.connect(2, protocol);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            RLock held = clients.get(0).getLock("lock");
            RLock wanted = clients.get(1).getLock("lock");
            held.lock();
            assertFalse(wanted.tryLock(50, TimeUnit.MILLISECONDS));
            assertTrue(wanted.isLocked());
            // The lease is much longer than the patience: only the message of unlock() can wake the one who waits.
            Future<Boolean> granted = threads.submit(() -> {
                boolean locked = wanted.tryLock(2 * PATIENCE_SECONDS, TimeUnit.SECONDS);
                wanted.unlock();
                return locked;
            });
            try (Wire direct = Wire.open(redis.address())) {
                Eventually.isTrue(
                        "it waits for the message",
                        () -> direct.ask("PUBSUB", "CHANNELS", "*").contains("lock"));
            }
            held.unlock();
            assertTrue(granted.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            assertFalse(held.isLocked());
            held.lock(50, TimeUnit.MILLISECONDS);
            assertTrue(wanted.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS), "the lease has ended");
            assertThrows(IllegalMonitorStateException.class, held::unlock);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLatchOpensForAllWhoWait(Protocol protocol) throws Exception {
        try (Clients clients = Clients.connect(2, protocol);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            RCountDownLatch latch = clients.get(0).getCountDownLatch("latch");
            assertTrue(latch.trySetCount(2));
            List<Future<Boolean>> waiting = new ArrayList<>();
            for (RedissonClient client : clients.all()) {
                waiting.add(threads.submit(
                        () -> client.getCountDownLatch("latch").await(PATIENCE_SECONDS, TimeUnit.SECONDS)));
            }
            latch.countDown();
            latch.countDown();
            for (Future<Boolean> waits : waiting) {
                assertTrue(waits.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBlockingQueueHandsOverEachElementOnce(Protocol protocol) throws Exception {
        try (Clients clients = Clients.connect(2, protocol);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            RBlockingQueue<String> producer = clients.get(0).getBlockingQueue("queue");
            RBlockingQueue<String> consumer = clients.get(1).getBlockingQueue("queue");
            assertNull(consumer.poll(1, TimeUnit.SECONDS));
            List<Future<List<String>>> consumers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                consumers.add(threads.submit(() -> {
                    List<String> taken = new ArrayList<>();
                    for (String next = consumer.take(); !next.equals("end"); next = consumer.take()) {
                        taken.add(next);
                    }
                    return taken;
                }));
            }
            List<String> given = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                given.add("element " + i);
                assertTrue(producer.offer("element " + i));
            }
            consumers.forEach(each -> producer.add("end"));
            List<String> taken = new ArrayList<>();
            for (Future<List<String>> each : consumers) {
                taken.addAll(each.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
            assertEquals(
                    given.stream().sorted().toList(), taken.stream().sorted().toList());
            assertTrue(producer.isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMapKeepsWhatIsPutAndIsReadInPieces(Protocol protocol) {
        try (Clients clients = Clients.connect(2, protocol)) {
            RMap<String, String> map = clients.get(0).getMap("map");
            Map<String, String> expected = new HashMap<>();
            for (int i = 0; i < 500; i++) {
                expected.put("key " + i, "value " + i);
            }
            map.putAll(expected);
            assertEquals("value 7", map.put("key 7", "changed"));
            expected.put("key 7", "changed");
            assertEquals("changed", map.putIfAbsent("key 7", "again"));
            assertNull(map.putIfAbsent("new", "1"));
            assertTrue(map.remove("new", "1"));
            assertTrue(map.replace("key 8", "value 8", "replaced"));
            expected.put("key 8", "replaced");
            RMap<String, String> other = clients.get(1).getMap("map");
            assertEquals(expected, other.readAllMap());
            Map<String, String> iterated = new HashMap<>();
            other.entrySet(50).forEach(entry -> iterated.put(entry.getKey(), entry.getValue()));
            assertEquals(expected, iterated);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCachedMapIsToldWhatOthersChange(Protocol protocol) {
        try (Clients clients = Clients.connect(2, protocol)) {
            LocalCachedMapOptions<String, String> options = LocalCachedMapOptions.<String, String>name("cached")
                    .syncStrategy(LocalCachedMapOptions.SyncStrategy.UPDATE);
            RLocalCachedMap<String, String> one = clients.get(0).getLocalCachedMap(options);
            RLocalCachedMap<String, String> two = clients.get(1).getLocalCachedMap(options);
            for (int i = 0; i < 20; i++) {
                String value = "value " + i;
                one.put("key", value);
                Eventually.isTrue("the other cache has it", () -> value.equals(two.get("key")));
            }
            assertEquals(Map.of("key", "value 19"), two.getCachedMap());
        }
    }

    @ParameterizedTest
    @EnumSource
    void topicsDeliverInOrderUntilTheListenerIsGone(Protocol protocol) throws Exception {
        try (Clients clients = Clients.connect(2, protocol)) {
            BlockingQueue<String> received = new LinkedBlockingQueue<>();
            RTopic topic = clients.get(0).getTopic("news");
            int listener = topic.addListener(String.class, (channel, message) -> received.add(message));
            BlockingQueue<String> matched = new LinkedBlockingQueue<>();
            clients.get(0)
                    .getPatternTopic("n*")
                    .addListener(String.class, (pattern, channel, message) -> matched.add(channel + " " + message));
            RTopic publisher = clients.get(1).getTopic("news");
            for (int i = 0; i < 100; i++) {
                assertEquals(2, publisher.publish("number " + i));
                assertEquals("number " + i, received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
                assertEquals("news number " + i, matched.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
            topic.removeListener(listener);
            assertEquals(1, publisher.publish("to the pattern only"));
            assertEquals("news to the pattern only", matched.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
            assertTrue(received.isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    void batchesAnswerInOrderAtomicOrNot(Protocol protocol) {
        try (Clients clients = Clients.connect(1, protocol)) {
            for (ExecutionMode mode : List.of(
                    ExecutionMode.IN_MEMORY, ExecutionMode.IN_MEMORY_ATOMIC, ExecutionMode.REDIS_WRITE_ATOMIC)) {
                RBatch batch =
                        clients.get(0).createBatch(BatchOptions.defaults().executionMode(mode));
                List<RFuture<Long>> counts = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    counts.add(batch.getAtomicLong("count " + mode).incrementAndGetAsync());
                    batch.getMap("map").putAsync("key " + i, "value");
                }
                List<?> responses = batch.execute().getResponses();
                assertEquals(400, responses.size());
                for (int i = 0; i < 200; i++) {
                    assertEquals(i + 1L, counts.get(i).toCompletableFuture().join());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void transactionsCommitOrLeaveNothingBehind(Protocol protocol) {
        try (Clients clients = Clients.connect(2, protocol)) {
            RedissonClient client = clients.get(0);
            client.getBucket("account").set("10");
            RTransaction transaction = client.createTransaction(TransactionOptions.defaults());
            RBucket<String> account = transaction.getBucket("account");
            assertEquals("10", account.get());
            account.set("20");
            transaction.<String, String>getMap("log").put("entry", "10 more");
            assertEquals("10", clients.get(1).getBucket("account").get());
            transaction.commit();
            assertEquals("20", clients.get(1).getBucket("account").get());
            assertEquals("10 more", clients.get(1).getMap("log").get("entry"));
            RTransaction undone = client.createTransaction(TransactionOptions.defaults());
            undone.getBucket("account").set("never");
            undone.rollback();
            assertEquals("20", client.getBucket("account").get());
            assertThrows(IllegalStateException.class, undone::commit);
        }
    }

    @ParameterizedTest
    @EnumSource
    void countersScriptsAndStreamsWork(Protocol protocol) throws Exception {
        try (Clients clients = Clients.connect(2, protocol);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            RAtomicLong counter = clients.get(0).getAtomicLong("counter");
            assertTrue(counter.compareAndSet(0, 5));
            List<RFuture<Long>> counts = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                counts.add(counter.incrementAndGetAsync());
            }
            counts.forEach(count -> count.toCompletableFuture().join());
            assertEquals(505, counter.get());
            RScript script = clients.get(0).getScript(StringCodec.INSTANCE);
            String sha = script.scriptLoad("return {KEYS[1], ARGV[1]}");
            assertEquals(
                    List.of("k", "v"),
                    script.evalSha(RScript.Mode.READ_WRITE, sha, RScript.ReturnType.MULTI, List.of("k"), "v"));
            assertThrows(
                    RedisException.class,
                    () -> script.evalSha(RScript.Mode.READ_ONLY, "f".repeat(40), RScript.ReturnType.VALUE));
            RStream<String, String> reader = clients.get(0).getStream("stream");
            RStream<String, String> writer = clients.get(1).getStream("stream");
            Future<Map<StreamMessageId, Map<String, String>>> read =
                    threads.submit(() -> reader.read(StreamReadArgs.greaterThan(StreamMessageId.ALL)
                            .timeout(Duration.ofSeconds(10))
                            .count(1)));
            StreamMessageId id = writer.add(StreamAddArgs.entry("field", "value"));
            assertEquals(Map.of(id, Map.of("field", "value")), read.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDatabaseIsItsOwnClients(Protocol protocol) {
        try (Clients clients = Clients.connect(1, protocol)) {
            clients.get(0).getBucket("key").set("zero");
            RedissonClient five = connect(boxcar, protocol, server -> server.setDatabase(5));
            try {
                assertNull(five.getBucket("key").get());
                five.getBucket("key").set("five");
                assertEquals("zero", clients.get(0).getBucket("key").get());
                assertEquals("five", five.getBucket("key").get());
            } finally {
                five.shutdown(0, PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void aPasswordOpensARedisThatAsksForOne() throws Exception {
        try (RedisOrigin locked = RedisOrigin.start()) {
            try (Wire wire = Wire.open(locked.address())) {
                assertEquals("+OK\r\n", wire.ask("CONFIG", "SET", "requirepass", PASSWORD));
            }
            try (LocalBoxcar before = LocalBoxcar.before(locked).ready()) {
                for (Protocol protocol : Protocol.values()) {
                    RedissonClient known = connect(before, protocol, server -> server.setPassword(PASSWORD));
                    try {
                        known.getBucket("key").set("value");
                        assertEquals("value", known.getBucket("key").get());
                        assertTrue(known.getLock("lock " + protocol).tryLock());
                    } finally {
                        known.shutdown(0, PATIENCE_SECONDS, TimeUnit.SECONDS);
                    }
                    assertThrows(
                            RedisException.class,
                            () -> connect(before, protocol, server -> {
                                        server.setPassword("wrong").setRetryAttempts(0);
                                    })
                                    .shutdown());
                }
            }
        }
    }
}
