package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lettuce as it is, with nothing changed but the port; in RESP3, which is its default, and in RESP2. */
class LettuceTest {
    private static final int CONNECTIONS = 500;
    private static final int ROUNDS = 10;
    private static final long PATIENCE_SECONDS = 60;

    private static RedisOrigin redis;
    private static LocalBoxcar boxcar;
    private static ClientResources resources;

    @BeforeAll
    static void start() throws IOException {
        redis = RedisOrigin.start();
        boxcar = LocalBoxcar.before(redis, "upstreams.redis.pinned.idle=0").ready();
        resources = DefaultClientResources.builder().ioThreadPoolSize(2).build();
    }

    @AfterAll
    static void stop() throws Exception {
        resources.shutdown(0, 2, TimeUnit.SECONDS).get();
        boxcar.close();
        redis.close();
    }

    /** A client with its protocol, which ends with the test; it starts on an empty Redis. */
    private static final class Client implements AutoCloseable {
        private final RedisClient client;

        Client(ProtocolVersion version) {
            client = RedisClient.create(
                    resources,
                    RedisURI.builder()
                            .withHost("127.0.0.1")
                            .withPort(boxcar.port())
                            .withTimeout(Duration.ofSeconds(PATIENCE_SECONDS))
                            .build());
            if (version != ProtocolVersion.RESP3) { // RESP3 is what an unmodified Lettuce speaks
                client.setOptions(
                        ClientOptions.builder().protocolVersion(version).build());
            }
            try (StatefulRedisConnection<String, String> connection = connect()) {
                connection.sync().flushall();
            }
        }

        StatefulRedisConnection<String, String> connect() {
            return client.connect();
        }

        StatefulRedisPubSubConnection<String, String> connectPubSub() {
            return client.connectPubSub();
        }

        @Override
        public void close() {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        }
    }

