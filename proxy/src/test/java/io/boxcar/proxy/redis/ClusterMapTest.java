package io.boxcar.proxy.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.boxcar.proxy.config.Address;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterMapTest {
    private static final Address ASKED = new Address.Tcp("10.0.0.9", 7000);
    private static final String ID = "$40\r\n064613b1250bc46a217ebc7d2dbd677f09e4254e\r\n";

    @Test
    void tellsWhoServesWhichSlot() {
        ClusterMap map = parsed(
                range(0, 5460, node("b", 1)), range(5461, 10922, node("a", 2)), range(10923, 16383, node("b", 1)));
        assertEquals(List.of(tcp("a", 2), tcp("b", 1)), map.primaries());
        assertEquals(ClusterMap.SLOTS, map.coveredSlots());
        int[] expected = new int[ClusterMap.SLOTS];
        Arrays.fill(expected, 1);
        Arrays.fill(expected, 5461, 10923, 0);
        for (int slot = 0; slot < ClusterMap.SLOTS; slot++) {
            assertEquals(expected[slot], map.nodeIndexOf(slot));
        }
    }

    @Test
    void tellsTheReplicasOfEachNodeOnce() {
        ClusterMap map = parsed(
                range(0, 1, node("a", 1), node("r", 2), node("r", 1)),
                range(2, 3, node("b", 1)),
                range(4, 5, node("a", 1), node("r", 1), node("r", 2)));
        assertEquals(List.of(tcp("r", 1), tcp("r", 2)), map.replicasOf(0));
        assertEquals(List.of(), map.replicasOf(1));
        assertEquals("6 slots on a:1 (+2 replicas), b:1 (+0 replicas)", map.toString());
    }

    @Test
    void aSlotThatNobodyServesHasNoNode() {
        ClusterMap map = parsed(range(7, 7, node("a", 1)));
        assertEquals(1, map.coveredSlots());
        assertEquals(0, map.nodeIndexOf(7));
        assertEquals(ClusterMap.NOBODY, map.nodeIndexOf(6));
        assertEquals(ClusterMap.NOBODY, map.nodeIndexOf(8));
        assertEquals(List.of(), parsed().primaries());
    }

    @Test
    void aNodeWithoutAHostIsWhereTheAnswerCameFrom() {
        assertEquals(
                List.of(tcp("10.0.0.9", 1)), parsed(range(0, 0, node("", 1))).primaries());
        assertEquals(
                List.of(tcp("10.0.0.9", 1)),
                parsed(range(0, 0, "*3\r\n$-1\r\n:1\r\n" + ID)).primaries());
        assertEquals(
                List.of(tcp("10.0.0.9", 1)),
                parsed(range(0, 0, "*3\r\n_\r\n:1\r\n" + ID)).primaries());
        ClusterMap overUnixSocket = ClusterMap.parse(
                Unpooled.copiedBuffer("*1\r\n" + range(0, 0, node("", 1)), StandardCharsets.US_ASCII),
                new Address.Unix("/run/redis.sock"));
        assertNotNull(overUnixSocket);
        assertEquals(List.of(tcp("127.0.0.1", 1)), overUnixSocket.primaries());
    }

    @Test
    void aNodeWithoutTheHostNameThatIsPreferredHasAnIp() {
        String withIp = "*4\r\n$1\r\n?\r\n:1\r\n" + ID + "*2\r\n$2\r\nip\r\n$8\r\n10.0.0.7\r\n";
        assertEquals(List.of(tcp("10.0.0.7", 1)), parsed(range(0, 0, withIp)).primaries());
        assertEquals(
                List.of(tcp("10.0.0.7", 1)),
                parsed(range(0, 0, withIp.replace("*2\r\n", "%1\r\n"))).primaries());
        assertEquals(
                List.of(tcp("10.0.0.9", 1)), parsed(range(0, 0, node("?", 1))).primaries());
    }

    @Test
    void aHostNameThatIsPreferredIsUsed() {
        String named = "*4\r\n$7\r\nredis-0\r\n:1\r\n" + ID + "*2\r\n$2\r\nip\r\n$8\r\n10.0.0.7\r\n";
        assertEquals(List.of(tcp("redis-0", 1)), parsed(range(0, 0, named)).primaries());
        assertEquals(List.of(tcp("::1", 1)), parsed(range(0, 0, node("::1", 1))).primaries());
    }

    @Test
    void mapsAreEqualIfTheySayTheSameInWhateverOrder() {
        String a = range(0, 8191, node("a", 1), node("r", 1), node("r", 2));
        String b = range(8192, 16383, node("b", 1));
        ClusterMap map = parsed(a, b);
        assertEquals(map, parsed(b, a));
        assertEquals(map.hashCode(), parsed(b, a).hashCode());
        assertEquals(
                map,
                parsed(range(0, 100, node("a", 1), node("r", 2)), range(101, 8191, node("a", 1), node("r", 1)), b));
        assertNotEquals(map, parsed(range(0, 8191, node("a", 1), node("r", 1)), b));
        assertNotEquals(map, parsed(range(0, 8190, node("a", 1), node("r", 1), node("r", 2)), b));
        assertNotEquals(map, parsed(range(0, 8191, node("c", 1), node("r", 1), node("r", 2)), b));
    }

    @Test
    void aThousandNodesFit() {
        String[] ranges = new String[1000];
        for (int i = 0; i < ranges.length; i++) {
            ranges[i] = range(i * 16, i * 16 + 15, node("10.0." + i / 100 + "." + i % 100, 6379));
        }
        ClusterMap map = parsed(ranges);
        assertEquals(1000, map.primaries().size());
        assertEquals(tcp("10.0.9.99", 6379), map.primaries().get(map.nodeIndexOf(15_999)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-ERR This instance has cluster support disabled\r\n",
                "+OK\r\n",
                "*-1\r\n",
                "*1\r\n:1\r\n",
                "*1\r\n*0\r\n",
                "*1\r\n*2\r\n:0\r\n:1\r\n",
                "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n",
                "*1\r\n*3\r\n:-1\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n",
                "*1\r\n*3\r\n:2\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n",
                "*1\r\n*3\r\n:0\r\n:1\r\n*1\r\n$1\r\na\r\n",
                "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:0\r\n",
                "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:65536\r\n",
                "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n:1\r\n:1\r\n",
                "*2\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n*3\r\n:1\r\n:2\r\n*2\r\n$1\r\nb\r\n:1\r\n",
            })
    void whatIsNoMapIsNone(String text) {
        assertNull(parse(text));
    }

    @Test
    void noGarbageIsAnException() {
        Random random = new Random(1);
        String text = "*2\r\n" + range(0, 8191, node("a", 1), node("r", 1)) + range(8192, 16383, node("b", 1));
        for (int i = 0; i < 100_000; i++) {
            byte[] garbage = text.getBytes(StandardCharsets.US_ASCII);
            for (int j = random.nextInt(3); j >= 0; j--) {
                garbage[random.nextInt(garbage.length)] = (byte) "*$:-%_0129\r\nx".charAt(random.nextInt(13));
            }
            ClusterMap.parse(Unpooled.wrappedBuffer(garbage, 0, random.nextInt(garbage.length + 1)), ASKED);
        }
    }

    private static String range(int first, int last, String... nodes) {
        return "*" + (2 + nodes.length) + "\r\n:" + first + "\r\n:" + last + "\r\n" + String.join("", nodes);
    }

    private static String node(String host, int port) {
        return "*4\r\n$" + host.length() + "\r\n" + host + "\r\n:" + port + "\r\n" + ID + "*0\r\n";
    }

    private static Address tcp(String host, int port) {
        return new Address.Tcp(host, port);
    }

    private static ClusterMap parsed(String... ranges) {
        ClusterMap map = parse("*" + ranges.length + "\r\n" + String.join("", ranges));
        assertNotNull(map);
        return map;
    }

    private static @Nullable ClusterMap parse(String text) {
        return ClusterMap.parse(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII), ASKED);
    }
}
