package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.csc.DefaultCache;
import redis.clients.jedis.exceptions.JedisAccessControlException;

/** Jedis where its connections have a state: a pool, client-side cache, users, databases, blocking commands. */
class JedisStateTest {
    private static final long PATIENCE_SECONDS = 60;

    private static RedisOrigin redis;
    private static RedisOrigin locked;
    private static LocalBoxcar boxcar;
    private static LocalBoxcar lockedBoxcar;

    @BeforeAll
    static void start() throws IOException {
        redis = RedisOrigin.start();
        locked = RedisOrigin.start();
        try (Wire wire = Wire.open(locked.address())) {
            wire.ask("ACL", "SETUSER", "reader", "on", ">pass", "~*", "+@read", "+@connection");
            wire.ask("CONFIG", "SET", "requirepass", "secret");
        }
        boxcar = LocalBoxcar.before(redis).ready();
        lockedBoxcar = LocalBoxcar.before(locked).ready();
    }

    @AfterAll
    static void stop() {
        lockedBoxcar.close();
        boxcar.close();
        locked.close();
        redis.close();
    }

    @BeforeEach
    void empty() {
        try (Jedis jedis = jedis(settings(RedisProtocol.RESP2))) {
            jedis.flushAll();
        }
    }

    private static DefaultJedisClientConfig.Builder settings(RedisProtocol protocol) {
        return DefaultJedisClientConfig.builder().protocol(protocol);
    }

    private static HostAndPort at(LocalBoxcar boxcar) {
        return new HostAndPort("127.0.0.1", boxcar.port());
    }

    private static Jedis jedis(DefaultJedisClientConfig.Builder settings) {
        return new Jedis(at(boxcar), settings.build());
    }