    private static <T> T await(RedisFuture<T> future) throws Exception {
        return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void writesAndReads(ProtocolVersion version) {
        try (Client client = new Client(version);
                StatefulRedisConnection<String, String> connection = client.connect()) {
            RedisCommands<String, String> commands = connection.sync();
            assertEquals("OK", commands.set("key", "value"));
            assertEquals("value", commands.get("key"));
            assertNull(commands.get("nothing"));
            commands.hset("hash", Map.of("a", "1", "b", "2"));
            assertEquals(Map.of("a", "1", "b", "2"), commands.hgetall("hash"));
            commands.zadd("z", 1.5, "one");
            assertEquals(1.5, commands.zscore("z", "one"));
            assertThrows(RedisCommandExecutionException.class, () -> commands.incr("hash"));
            assertEquals("value", commands.get("key"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void sendsManyWithoutWaiting(ProtocolVersion version) throws Exception {
        try (Client client = new Client(version);
                StatefulRedisConnection<String, String> connection = client.connect()) {
            RedisAsyncCommands<String, String> commands = connection.async();
            List<RedisFuture<Long>> counts = new ArrayList<>();
            for (int i = 0; i < 5000; i++) {
                counts.add(commands.incr("counter"));
            }
            for (int i = 0; i < counts.size(); i++) {
                assertEquals(i + 1, await(counts.get(i)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void pipelinesWithManualFlushes(ProtocolVersion version) throws Exception {
        try (Client client = new Client(version);
                StatefulRedisConnection<String, String> connection = client.connect()) {
            connection.setAutoFlushCommands(false);
            RedisAsyncCommands<String, String> commands = connection.async();
            List<RedisFuture<String>> values = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                commands.set("key" + i, "value" + i);
                values.add(commands.get("key" + i));
            }
            connection.flushCommands();
            for (int i = 0; i < values.size(); i++) {
                assertEquals("value" + i, await(values.get(i)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void runsTransactionsAndWatches(ProtocolVersion version) {
        try (Client client = new Client(version);
                StatefulRedisConnection<String, String> connection = client.connect();
                StatefulRedisConnection<String, String> other = client.connect()) {
            RedisCommands<String, String> commands = connection.sync();
            commands.multi();
            commands.set("key", "1");
            commands.incr("key");
            TransactionResult result = commands.exec();
            assertEquals(List.of("OK", 2L), List.of(result.get(0), result.get(1)));
            commands.watch("key");
            other.sync().set("key", "7");
            commands.multi();
            commands.set("key", "8");
            assertTrue(commands.exec().wasDiscarded());
            assertEquals("7", commands.get("key"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void publishesAndSubscribes(ProtocolVersion version) throws Exception {
        try (Client client = new Client(version);
                StatefulRedisPubSubConnection<String, String> subscriber = client.connectPubSub();
                StatefulRedisConnection<String, String> publisher = client.connect()) {
            BlockingQueue<String> received = new LinkedBlockingQueue<>();
            subscriber.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void message(String channel, String message) {
                    received.add(message);
                }
            });
            subscriber.sync().subscribe("news");
            for (int i = 0; i < 100; i++) {
                assertEquals(1, publisher.sync().publish("news", "number " + i));
            }
            for (int i = 0; i < 100; i++) {
                assertEquals("number " + i, received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
            subscriber.sync().unsubscribe("news");
            assertEquals(0, publisher.sync().publish("news", "nobody listens"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void aBlockingPopWaitsWithoutHoldingUpAnybody(ProtocolVersion version) throws Exception {
        try (Client client = new Client(version);
                StatefulRedisConnection<String, String> connection = client.connect();
                StatefulRedisConnection<String, String> other = client.connect()) {
            RedisFuture<KeyValue<String, String>> popped = connection.async().blpop(60, "list");
            Eventually.isTrue("it waits", () -> other.sync().info("clients").contains("blocked_clients:1\r\n"));
            other.sync().rpush("list", "element");
            assertEquals("element", await(popped).getValue());
            assertEquals("PONG", connection.sync().ping());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void selectsScansAndRunsScripts(ProtocolVersion version) {
        try (Client client = new Client(version);
                StatefulRedisConnection<String, String> connection = client.connect();
                StatefulRedisConnection<String, String> other = client.connect()) {
            RedisCommands<String, String> commands = connection.sync();
            commands.select(3);
            for (int i = 0; i < 300; i++) {
                commands.set("scan:" + i, "v");
            }
            Set<String> found = new HashSet<>();
            ScanIterator.scan(commands).forEachRemaining(found::add);
            assertEquals(300, found.size());
            assertEquals(0, other.sync().dbsize());
            String script = "return {KEYS[1], ARGV[1]}";
            assertEquals(List.of("k", "v"), commands.eval(script, ScriptOutputType.MULTI, new String[] {"k"}, "v"));
            String sha = commands.scriptLoad(script);
            assertEquals(List.of("k", "w"), commands.evalsha(sha, ScriptOutputType.MULTI, new String[] {"k"}, "w"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void fiveHundredConnectionsGetTheirOwnAnswers(ProtocolVersion version) throws Exception {
        List<StatefulRedisConnection<String, String>> connections = new ArrayList<>();
        try (Client client = new Client(version);
                Wire direct = Wire.open(redis.address())) {
            for (int i = 0; i < CONNECTIONS; i++) {
                connections.add(client.connect());
            }
            for (int round = 0; round < ROUNDS; round++) {
                List<RedisFuture<String>> values = new ArrayList<>();
                for (int i = 0; i < CONNECTIONS; i++) {
                    RedisAsyncCommands<String, String> commands =
                            connections.get(i).async();
                    commands.set("client:" + i, i + "/" + round);
                    values.add(commands.get("client:" + i));
                }
                for (int i = 0; i < CONNECTIONS; i++) {
                    assertEquals(i + "/" + round, await(values.get(i)));
                }
            }
            String resp = version == ProtocolVersion.RESP2 ? " resp=2" : " resp=3";
            String clients = direct.ask("CLIENT", "LIST");
            long shared = clients.lines()
                    .filter(line -> line.contains(" name=boxcar ") && line.contains(" db=0 ") && line.contains(resp))
                    .count();
            assertEquals(1, shared, clients);
            connections.forEach(StatefulRedisConnection::close);
        }
    }
}
