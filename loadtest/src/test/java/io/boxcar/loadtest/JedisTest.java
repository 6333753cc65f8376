package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
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
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/** Jedis as it is, with nothing changed but the port. */
class JedisTest {
    private static final int CONNECTIONS = 500;
    private static final int ROUNDS = 20;
    private static final long PATIENCE_SECONDS = 60;

    private static RedisOrigin redis;
    private static LocalBoxcar boxcar;

    @BeforeAll
    static void start() throws IOException {
        redis = RedisOrigin.start();
        boxcar = LocalBoxcar.before(redis, "upstreams.redis.pinned.idle=0").ready();
    }

    @AfterAll
    static void stop() {
        boxcar.close();
        redis.close();
    }

    @BeforeEach
    void empty() {
        try (Jedis jedis = jedis()) {
            jedis.flushAll();
        }
    }

    private static Jedis jedis() {
        return new Jedis("127.0.0.1", boxcar.port());
    }

    @Test
    void writesAndReads() {
        try (Jedis jedis = jedis()) {
            assertEquals("OK", jedis.set("key", "value"));
            assertEquals("value", jedis.get("key"));
            assertNull(jedis.get("nothing"));
            assertEquals(3, jedis.rpush("list", "a", "b", "c"));
            assertEquals(List.of("a", "b", "c"), jedis.lrange("list", 0, -1));
            assertThrows(JedisDataException.class, () -> jedis.incr("list"));
            assertEquals("value", jedis.get("key"));
        }
    }

    @Test
    void pipelines() {
        try (Jedis jedis = jedis();
                Pipeline pipeline = jedis.pipelined()) {
            List<Response<Long>> counts = new ArrayList<>();
            for (int i = 0; i < 5000; i++) {
                pipeline.set("key" + i, "value" + i);
                counts.add(pipeline.incr("counter"));
            }
            Response<String> last = pipeline.get("key4999");
            pipeline.sync();
            for (int i = 0; i < counts.size(); i++) {
                assertEquals(i + 1, counts.get(i).get());
            }
            assertEquals("value4999", last.get());
        }
    }

    @Test
    void runsTransactions() {
        try (Jedis jedis = jedis()) {
            Transaction transaction = jedis.multi();
            Response<String> set = transaction.set("key", "1");
            Response<Long> count = transaction.incr("key");
            assertEquals(2, transaction.exec().size());
            assertEquals("OK", set.get());
            assertEquals(2, count.get());
            Transaction given = jedis.multi();
            given.set("key", "never");
            given.discard();
            assertEquals("2", jedis.get("key"));
        }
    }

    @Test
    void aWatchedKeyThatAnotherClientChangesAbortsTheTransaction() {
        try (Jedis jedis = jedis();
                Jedis other = jedis()) {
            jedis.set("key", "1");
            jedis.watch("key");
            other.set("key", "2");
            Transaction transaction = jedis.multi();
            transaction.set("key", "3");
            assertNull(transaction.exec());
            assertEquals("2", other.get("key"));
            jedis.watch("key");
            Transaction again = jedis.multi();
            again.set("key", "4");
            assertEquals(1, again.exec().size());
            assertEquals("4", other.get("key"));
        }
    }

    @Test
    void publishesAndSubscribes() throws Exception {
        List<String> received = new ArrayList<>();
        CountDownLatch subscribed = new CountDownLatch(1);
        JedisPubSub listener = new JedisPubSub() {
            @Override
            public void onSubscribe(String channel, int channels) {
                subscribed.countDown();
            }

            @Override
            public void onMessage(String channel, String message) {
                received.add(message);
                if (received.size() == 100) {
                    unsubscribe();
                }
            }
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Jedis publisher = jedis()) {
            Future<?> subscription = threads.submit(() -> {
                try (Jedis subscriber = jedis()) {
                    subscriber.subscribe(listener, "news");
                    assertEquals("PONG", subscriber.ping());
                }
            });
            assertTrue(subscribed.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
            List<String> sent = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                assertEquals(1, publisher.publish("news", "number " + i));
                sent.add("number " + i);
            }
            subscription.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertEquals(sent, received);
        }
    }

