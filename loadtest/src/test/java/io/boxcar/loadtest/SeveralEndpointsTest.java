package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.Address;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three servers that do not know of each other, as one. */
@Timeout(60)
class SeveralEndpointsTest {
    private static final int SERVERS = 3;
    private static final int KEYS = 2_000;
    private static final String ELSEWHERE = "-BOXCAR this connection has state on one endpoint";

    private static Children children;
    private static final List<RedisOrigin> servers = new ArrayList<>();
    private static LocalBoxcar boxcar;

    /** A key of each server. */
    private static final List<String> APART = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException {
        children = new Children();
        for (int i = 0; i < SERVERS; i++) {
            servers.add(RedisOrigin.start(children, Loopback.port(0), List.of()));
        }
        boxcar = LocalBoxcar.before(addresses()).ready();
        try (Wire wire = boxcar.connect()) {
            for (RedisOrigin server : servers) {
                APART.add(keyOf(server, wire));
            }
        }
    }

    @AfterAll
    static void stop() {
        if (boxcar != null) {
            boxcar.close();
        }
        servers.forEach(RedisOrigin::close);
    }

    @BeforeEach
    void empty() throws IOException {
        for (RedisOrigin server : servers) {
            assertEquals("+OK\r\n", direct(server, "FLUSHALL"));
        }
    }

    private static List<Address> addresses() {
        return servers.stream().map(RedisOrigin::address).toList();
    }

    private static String direct(RedisOrigin server, Object... command) throws IOException {
        try (Wire wire = Wire.open(server.address())) {
            return wire.ask(command);
        }
    }

    private static String keyOf(RedisOrigin server, Wire wire) throws IOException {
        for (int i = 0; ; i++) {
            assertEquals("+OK\r\n", wire.ask("SET", "apart" + i, "v"));
            if (direct(server, "EXISTS", "apart" + i).equals(":1\r\n")) {
                return "apart" + i;
            }
        }
    }

    private static Object[] command(String name, List<String> arguments) {
        List<Object> all = new ArrayList<>();
        all.add(name);
        all.addAll(arguments);
        return all.toArray();
    }