    private static Jedis lockedJedis(DefaultJedisClientConfig.Builder settings) {
        return new Jedis(at(lockedBoxcar), settings.build());
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void aDatabaseAndANameAreTheConnections(RedisProtocol protocol) {
        try (Jedis zero = jedis(settings(protocol));
                Jedis five = jedis(settings(protocol).database(5).clientName("five"))) {
            zero.set("key", "zero");
            assertNull(five.get("key"));
            five.set("key", "five");
            assertEquals("zero", zero.get("key"));
            assertEquals("five", five.clientGetname());
            zero.swapDB(0, 5);
            assertEquals("five", zero.get("key"));
            assertEquals("zero", five.get("key"));
            zero.hset("hash", Map.of("a", "1"));
            assertEquals(Map.of("a", "1"), zero.hgetAll("hash"));
            assertEquals(1.5, zero.zincrby("z", 1.5, "one"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void eachUserMayDoWhatHeMayDo(RedisProtocol protocol) {
        try (Jedis all = lockedJedis(settings(protocol).password("secret"));
                Jedis reader = lockedJedis(settings(protocol).user("reader").password("pass"))) {
            all.set("key", "value");
            assertEquals("value", reader.get("key"));
            assertThrows(JedisAccessControlException.class, () -> reader.set("key", "never"));
            assertEquals("value", all.get("key"));
            assertEquals("OK", reader.auth("secret"));
            assertEquals("OK", reader.set("key", "now"));
            assertThrows(JedisAccessControlException.class, () -> reader.auth("wrong"));
            assertEquals("now", reader.get("key"));
            assertThrows(
                    JedisAccessControlException.class,
                    () -> lockedJedis(settings(protocol).password("wrong")).close());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void blockingCommandsTimeOutAndTheConnectionGoesOn(RedisProtocol protocol) {
        try (Jedis jedis = jedis(settings(protocol))) {
            for (int i = 0; i < 10; i++) {
                assertNull(jedis.blpop(0.02, "nothing"));
                assertEquals(i + 1, jedis.incr("key"));
                jedis.rpush("list", "a", "b");
                assertEquals("a", jedis.blpop(1.0, "list").getValue());
                assertEquals("b", jedis.brpoplpush("list", "other", 1));
                assertEquals(i + 1, jedis.llen("other"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void aPoolThatRunsEverythingMixedUpLosesNothing(RedisProtocol protocol) throws Exception {
        try (RedisClient pool = RedisClient.builder()
                        .hostAndPort(at(boxcar))
                        .clientConfig(settings(protocol).build())
                        .build();
                ExecutorService threads = Executors.newFixedThreadPool(6)) {
            List<Future<?>> workers = new ArrayList<>();
            for (int worker = 0; worker < 6; worker++) {
                String me = "worker:" + worker;
                workers.add(threads.submit(() -> work(pool, me)));
            }
            for (Future<?> worker : workers) {
                worker.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            assertEquals("300", pool.get("transactions"));
            assertEquals("300", pool.get("scripts"));
        }
    }

    private static void work(RedisClient pool, String me) {
        for (int i = 0; i < 50; i++) {
            pool.set(me, "round " + i);
            try (var transaction = pool.multi()) {
                transaction.incr("transactions");
                transaction.get(me);
                List<Object> results = transaction.exec();
                assertEquals("round " + i, results.get(1));
            }
            assertEquals("round " + i, pool.get(me));
            pool.rpush(me + ":list", "element " + i);
            assertEquals("element " + i, pool.blpop(1.0, me + ":list").getValue());
            pool.eval("return redis.call('incr', KEYS[1])", 1, "scripts");
            assertNull(pool.blpop(0.001, me + ":nothing"));
        }
    }

    @Test
    void aClientSideCacheIsToldWhatOthersChange() {
        DefaultCache cache = new DefaultCache(100) {
            @Override
            public boolean compatibilityMode() {
                return true; // otherwise it insists on Redis 7.4
            }
        };
        try (RedisClient cached = RedisClient.builder()
                        .hostAndPort(at(boxcar))
                        .clientConfig(settings(RedisProtocol.RESP3).build())
                        .cache(cache)
                        .build();
                Jedis other = jedis(settings(RedisProtocol.RESP2))) {
            other.set("stays", "same");
            assertEquals("same", cached.get("stays"));
            for (int i = 0; i < 50; i++) {
                String value = "value " + i;
                other.set("key", value);
                Eventually.isTrue("the new value", () -> value.equals(cached.get("key")));
            }
            assertEquals("same", cached.get("stays"));
            assertTrue(
                    cache.getStats().getInvalidationCount() > 0,
                    () -> cache.getStats().toString());
            assertTrue(
                    cache.getStats().getHitCount() > 0, () -> cache.getStats().toString());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void aConnectionIsOrdinaryAgainAfterItsSubscriptions(RedisProtocol protocol) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Jedis subscriber = jedis(settings(protocol));
                Jedis publisher = jedis(settings(protocol))) {
            for (int round = 0; round < 5; round++) {
                BlockingQueue<String> received = new LinkedBlockingQueue<>();
                JedisPubSub listener = new JedisPubSub() {
                    @Override
                    public void onPMessage(String pattern, String channel, String message) {
                        received.add(pattern + " " + channel + " " + message);
                    }
                };
                Future<?> subscription = threads.submit(() -> subscriber.psubscribe(listener, "n*", "w*"));
                String message = "number " + round;
                Eventually.isTrue("it is subscribed", () -> publisher.pubsubNumPat() == 2);
                assertEquals(1, publisher.publish("news", message));
                assertEquals(1, publisher.publish("weather", message));
                assertEquals("n* news " + message, received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
                assertEquals("w* weather " + message, received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
                listener.punsubscribe();
                subscription.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                assertEquals(0, publisher.publish("news", "nobody listens"));
                assertEquals(round + 1, subscriber.incr("key"));
                Transaction transaction = subscriber.multi();
                transaction.get("key");
                assertEquals(List.of(String.valueOf(round + 1)), transaction.exec());
            }
        }
    }
}
