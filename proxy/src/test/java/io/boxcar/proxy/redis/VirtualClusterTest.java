package io.boxcar.proxy.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.Address;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a Redis Cluster of one node, which shows what Boxcar says it is. */
@Timeout(60)
class VirtualClusterTest {
    private static final String EPOCHS = "cluster_(current|my)_epoch:\\d+";

    private static RedisServer redis;
    private static Address address;

    @BeforeAll
    static void start() throws Exception {
        redis = RedisServer.start("--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1");
        address = new Address.Tcp("127.0.0.1", redis.port());
        assertEquals("+OK\r\n", ask(2, "CLUSTER ADDSLOTSRANGE 0 16383"));
        while (!ask(2, "CLUSTER INFO").contains("cluster_state:ok")) {
            Thread.sleep(10);
        }
    }

    @AfterAll
    static void stop() throws Exception {
        redis.close();
    }

    @ParameterizedTest
    @CsvSource({
        "SLOTS, 2",
        "SLOTS, 3",
        "SHARDS, 2",
        "SHARDS, 3",
        "NODES, 2",
        "NODES, 3",
        "INFO, 2",
        "INFO, 3",
        "MYID, 2",
        "MYID, 3",
        "LINKS, 2",
        "LINKS, 3"
    })
    void saysWhatAClusterOfOneNodeSays(String subcommand, int version) throws Exception {
        String real = ask(version, "CLUSTER " + subcommand);
        String virtual = VirtualCluster.answer(subcommand, 2, address, version == 3);
        assertNotNull(virtual);
        String id = id(ask(2, "CLUSTER MYID"));
        String virtualId = id(String.valueOf(VirtualCluster.answer("MYID", 2, address, false)));
        assertEquals(
                real.replace(id, virtualId)
                        .replaceAll(EPOCHS, "cluster_$1_epoch:1")
                        .replaceAll("- 0 \\d+ \\d+ connected", "- 0 0 1 connected"),
                virtual);
        assertEquals(withoutStrings(ReplyTree.read(bytes(real))), withoutStrings(ReplyTree.read(bytes(virtual))));
    }

    @Test
    void itsSlotsAreAllOnTheAddressThatTheClientConnectedTo() {
        Address local = new Address.Tcp("::1", 6380);
        for (boolean resp3 : new boolean[] {false, true}) {
            String slots = VirtualCluster.answer("slots", 2, local, resp3);
            assertNotNull(slots);
            ClusterMap map = ClusterMap.parse(bytes(slots), new Address.Tcp("elsewhere", 1));
            assertNotNull(map);
            assertEquals(List.of(local), map.primaries());
            assertEquals(ClusterMap.SLOTS, map.coveredSlots());
        }
    }

    @Test
    void eachAddressHasItsOwnIdAndKeepsIt() {
        Address other = new Address.Tcp("127.0.0.1", 1);
        assertEquals(VirtualCluster.answer("MYID", 2, address, false), VirtualCluster.answer("MYID", 2, address, true));
        assertNotEquals(
                VirtualCluster.answer("MYID", 2, address, false), VirtualCluster.answer("MYID", 2, other, false));
        assertTrue(id(String.valueOf(VirtualCluster.answer("MYID", 2, other, false)))
                .matches("[0-9a-f]{40}"));
    }

    @Test
    void aClientOfAUnixSocketIsToldToComeBackToWhereItCameFrom() {
        String slots = VirtualCluster.answer("SLOTS", 2, new Address.Unix("/run/boxcar.sock"), false);
        assertTrue(String.valueOf(slots).contains("*4\r\n$0\r\n\r\n:0\r\n$40\r\n"), slots);
    }

    @ParameterizedTest
    @ValueSource(strings = {"COUNTKEYSINSLOT", "KEYSLOT", "ADDSLOTS", "RESET", "NOPE", ""})
    void leavesTheRestToRedis(String subcommand) {
        assertNull(VirtualCluster.answer(subcommand, 2, address, false));
    }

    @Test
    void leavesTheWrongNumberOfArgumentsToRedis() {
        assertNull(VirtualCluster.answer("SLOTS", 3, address, false));
    }

    @Test
    void aKeySlotIsAnInteger() throws Exception {
        assertEquals(ask(2, "CLUSTER KEYSLOT foo"), VirtualCluster.keySlot(12182));
    }

    /** What is left of a reply when only its shape counts: numbers, and lists of lists. */
    private static Object withoutStrings(@org.jspecify.annotations.Nullable Object reply) {
        return switch (reply) {
            case List<?> list ->
                list.stream().map(VirtualClusterTest::withoutStrings).toList();
            case Long number -> number;
            case String text -> "string";
            case null -> "null";
            default -> reply;
        };
    }

    private static String id(String bulk) {
        return bulk.substring(bulk.indexOf('\n') + 1, bulk.indexOf('\n') + 41);
    }

    private static ByteBuf bytes(String reply) {
        return Unpooled.copiedBuffer(reply, StandardCharsets.ISO_8859_1);
    }

    /** On a connection of its own, so that the reply is all that comes after the one to HELLO, and before that to QUIT. */
    private static String ask(int version, String command) throws Exception {
        try (Socket socket = redis.connect()) {
            socket.getOutputStream()
                    .write(("HELLO " + version + "\r\nPING\r\n" + command + "\r\nQUIT\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            String all = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            int from = all.indexOf("+PONG\r\n") + "+PONG\r\n".length();
            return all.substring(from, all.length() - "+OK\r\n".length());
        }
    }
}