    private static byte[] all(Object[]... commands) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Object[] command : commands) {
            all.writeBytes(Wire.command(command));
        }
        return all.toByteArray();
    }

    private static Object[] c(Object... parts) {
        return parts;
    }

    // ---- keys ----

    @Test
    void twemproxyFindsWhatBoxcarWroteAndTheOtherWayRound(@TempDir Path directory) throws Exception {
        Tool.assumeOnPath("nutcracker");
        Address.Tcp listen = Loopback.freePort();
        Path config = directory.resolve("nutcracker.yml");
        String list = addresses().stream().map(one -> "    - " + one + ":1\n").collect(Collectors.joining());
        Files.writeString(config, """
                pool:
                  listen: %s
                  hash: fnv1a_64
                  distribution: ketama
                  redis: true
                  servers:
                """.formatted(listen) + list);
        try (Child nutcracker = children.spawn(
                        "nutcracker",
                        List.of(
                                "nutcracker",
                                "-c",
                                config.toString(),
                                "-a",
                                "127.0.0.1",
                                "-s",
                                "" + Loopback.freePort().port(),
                                "-o",
                                directory.resolve("log").toString(),
                                "-p",
                                directory.resolve("pid").toString()));
                Wire ours = boxcar.connect()) {
            Eventually.isTrue("nutcracker listens", () -> {
                try (Wire probe = Wire.open(listen)) {
                    return probe.ask("GET", "k").equals("$-1\r\n");
                } catch (IOException e) {
                    return false;
                }
            });
            try (Wire theirs = Wire.open(listen)) {
                for (int i = 0; i < KEYS; i++) {
                    assertEquals("+OK\r\n", ours.ask("SET", "ours:" + i, i));
                    assertEquals("+OK\r\n", theirs.ask("SET", "theirs:" + i, i));
                }
                for (int i = 0; i < KEYS; i++) {
                    assertEquals(Wire.bulk("" + i), theirs.ask("GET", "ours:" + i));
                    assertEquals(Wire.bulk("" + i), ours.ask("GET", "theirs:" + i));
                }
            }
            assertEquals(":" + 2 * KEYS + "\r\n", ours.ask("DBSIZE"));
        }
    }

    @Test
    void aPipelineIsAnsweredInOrder() throws IOException {
        try (Wire wire = boxcar.connect()) {
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            for (int i = 0; i < KEYS; i++) {
                sent.writeBytes(all(c("SET", "k" + i, i), c("GET", "k" + i)));
            }
            sent.writeBytes(all(c("MGET", APART.get(0), APART.get(1)), c("PING")));
            wire.sendBytes(sent.toByteArray());
            for (int i = 0; i < KEYS; i++) {
                assertEquals("+OK\r\n", wire.reply());
                assertEquals(Wire.bulk("" + i), wire.reply());
            }
            assertEquals("*2\r\n$-1\r\n$-1\r\n", wire.reply());
            assertEquals("+PONG\r\n", wire.reply());
        }
        for (RedisOrigin server : servers) {
            assertTrue(!direct(server, "DBSIZE").equals(":0\r\n"), "each has a part");
        }
    }

    @Test
    void splitsWhatConcernsKeysOfSeveralServers() throws IOException {
        try (Wire wire = boxcar.connect()) {
            String a = APART.get(0);
            String b = APART.get(1);
            String c = APART.get(2);
            assertEquals("+OK\r\n", wire.ask("MSET", a, "1", b, "2", c, "3"));
            assertEquals("*4\r\n$1\r\n3\r\n$1\r\n1\r\n$-1\r\n$1\r\n2\r\n", wire.ask("MGET", c, a, "none", b));
            for (int i = 0; i < SERVERS; i++) {
                assertEquals(Wire.bulk("" + (i + 1)), direct(servers.get(i), "GET", APART.get(i)));
            }
            assertEquals(":3\r\n", wire.ask("DEL", a, b, c, "none"));
            assertEquals(":0\r\n", wire.ask("DBSIZE"));
            String apart = wire.ask("SINTER", a, b);
            assertTrue(apart.startsWith("-CROSSSLOT "), apart);
        }
    }

    @Test
    void aRequestWithManyKeysIsSplitEvenIfItIsTooLongToBeCollectedElsewhere() throws IOException {
        try (LocalBoxcar streaming = LocalBoxcar.before(addresses(), "listeners.redis.limits.stream-above=1KiB")
                        .ready();
                Wire wire = streaming.connect()) {
            String value = "v".repeat(100_000);
            assertEquals("+OK\r\n", wire.ask("MSET", APART.get(0), value, APART.get(1), value, APART.get(2), value));
            for (int i = 0; i < SERVERS; i++) {
                assertEquals(Wire.bulk(value), direct(servers.get(i), "GET", APART.get(i)));
            }
        }
    }

    @Test
    void aLongValueGoesWhereItsKeyIs() throws IOException {
        try (LocalBoxcar streaming = LocalBoxcar.before(addresses(), "listeners.redis.limits.stream-above=1KiB")
                        .ready();
                Wire wire = streaming.connect()) {
            String value = "v".repeat(3_000_000);
            for (int i = 0; i < SERVERS; i++) {
                assertEquals("+OK\r\n", wire.ask("SET", APART.get(i), value));
                assertEquals(":3000000\r\n", wire.ask("STRLEN", APART.get(i)));
                assertEquals(Wire.bulk(value), direct(servers.get(i), "GET", APART.get(i)));
            }
            assertEquals("+OK\r\n", wire.ask("WATCH", APART.get(1)));
            assertEquals("+OK\r\n", wire.ask("SET", APART.get(1), value));
            String elsewhere = wire.ask("SET", APART.get(2), value);
            assertTrue(elsewhere.startsWith(ELSEWHERE), elsewhere);
            assertEquals("+OK\r\n", wire.ask("UNWATCH"));
            assertEquals("+OK\r\n", wire.ask("SET", APART.get(2), "short"));
        }
    }

    @Test
    void scansCountsAndListsAll() throws IOException {
        try (Wire wire = boxcar.connect()) {
            Set<String> expected = new HashSet<>();
            for (int i = 0; i < 300; i++) {
                expected.add("scan" + i);
                assertEquals("+OK\r\n", wire.ask("SET", "scan" + i, "v"));
            }
            assertEquals(":300\r\n", wire.ask("DBSIZE"));
            assertEquals(expected, words(wire.ask("KEYS", "scan*"), 0));
            Set<String> found = new HashSet<>();
            String cursor = "0";
            do {
                String page = wire.ask("SCAN", cursor, "COUNT", "20");
                cursor = page.split("\r\n", -1)[2];
                found.addAll(words(page, 3));
            } while (!cursor.equals("0"));
            assertEquals(expected, found);
        }
    }

    private static Set<String> words(String reply, int fromLine) {
        return reply.lines()
                .skip(fromLine)
                .filter(line -> line.startsWith("scan"))
                .collect(Collectors.toSet());
    }

    @Test
    void whatIsNotSplitSaysThatItsKeysAreApart() throws IOException {
        try (LocalBoxcar whole = LocalBoxcar.before(addresses(), "upstreams.redis.split=false")
                        .ready();
                Wire wire = whole.connect()) {
            for (Object[] command : List.of(
                    c("MGET", APART.get(0), APART.get(1)),
                    c("MSET", APART.get(0), "1", APART.get(1), "2"),
                    c("DEL", APART.get(2), APART.get(1)))) {
                String answer = wire.ask(command);
                assertTrue(answer.startsWith("-CROSSSLOT "), answer);
            }
            assertEquals("+OK\r\n", wire.ask("SET", APART.get(2), "1"));
            assertEquals("*2\r\n$1\r\n1\r\n$1\r\n1\r\n", wire.ask("MGET", APART.get(2), APART.get(2)));
        }
    }

    // ---- transactions ----

    @Test
    void transactionsOfOneServerRunInOneWriteAndInteractively() throws IOException {
        try (Wire wire = boxcar.connect()) {
            for (String key : APART) {
                wire.sendBytes(all(c("MULTI"), c("SET", key, "1"), c("INCR", key), c("EXEC")));
                assertEquals("+OK\r\n", wire.reply());
                assertEquals("+QUEUED\r\n", wire.reply());
                assertEquals("+QUEUED\r\n", wire.reply());
                assertEquals("*2\r\n+OK\r\n:2\r\n", wire.reply());
                assertEquals("+OK\r\n", wire.ask("MULTI"));
                assertEquals("+QUEUED\r\n", wire.ask("INCR", key));
                assertEquals("+QUEUED\r\n", wire.ask("INCR", key));
                assertEquals("*2\r\n:3\r\n:4\r\n", wire.ask("EXEC"));
                assertEquals("+OK\r\n", wire.ask("WATCH", key));
                assertEquals(Wire.bulk("4"), wire.ask("GET", key));
                assertEquals("+OK\r\n", wire.ask("MULTI"));
                assertEquals("+QUEUED\r\n", wire.ask("INCR", key));
                try (Wire other = boxcar.connect()) {
                    assertEquals("+OK\r\n", other.ask("SET", key, "9"));
                }
                assertEquals("*-1\r\n", wire.ask("EXEC"));
                assertEquals(Wire.bulk("9"), wire.ask("GET", key));
            }
        }
    }

    @Test
    void aTransactionOverTwoServersIsRefusedAndNoneOfItIsExecuted() throws IOException {
        for (int round = 0; round < SERVERS; round++) {
            String here = APART.get(round);
            String there = APART.get((round + 1) % SERVERS);
            Object[][] transaction = {c("MULTI"), c("SET", here, "1"), c("SET", there, "1"), c("EXEC"), c("PING")};
            try (Wire wire = boxcar.connect()) {
                wire.sendBytes(all(transaction));
                refused(wire);
                for (int i = 0; i < 3; i++) {
                    wire.sendBytes(Wire.command(transaction[i]));
                }
                wire.sendBytes(all(c("EXEC"), c("PING")));
                refused(wire);
                assertEquals("$-1\r\n", wire.ask("GET", here));
                assertEquals("$-1\r\n", wire.ask("GET", there));
            }
        }
    }

    private static void refused(Wire wire) throws IOException {
        assertEquals("+OK\r\n", wire.reply());
        assertEquals("+QUEUED\r\n", wire.reply());
        String elsewhere = wire.reply();
        assertTrue(elsewhere.startsWith(ELSEWHERE), elsewhere);
        String exec = wire.reply();
        assertTrue(exec.startsWith("-EXECABORT "), exec);
        assertEquals("+PONG\r\n", wire.reply());
    }

    @Test
    void aRequestOverTwoServersSpoilsTheTransactionWhereverItIs() throws IOException {
        try (Wire wire = boxcar.connect()) {
            assertEquals("+OK\r\n", wire.ask("MULTI"));
            assertTrue(wire.ask("SINTER", APART.get(0), APART.get(1)).startsWith("-CROSSSLOT "));
            assertTrue(wire.ask("EXEC").startsWith("-EXECABORT "));
            assertEquals("+OK\r\n", wire.ask("MULTI"));
            assertTrue(wire.ask("SINTER", APART.get(0), APART.get(1)).startsWith("-CROSSSLOT "));
            assertEquals("+QUEUED\r\n", wire.ask("SET", APART.get(2), "1"));
            assertTrue(wire.ask("EXEC").startsWith("-EXECABORT "));
            assertEquals("$-1\r\n", wire.ask("GET", APART.get(2)));
            assertEquals("+OK\r\n", wire.ask("MULTI"));
            assertEquals("+QUEUED\r\n", wire.ask("SET", APART.get(2), "1"));
            assertEquals("*1\r\n+OK\r\n", wire.ask("EXEC"));
        }
    }

    // ---- other state ----

    @Test
    void blocksOnEachServer() throws IOException {
        for (String key : APART) {
            try (Wire wire = boxcar.connect();
                    Wire other = boxcar.connect()) {
                wire.send("BLPOP", key, "0");
                assertEquals(":1\r\n", other.ask("RPUSH", key, "element"));
                assertEquals("*2\r\n" + Wire.bulk(key) + Wire.bulk("element"), wire.reply());
                String apart = wire.ask("BLPOP", APART.get(0), APART.get(1), "1");
                assertTrue(apart.startsWith("-CROSSSLOT "), apart);
            }
        }
    }

    @Test
    void everySubscriberHearsEveryPublisher() throws IOException {
        List<Wire> subscribers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Wire wire = boxcar.connect();
            subscribers.add(wire);
            assertEquals("*3\r\n" + Wire.bulk("subscribe") + Wire.bulk("channel") + ":1\r\n", ask(wire, "channel"));
        }
        for (int i = 0; i < 6; i++) {
            try (Wire publisher = boxcar.connect()) {
                assertEquals(":6\r\n", publisher.ask("PUBLISH", "channel", "m" + i));
            }
            for (Wire wire : subscribers) {
                assertEquals("*3\r\n" + Wire.bulk("message") + Wire.bulk("channel") + Wire.bulk("m" + i), wire.reply());
            }
        }
        for (Wire wire : subscribers) {
            wire.close();
        }
    }

    private static String ask(Wire wire, String channel) throws IOException {
        return wire.ask("SUBSCRIBE", channel);
    }

    @Test
    void aKeyOfAnotherServerThanTheClientsStateIsRefusedInOrder() throws IOException {
        for (int i = 0; i < SERVERS; i++) {
            String here = APART.get(i);
            String there = APART.get((i + 1) % SERVERS);
            try (Wire wire = boxcar.connect()) {
                assertEquals("+OK\r\n", wire.ask("WATCH", here));
                assertEquals("+OK\r\n", wire.ask("SET", here, "1"));
                assertEquals(Wire.bulk("1"), wire.ask("GET", here));
                assertTrue(wire.ask("GET", there).startsWith(ELSEWHERE));
                wire.sendBytes(all(
                        c("GET", here),
                        c("GET", there),
                        c("GET", here),
                        c("MGET", here, there),
                        c("PING"),
                        c("UNWATCH"),
                        c("SET", there, "1")));
                assertEquals(Wire.bulk("1"), wire.reply());
                assertTrue(wire.reply().startsWith(ELSEWHERE));
                assertEquals(Wire.bulk("1"), wire.reply());
                assertTrue(wire.reply().startsWith(ELSEWHERE));
                assertEquals("+PONG\r\n", wire.reply());
                assertEquals("+OK\r\n", wire.reply());
                assertEquals("+OK\r\n", wire.reply());
            }
        }
    }

    @Test
    void aDatabaseIsOneOnAllServers() throws IOException {
        try (Wire wire = boxcar.connect()) {
            assertEquals("+OK\r\n", wire.ask("SELECT", "3"));
            for (int i = 0; i < SERVERS; i++) {
                assertEquals("+OK\r\n", wire.ask("SET", APART.get(i), "three"));
                try (Wire direct = Wire.open(servers.get(i).address())) {
                    assertEquals("$-1\r\n", direct.ask("GET", APART.get(i)));
                    assertEquals("+OK\r\n", direct.ask("SELECT", "3"));
                    assertEquals(Wire.bulk("three"), direct.ask("GET", APART.get(i)));
                }
            }
            assertEquals(":3\r\n", wire.ask("DBSIZE"));
        }
    }

    // ---- failure ----

    @Test
    void whenOneServerIsGoneItsKeysFailAndTheOthersGoOn() throws IOException {
        for (int gone = SERVERS - 1; gone >= 0; gone--) {
            RedisOrigin killed = servers.get(gone);
            String address = killed.address().toString();
            int victim = gone;
            killed.kill();
            try (Wire wire = boxcar.connect()) {
                Eventually.isTrue("its keys fail, and the error names it", () -> {
                    String answer = wire.ask("GET", APART.get(victim));
                    return answer.startsWith("-BOXCAR ") && answer.contains(address);
                });
                String pinned = wire.ask("BLPOP", APART.get(gone), "1");
                assertTrue(pinned.startsWith("-BOXCAR ") && pinned.contains(address), pinned);
                for (int i = 0; i < SERVERS; i++) {
                    if (i != gone) {
                        assertEquals("+OK\r\n", wire.ask("SET", APART.get(i), "v"));
                        assertEquals("+OK\r\n", wire.ask("WATCH", APART.get(i)));
                        assertEquals("+OK\r\n", wire.ask("UNWATCH"));
                    }
                }
                String split = wire.ask("MGET", APART.get(0), APART.get(1), APART.get(2));
                assertTrue(split.startsWith("-BOXCAR ") && split.contains(address), split);
            } finally {
                killed.restart();
            }
            try (Wire wire = boxcar.connect()) {
                Eventually.isTrue(
                        "it is used again",
                        () -> wire.ask("SET", APART.get(victim), "v").equals("+OK\r\n"));
                assertEquals(Wire.bulk("v"), wire.ask("GET", APART.get(gone)));
            }
        }
    }
}
