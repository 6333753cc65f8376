package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The cluster that other tests stand on does what they take for granted. */
@Timeout(120)
class RedisClusterTest {

    @Test
    void slotsMoveWithTheirKeysAndAreHalfWayInBetween() throws Exception {
        try (RedisCluster cluster = RedisCluster.start(2, 0, Duration.ofSeconds(15))) {
            RedisCluster.Node from = cluster.masters().get(0);
            RedisCluster.Node to = cluster.masters().get(1);
            int slot = 42;
            List<String> keys = new ArrayList<>();
            for (int i = 0; i < 25; i++) {
                keys.add("{" + RedisCluster.keyOf(slot, "tag") + "}" + i);
                assertEquals("OK", from.call("SET", keys.get(i), "value" + i));
            }
            assertEquals(from, cluster.ownerOf(slot));
            List<Integer> moved = new ArrayList<>();
            cluster.moveSlots(from, to, List.of(slot, 43), half -> {
                moved.add(half);
                if (half == slot) {
                    long asked = 0;
                    for (String key : keys) {
                        if (from.call("GET", key) instanceof RespConnection.Error error) {
                            assertEquals("ASK 42 127.0.0.1:" + to.port(), error.text());
                            asked++;
                        }
                    }
                    assertEquals(1, asked);
                    List<String> mget = new ArrayList<>(keys);
                    mget.addFirst("MGET");
                    RespConnection.Error both =
                            assertInstanceOf(RespConnection.Error.class, from.call(mget.toArray(String[]::new)));
                    assertTrue(both.text().startsWith("TRYAGAIN "), both.text());
                }
            });
            assertEquals(List.of(slot, 43), moved);
            assertEquals(to, cluster.ownerOf(slot));
            assertEquals(to, cluster.ownerOf(43));
            assertEquals(from, cluster.ownerOf(44));
            for (int i = 0; i < 25; i++) {
                assertEquals("value" + i, to.call("GET", keys.get(i)));
            }
            RespConnection.Error error = assertInstanceOf(RespConnection.Error.class, from.call("GET", keys.get(0)));
            assertEquals("MOVED 42 127.0.0.1:" + to.port(), error.text());
        }
    }

    @Test
    void aReplicaTakesThePlaceOfAMasterThatWasKilled() throws Exception {
        try (RedisCluster cluster = RedisCluster.start(3, 1, Duration.ofSeconds(1))) {
            RedisCluster.Node master = cluster.masters().get(0);
            assertEquals("OK", master.call("SET", RedisCluster.keyOf(0, "key"), "value"));
            assertEquals(1L, master.call("WAIT", "1", "10000"));
            assertNotNull(cluster.ownerOf(0));
            cluster.kill(master);
            RedisCluster.Node replica = cluster.replicas().get(0);
            Eventually.isTrue(
                    "it serves",
                    Duration.ofSeconds(30),
                    () -> "value".equals(replica.call("GET", RedisCluster.keyOf(0, "key"))));
            cluster.restart(master);
            cluster.awaitWhole();
            Eventually.isTrue(
                    "it follows", () -> String.valueOf(master.call("ROLE")).startsWith("[slave"));
            assertEquals(replica, cluster.ownerOf(0));
            assertNotEquals(master, cluster.ownerOf(0));
        }
    }
}
