package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.support.caching.CacheAccessor;
import io.lettuce.core.support.caching.CacheFrontend;
import io.lettuce.core.support.caching.ClientSideCaching;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
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

/** Lettuce where its connections have a state: client-side caches, users, databases, transactions, blocking commands. */
class LettuceStateTest {
    private static final long PATIENCE_SECONDS = 60;

    private static RedisOrigin redis;
    private static RedisOrigin locked;
    private static LocalBoxcar boxcar;
    private static LocalBoxcar lockedBoxcar;
    private static RedisClient client;

    @BeforeAll
    static void start() throws IOException {
        redis = RedisOrigin.start();
        locked = RedisOrigin.start();
        try (Wire wire = Wire.open(locked.address())) {
            wire.ask("ACL", "SETUSER", "reader", "on", ">pass", "~*", "+@read", "+@connection");
            wire.ask("SET", "key", "value");
            wire.ask("CONFIG", "SET", "requirepass", "secret");
        }
        boxcar = LocalBoxcar.before(redis).ready();
        lockedBoxcar = LocalBoxcar.before(locked).ready();
        client = RedisClient.create();
    }

    @AfterAll
    static void stop() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        lockedBoxcar.close();
        boxcar.close();
        locked.close();
        redis.close();
    }

    @BeforeEach
    void empty() {
        try (StatefulRedisConnection<String, String> connection = connect(ProtocolVersion.RESP3)) {
            connection.sync().flushall();
        }
    }

    private static RedisURI.Builder uri(LocalBoxcar boxcar) {
        return RedisURI.builder()
                .withHost("127.0.0.1")
                .withPort(boxcar.port())
                .withTimeout(Duration.ofSeconds(PATIENCE_SECONDS));
    }

    private static StatefulRedisConnection<String, String> connect(ProtocolVersion version) {
        return connect(version, uri(boxcar));
    }

    private static StatefulRedisConnection<String, String> connect(ProtocolVersion version, RedisURI.Builder uri) {
        client.setOptions(ClientOptions.builder().protocolVersion(version).build());
        return client.connect(uri.build());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void aClientSideCacheIsToldWhatOthersChange() {
        try (StatefulRedisConnection<String, String> connection = connect(ProtocolVersion.RESP3);
                StatefulRedisConnection<String, String> other = connect(ProtocolVersion.RESP2)) {
            Map<String, String> cached = new ConcurrentHashMap<>();
            CacheFrontend<String, String> cache =
                    ClientSideCaching.enable(CacheAccessor.forMap(cached), connection, TrackingArgs.Builder.enabled());
            other.sync().set("stays", "same");
            assertEquals("same", cache.get("stays"));
            for (int i = 0; i < 50; i++) {
                String value = "value " + i;
                other.sync().set("key", value);
                Eventually.isTrue("the new value", () -> value.equals(cache.get("key")));
                assertEquals(value, cached.get("key"));
            }
            assertEquals("same", cached.get("stays"));
        }
    }

    @Test
    void pushMessagesComeBesideRepliesAndToNobodyElse() throws Exception {
        try (StatefulRedisConnection<String, String> tracking = connect(ProtocolVersion.RESP3);
                StatefulRedisConnection<String, String> bystander = connect(ProtocolVersion.RESP3);
                StatefulRedisConnection<String, String> other = connect(ProtocolVersion.RESP3)) {
            BlockingQueue<String> pushed = new LinkedBlockingQueue<>();
            BlockingQueue<String> astray = new LinkedBlockingQueue<>();
            tracking.addListener(message -> pushed.add(message.getType()));
            bystander.addListener(message -> astray.add(message.getType()));
            tracking.sync()
                    .clientTracking(
                            TrackingArgs.Builder.enabled().bcast().noloop().prefixes("watched:"));
            List<RedisFuture<Long>> counts = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                counts.add(tracking.async().incr("counter"));
                other.sync().set("watched:" + i, "value");
                bystander.sync().set("else:" + i, "value");
            }
            for (int i = 0; i < 100; i++) {
                assertEquals(i + 1, await(counts.get(i)));
                assertEquals("invalidate", pushed.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
            tracking.sync().clientTracking(TrackingArgs.Builder.enabled(false));
            other.sync().set("watched:no more", "value");
            assertEquals("PONG", tracking.sync().ping());
            assertTrue(pushed.isEmpty());
            assertTrue(astray.isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void eachUserMayDoWhatHeMayDo(ProtocolVersion version) {
        try (StatefulRedisConnection<String, String> all =
                        connect(version, uri(lockedBoxcar).withPassword("secret".toCharArray()));
                StatefulRedisConnection<String, String> reader =
                        connect(version, uri(lockedBoxcar).withAuthentication("reader", "pass".toCharArray()))) {
            assertEquals("OK", all.sync().set("key", "value"));
            assertEquals("value", reader.sync().get("key"));
            assertThrows(RuntimeException.class, () -> reader.sync().set("key", "never"));
            assertEquals("OK", all.sync().set("other", "value"));
            assertEquals("value", reader.sync().get("key"));
            assertThrows(
                    RedisConnectionException.class,
                    () -> connect(version, uri(lockedBoxcar).withPassword("wrong".toCharArray()))
                            .close());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void aDatabaseAndANameAreTheConnections(ProtocolVersion version) {
        try (StatefulRedisConnection<String, String> zero = connect(version);
                StatefulRedisConnection<String, String> five =
                        connect(version, uri(boxcar).withDatabase(5).withClientName("five"))) {
            zero.sync().set("key", "zero");
            assertNull(five.sync().get("key"));
            five.sync().set("key", "five");
            assertEquals("five", five.sync().clientGetname());
            assertEquals("zero", zero.sync().get("key"));
            assertNull(zero.sync().clientGetname());
            zero.sync().select(5);
            zero.sync().clientSetname("was-zero");
            assertEquals("five", zero.sync().get("key"));
            assertEquals("was-zero", zero.sync().clientGetname());
            assertEquals("five", five.sync().clientGetname());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void blockingCommandsTimeOutAndWhatFollowsWaitsItsTurn(ProtocolVersion version) throws Exception {
        try (StatefulRedisConnection<String, String> connection = connect(version);
                StatefulRedisConnection<String, String> other = connect(version)) {
            RedisAsyncCommands<String, String> commands = connection.async();
            RedisFuture<String> before = commands.set("key", "1");
            RedisFuture<KeyValue<String, String>> nothing = commands.blpop(0.05, "nothing");
            RedisFuture<Long> after = commands.incr("key");
            assertEquals("OK", await(before));
            assertNull(await(nothing));
            assertEquals(2, await(after));
            RedisFuture<String> moved = commands.brpoplpush(PATIENCE_SECONDS, "from", "to");
            RedisFuture<Long> behind = commands.llen("to");
            Eventually.isTrue("it waits", () -> other.sync().info("clients").contains("blocked_clients:1\r\n"));
            other.sync().rpush("from", "element");
            assertEquals("element", await(moved));
            assertEquals(1, await(behind));
            RedisFuture<List<StreamMessage<String, String>>> read = commands.xread(
                    XReadArgs.Builder.block(PATIENCE_SECONDS * 1000), XReadArgs.StreamOffset.latest("stream"));
            Eventually.isTrue("it waits", () -> other.sync().info("clients").contains("blocked_clients:1\r\n"));
            other.sync().xadd("stream", Map.of("field", "value"));
            assertEquals(Map.of("field", "value"), await(read).getFirst().getBody());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void transactionsSentWithoutWaitingGiveEachCommandItsOwnResult(ProtocolVersion version) throws Exception {
        try (StatefulRedisConnection<String, String> connection = connect(version)) {
            RedisAsyncCommands<String, String> commands = connection.async();
            for (int round = 0; round < 20; round++) {
                RedisFuture<String> outside = commands.set("key", "0");
                commands.multi();
                RedisFuture<Long> first = commands.incr("key");
                RedisFuture<Long> wrong = commands.lpush("key", "x");
                RedisFuture<String> second = commands.get("key");
                RedisFuture<TransactionResult> result = commands.exec();
                RedisFuture<Long> behind = commands.incr("key");
                assertEquals("OK", await(outside));
                assertEquals(3, await(result).size());
                assertEquals(1, await(first));
                assertThrows(Exception.class, () -> await(wrong));
                assertEquals("1", await(second));
                assertEquals(2, await(behind));
            }
            commands.multi();
            commands.set("key", "never");
            assertEquals("OK", await(commands.discard()));
            assertEquals("2", await(commands.get("key")));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void noUpdateIsLostAmongTransactionsThatWatch(ProtocolVersion version) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(6);
                StatefulRedisConnection<String, String> reader = connect(version)) {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                StatefulRedisConnection<String, String> connection = connect(version);
                workers.add(threads.submit(() -> {
                    try (connection) {
                        for (int increments = 0; increments < 20; ) {
                            increments += increment(connection.sync()) ? 1 : 0;
                        }
                    }
                }));
            }
            for (Future<?> worker : workers) {
                await(worker);
            }
            assertEquals("120", reader.sync().get("count"));
        }
    }

    private static boolean increment(RedisCommands<String, String> commands) {
        commands.watch("count");
        String count = commands.get("count");
        commands.multi();
        commands.set("count", String.valueOf(count == null ? 1 : Integer.parseInt(count) + 1));
        return !commands.exec().wasDiscarded();
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void patternsAndChannelsComeAndGo(ProtocolVersion version) throws Exception {
        client.setOptions(ClientOptions.builder().protocolVersion(version).build());
        try (StatefulRedisPubSubConnection<String, String> subscriber =
                        client.connectPubSub(uri(boxcar).build());
                StatefulRedisConnection<String, String> publisher = connect(version)) {
            BlockingQueue<String> received = new LinkedBlockingQueue<>();
            subscriber.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void message(String channel, String message) {
                    received.add(channel + " " + message);
                }

                @Override
                public void message(String pattern, String channel, String message) {
                    received.add(pattern + " " + channel + " " + message);
                }
            });
            for (int round = 0; round < 10; round++) {
                subscriber.sync().subscribe("news");
                subscriber.sync().psubscribe("n*");
                assertEquals(2, publisher.sync().publish("news", "number " + round));
                assertEquals("news number " + round, received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
                assertEquals("n* news number " + round, received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
                subscriber.sync().unsubscribe("news");
                assertEquals(1, publisher.sync().publish("news", "once"));
                assertEquals("n* news once", received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
                subscriber.sync().punsubscribe("n*");
                assertEquals(0, publisher.sync().publish("news", "nobody listens"));
            }
            assertTrue(received.isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void theReactiveInterfaceGetsItsAnswersInOrder(ProtocolVersion version) {
        try (StatefulRedisConnection<String, String> connection = connect(version)) {
            List<Long> counts = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                counts.add(connection
                        .reactive()
                        .incr("counter")
                        .then(connection.reactive().incr("counter"))
                        .block(Duration.ofSeconds(PATIENCE_SECONDS)));
            }
            assertEquals(200, counts.getLast());
            assertEquals("200", connection.reactive().get("counter").block(Duration.ofSeconds(PATIENCE_SECONDS)));
        }
    }
}