    @Test
    void aBlockingPopWaitsWithoutHoldingUpAnybody() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Jedis other = jedis()) {
            List<Future<List<String>>> waiting = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String list = "list" + i;
                waiting.add(threads.submit(() -> {
                    try (Jedis jedis = jedis()) {
                        return jedis.blpop(60, list);
                    }
                }));
            }
            Eventually.isTrue("all wait", () -> other.info("clients").contains("blocked_clients:20\r\n"));
            assertEquals("OK", other.set("key", "value"));
            for (int i = 0; i < 20; i++) {
                other.rpush("list" + i, "element" + i);
            }
            for (int i = 0; i < 20; i++) {
                assertEquals(
                        List.of("list" + i, "element" + i), waiting.get(i).get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void selectsDatabasesForItselfOnly() {
        try (Jedis jedis = jedis();
                Jedis other = jedis()) {
            other.set("key", "zero");
            jedis.select(5);
            assertNull(jedis.get("key"));
            jedis.set("key", "five");
            assertEquals("zero", other.get("key"));
            jedis.select(0);
            assertEquals("zero", jedis.get("key"));
        }
    }

    @Test
    void scansEveryKeyOnce() {
        try (Jedis jedis = jedis()) {
            Pipeline pipeline = jedis.pipelined();
            for (int i = 0; i < 1000; i++) {
                pipeline.set("scan:" + i, "v");
            }
            pipeline.sync();
            Set<String> found = new HashSet<>();
            ScanParams params = new ScanParams().match("scan:*").count(100);
            String cursor = ScanParams.SCAN_POINTER_START;
            do {
                ScanResult<String> page = jedis.scan(cursor, params);
                found.addAll(page.getResult());
                cursor = page.getCursor();
            } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
            assertEquals(1000, found.size());
        }
    }

    @Test
    void runsScripts() {
        try (Jedis jedis = jedis()) {
            String script = "redis.call('SET', KEYS[1], ARGV[1]); return redis.call('GET', KEYS[1])";
            assertEquals("value", jedis.eval(script, 1, "key", "value"));
            String sha = jedis.scriptLoad(script);
            assertEquals("other", jedis.evalsha(sha, 1, "key", "other"));
            assertThrows(JedisDataException.class, () -> jedis.evalsha("f".repeat(40), 0));
        }
    }

    @Test
    void fiveHundredConnectionsShareOneAndNobodyGetsTheAnswerOfAnother() throws Exception {
        List<Jedis> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Wire direct = Wire.open(redis.address())) {
            for (int i = 0; i < CONNECTIONS; i++) {
                all.add(jedis());
            }
            List<Future<?>> workers = new ArrayList<>();
            CountDownLatch half = new CountDownLatch(CONNECTIONS);
            CountDownLatch counted = new CountDownLatch(1);
            for (int i = 0; i < CONNECTIONS; i++) {
                Jedis jedis = all.get(i);
                String me = "client:" + i;
                workers.add(threads.submit(() -> {
                    work(jedis, me, 0, ROUNDS / 2);
                    half.countDown();
                    counted.await();
                    work(jedis, me, ROUNDS / 2, ROUNDS);
                    return null;
                }));
            }
            assertTrue(half.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "half of the work");
            // All of them have worked and are still connected.
            String clients = direct.ask("CLIENT", "LIST");
            counted.countDown();
            for (Future<?> worker : workers) {
                worker.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            long shared = clients.lines()
                    .filter(line ->
                            line.contains(" name=boxcar ") && line.contains(" db=0 ") && line.contains(" resp=2"))
                    .count();
            long others = clients.lines()
                    .filter(line -> line.startsWith("id=") && !line.contains(" name=boxcar "))
                    .count();
            assertEquals(1, shared, clients);
            assertEquals(1, others, () -> "beside Boxcar's there is one of this test: " + clients);
        } finally {
            all.forEach(Jedis::close);
        }
    }

    private static void work(Jedis jedis, String me, int from, int to) {
        for (int round = from; round < to; round++) {
            String token = me + "/" + round;
            jedis.set(me, token);
            assertEquals(token, jedis.get(me));
            assertEquals(round + 1, jedis.incr(me + ":count"));
        }
    }
}
