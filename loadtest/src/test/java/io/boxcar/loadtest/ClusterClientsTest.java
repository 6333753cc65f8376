package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.sync.RedisAdvancedClusterCommands;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.ClusterPipeline;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Response;

/** Clients that know clusters find one at Boxcar's address: it has one node, which is Boxcar. */
@Timeout(120)
class ClusterClientsTest {
    private static final int KEYS = 500;
    private static final long PATIENCE_SECONDS = 30;

    private static RedisCluster cluster;
    private static LocalBoxcar boxcar;
    private static ClientResources resources;

    @BeforeAll
    static void start() throws IOException {
        cluster = RedisCluster.start(3, 0, Duration.ofSeconds(15));
        boxcar = LocalBoxcar.before(cluster).ready();
        resources = DefaultClientResources.builder().ioThreadPoolSize(2).build();
    }

    @AfterAll
    static void stop() throws Exception {
        if (resources != null) {
            resources.shutdown(0, 2, TimeUnit.SECONDS).get();
            boxcar.close();
            cluster.close();
        }
    }

    @Test
    void showsOneNodeThatHasAllSlots() throws IOException {
        try (Wire wire = boxcar.connect()) {
            String slots = wire.ask("CLUSTER", "SLOTS");
            String start = "*1\r\n*3\r\n:0\r\n:16383\r\n*4\r\n" + Wire.bulk("127.0.0.1") + ":" + boxcar.port() + "\r\n";
            assertTrue(slots.startsWith(start), slots);
            for (RedisCluster.Node node : cluster.nodes()) {
                String port = ":" + node.port();
                assertFalse(wire.ask("CLUSTER", "NODES").contains(port));
                assertFalse(wire.ask("CLUSTER", "SHARDS").contains(port));
            }
            assertTrue(wire.ask("CLUSTER", "INFO").contains("cluster_state:ok\r\n"));
            assertEquals(":12182\r\n", wire.ask("CLUSTER", "KEYSLOT", "foo"));
            assertEquals("+OK\r\n", wire.ask("READONLY"));
            assertEquals("+OK\r\n", wire.ask("READWRITE"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RESP2", "RESP3"})
    void lettuceWorksAsItDoesWithACluster(ProtocolVersion version) throws Exception {
        RedisClusterClient client = RedisClusterClient.create(
                resources,
                RedisURI.builder()
                        .withHost("127.0.0.1")
                        .withPort(boxcar.port())
                        .withTimeout(Duration.ofSeconds(PATIENCE_SECONDS))
                        .build());
        if (version != ProtocolVersion.RESP3) {
            client.setOptions(
                    ClusterClientOptions.builder().protocolVersion(version).build());
        }
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            RedisAdvancedClusterCommands<String, String> commands = connection.sync();
            Map<String, String> pairs = new HashMap<>();
            List<KeyValue<String, String>> expected = new ArrayList<>();
            for (int i = 0; i < KEYS; i++) {
                pairs.put("lettuce" + i, "value" + i);
                expected.add(KeyValue.just("lettuce" + i, "value" + i));
            }
            String[] keys = expected.stream().map(KeyValue::getKey).toArray(String[]::new);
            assertEquals("OK", commands.mset(pairs));
            assertEquals(expected, commands.mget(keys));
            List<RedisFuture<Long>> counts = new ArrayList<>();
            for (int i = 0; i < KEYS; i++) {
                counts.add(connection.async().incr("count:" + version + i));
                assertEquals("value" + i, commands.get(keys[i]));
            }
            for (RedisFuture<Long> count : counts) {
                assertEquals(1, count.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
            assertEquals(7L, commands.<Long>eval("return 7", io.lettuce.core.ScriptOutputType.INTEGER));
            client.refreshPartitions();
            List<Integer> ports = client.getPartitions().stream()
                    .map(RedisClusterNode::getUri)
                    .map(RedisURI::getPort)
                    .toList();
            assertEquals(List.of(boxcar.port()), ports);
            assertEquals(KEYS, commands.del(keys));
            publishAndSubscribe(client, commands);
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        }
    }

    private static void publishAndSubscribe(
            RedisClusterClient client, RedisAdvancedClusterCommands<String, String> commands) throws Exception {
        try (StatefulRedisClusterPubSubConnection<String, String> subscriber = client.connectPubSub()) {
            BlockingQueue<String> received = new LinkedBlockingQueue<>();
            subscriber.addListener(new RedisPubSubAdapter<String, String>() {
                @Override
                public void message(String channel, String message) {
                    received.add(message);
                }
            });
            subscriber.sync().subscribe("news");
            commands.publish("news", "of today");
            assertEquals("of today", received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
    }

    @Test
    void jedisWorksAsItDoesWithACluster() {
        try (redis.clients.jedis.RedisClusterClient jedis =
                redis.clients.jedis.RedisClusterClient.create(new HostAndPort("127.0.0.1", boxcar.port()))) {
            for (int i = 0; i < KEYS; i++) {
                assertEquals("OK", jedis.set("jedis" + i, "value" + i));
                assertEquals("value" + i, jedis.get("jedis" + i));
            }
            try (ClusterPipeline pipeline = jedis.pipelined()) {
                List<Response<String>> values = new ArrayList<>();
                for (int i = 0; i < KEYS; i++) {
                    values.add(pipeline.get("jedis" + i));
                }
                pipeline.sync();
                for (int i = 0; i < KEYS; i++) {
                    assertEquals("value" + i, values.get(i).get());
                }
            }
            assertEquals(List.of("value1", "value2"), jedis.mget("jedis1", "jedis2"));
            assertEquals(
                    Set.of("127.0.0.1:" + boxcar.port()),
                    jedis.getClusterNodes().keySet());
        }
    }

    /** The class that most programs have, though its successor is above. */
    @Test
    @SuppressWarnings("deprecation")
    void jedisClusterWorksToo() {
        try (redis.clients.jedis.JedisCluster jedis =
                new redis.clients.jedis.JedisCluster(new HostAndPort("127.0.0.1", boxcar.port()))) {
            for (int i = 0; i < KEYS; i++) {
                assertEquals("OK", jedis.set("old" + i, "value" + i));
                assertEquals("value" + i, jedis.get("old" + i));
            }
            assertEquals(1, jedis.del("old1"));
        }
    }
}
