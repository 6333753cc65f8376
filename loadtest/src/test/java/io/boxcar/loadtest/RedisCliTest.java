package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The redis-cli on the PATH prints through Boxcar what it prints without; skipped where there is none. */
class RedisCliTest {
    private static final long PATIENCE_SECONDS = 30;

    private static final String CONVERSATION = """
            SET key "two words"
            GET key
            GET nothing
            APPEND key ", \\x00 and a byte"
            INCR key
            INCR counter
            HSET hash a 1 b 2
            HGETALL hash
            ZADD z 1.5 one 2 two
            ZRANGE z 0 -1 WITHSCORES
            SMISMEMBER set x
            NOSUCHCOMMAND
            GET
            MULTI
            SET key 1
            INCR key
            GET key
            EXEC
            MULTI
            INCR
            EXEC
            MULTI
            SET key never
            DISCARD
            WATCH key
            SET key 2
            MULTI
            GET key
            EXEC
            WATCH key
            UNWATCH
            EXEC
            SELECT 5
            DBSIZE
            SET key five
            SELECT 0
            GET key
            CLIENT SETNAME me
            CLIENT GETNAME
            RPUSH list a b c
            BLPOP list 1
            BLPOP nothing 0.02
            BLMOVE list other LEFT RIGHT 1
            XADD stream 1-1 f v
            XREAD COUNT 5 STREAMS stream 0
            XREAD BLOCK 10 STREAMS stream $
            EVAL "return {KEYS[1], ARGV[1], redis.call('get', 'key')}" 1 k v
            EVAL "return redis.error_reply('ERR mine')" 0
            OBJECT ENCODING key
            COMMAND COUNT
            PING
            PING hello
            ECHO ""
            RESET
            PING
            """;

    private static RedisOrigin redis;
    private static RedisOrigin unproxied;
    private static LocalBoxcar boxcar;
    private static final Children CHILDREN = new Children();

    @BeforeAll
    static void start() throws IOException {
        Tool.assumeOnPath("redis-cli");
        redis = RedisOrigin.start();
        unproxied = RedisOrigin.start();
        boxcar = LocalBoxcar.before(redis).ready();
    }

    @AfterAll
    static void stop() {
        if (boxcar != null) {
            boxcar.close();
            unproxied.close();
            redis.close();
        }
    }

    @BeforeEach
    void empty() throws Exception {
        assertEquals("OK\n", cli(redis.port(), "", "FLUSHALL"));
        assertEquals("OK\n", cli(unproxied.port(), "", "FLUSHALL"));
    }

    private static List<String> command(int port, String... arguments) {
        List<String> command = new ArrayList<>(List.of("redis-cli", "-h", "127.0.0.1", "-p", Integer.toString(port)));
        command.addAll(List.of(arguments));
        return command;
    }

    private static String cli(int port, String input, String... arguments) throws Exception {
        return Tool.run(input, PATIENCE_SECONDS, command(port, arguments)).orFail();
    }

    private static String cli(String input, String... arguments) throws Exception {
        return cli(boxcar.port(), input, arguments);
    }

    /** A redis-cli that runs until it is closed. */
    private static Child live(String... arguments) throws IOException {
        return CHILDREN.spawn("redis-cli", command(boxcar.port(), arguments));
    }

    private static void awaitLine(Child cli, String line) throws Exception {
        cli.awaitLine(line::equals, TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-2", "-3"})
    void aConversationReadsAsItDoesWithoutBoxcar(String protocol) throws Exception {
        String direct = cli(unproxied.port(), CONVERSATION, "--no-raw", protocol);
        assertTrue(direct.contains("\"two words\""), direct);
        assertEquals(direct, cli(CONVERSATION, "--no-raw", protocol));
    }

    @Test
    void changesItsProtocolInMidConversation() throws Exception {
        String conversation = """
                HSET hash a 1
                HGETALL hash
                HELLO 3 SETNAME me
                HGETALL hash
                CLIENT GETNAME
                MULTI
                HGETALL hash
                EXEC
                HELLO 2
                HGETALL hash
                """;
        String direct = withoutIds(cli(unproxied.port(), conversation, "--no-raw"));
        assertTrue(direct.contains("1# \"a\" => \"1\""), direct);
        assertEquals(direct, withoutIds(cli(conversation, "--no-raw")));
    }

    /** The answer to HELLO without the number that Redis gives each connection. */
    private static String withoutIds(String output) {
        return output.replaceAll("(\"id\".*\\R? ?.*\\(integer\\)) \\d+", "$1");
    }

    @Test
    void choosesDatabaseFormatAndRepetition() throws Exception {
        assertEquals("OK\n", cli("", "-n", "7", "SET", "key", "seven"));
        assertEquals("\n", cli("", "GET", "key"));
        assertEquals("seven\n", cli("", "-n", "7", "GET", "key"));
        assertEquals("1\n2\n3\n", cli("", "-r", "3", "INCR", "counter"));
        cli("", "HSET", "hash", "a", "1");
        assertEquals("\"a\",\"1\"\n", cli("", "--csv", "HGETALL", "hash"));
        assertEquals("{\"a\":\"1\"}\n", cli("", "-3", "--json", "HGETALL", "hash"));
    }

    @Test
    void takesALargeLastArgumentFromItsInput() throws Exception {
        String value = "0123456789abcdef".repeat(128 * 1024);
        assertEquals("OK\n", cli(value, "-x", "SET", "large"));
        assertEquals(value + "\n", cli("", "GET", "large"));
    }

    @Test
    void runsAScriptFile(@TempDir Path directory) throws Exception {
        Path script = directory.resolve("script.lua");
        Files.writeString(script, "redis.call('set', KEYS[1], ARGV[1]) return redis.call('get', KEYS[1])");
        assertEquals("value\n", cli("", "--eval", script.toString(), "key", ",", "value"));
    }

    @Test
    void monitorsWhatOthersDo() throws Exception {
        try (Child monitor = live("MONITOR")) {
            awaitLine(monitor, "OK");
            for (int i = 0; i < 10; i++) {
                cli("", "SET", "key", "value " + i);
                String seen = "\"SET\" \"key\" \"value " + i + "\"";
                monitor.awaitLine(line -> line.endsWith(seen), TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-2", "-3"})
    void subscribesToChannelsAndPatterns(String protocol) throws Exception {
        try (Child channels = live(protocol, "SUBSCRIBE", "news", "more");
                Child pattern = live(protocol, "PSUBSCRIBE", "n*")) {
            awaitLine(channels, "more");
            awaitLine(channels, "2");
            awaitLine(pattern, "1");
            for (int i = 0; i < 10; i++) {
                assertEquals("2\n", cli("", "PUBLISH", "news", "number " + i));
                awaitLine(channels, "number " + i);
                awaitLine(pattern, "number " + i);
            }
            awaitLine(pattern, "pmessage");
        }
        Eventually.isTrue(
                "nobody listens", () -> cli("", "PUBLISH", "news", "?").equals("0\n"));
    }

    @Test
    void waitsInABlockingPopUntilSomebodyPushes() throws Exception {
        try (Child pop = live("BLPOP", "list", String.valueOf(PATIENCE_SECONDS))) {
            Eventually.isTrue("it waits", () -> cli("", "INFO", "clients").contains("blocked_clients:1\r"));
            assertEquals("1\n", cli("", "RPUSH", "list", "element"));
            awaitLine(pop, "element");
        }
        assertEquals("0\n", cli("", "LLEN", "list"));
    }

    @Test
    void givingUpABlockingPopLosesNoElement() throws Exception {
        try (Child pop = live("BLPOP", "list", String.valueOf(PATIENCE_SECONDS))) {
            Eventually.isTrue("it waits", () -> cli("", "INFO", "clients").contains("blocked_clients:1\r"));
            pop.kill();
        }
        Eventually.isTrue("nobody waits", () -> cli("", "INFO", "clients").contains("blocked_clients:0\r"));
        assertEquals("1\n", cli("", "RPUSH", "list", "element"));
        assertEquals("element\n", cli("", "LPOP", "list"));
    }

    /** Commands as {@code --pipe} wants them. */
    private static byte[] manyCommands(int count) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            bytes.writeBytes(Wire.command("SET", "key:" + i, "value " + i));
        }
        bytes.writeBytes(Wire.command("RPUSH", "list", "a", "b", "c"));
        bytes.writeBytes(Wire.command("SADD", "set", "a", "b"));
        bytes.writeBytes(Wire.command("HSET", "hash", "field", "x".repeat(1000)));
        return bytes.toByteArray();
    }

    private static String pipe(int port, byte[] commands) throws Exception {
        return Tool.run(null, Map.of(), commands, PATIENCE_SECONDS, command(port, "--pipe"))
                .orFail();
    }

    @Test
    void loadsManyCommandsThroughAPipe() throws Exception {
        String output = pipe(boxcar.port(), manyCommands(20_000));
        assertTrue(output.contains("errors: 0, replies: 20003"), output);
        assertEquals("20003\n", cli("", "DBSIZE"));
        assertEquals("value 19999\n", cli("", "GET", "key:19999"));
        byte[] refused = "*2\r\n$3\r\nGET\r\n$4\r\nlist\r\n".getBytes(StandardCharsets.US_ASCII);
        Tool.Result failed = Tool.run(null, Map.of(), refused, PATIENCE_SECONDS, command(boxcar.port(), "--pipe"));
        assertTrue(failed.output().contains("errors: 1, replies: 1"), failed::output);
    }

    @Test
    void scansEveryKey() throws Exception {
        pipe(boxcar.port(), manyCommands(1_000));
        Set<String> expected = new TreeSet<>();
        for (int i = 0; i < 1_000; i++) {
            expected.add("key:" + i);
        }
        String output = cli("", "--scan", "--pattern", "key:*");
        assertEquals(expected, new TreeSet<>(output.lines().toList()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--bigkeys", "--memkeys"})
    void findsTheLargestKeys(String option) throws Exception {
        pipe(boxcar.port(), manyCommands(500));
        pipe(unproxied.port(), manyCommands(500));
        assertEquals(summary(cli(unproxied.port(), "", option)), summary(cli("", option)));
    }

    /** Without the way there and without the largest string, of which there are several. */
    private static List<String> summary(String output) {
        List<String> summary = output.lines()
                .dropWhile(line -> !line.startsWith("-------- summary"))
                .filter(line -> !line.startsWith("Biggest string"))
                .toList();
        assertTrue(summary.size() > 5, output);
        return summary;
    }

    @Test
    void measuresLatencyAndShowsStatistics() throws Exception {
        String[] latency = cli("", "--latency", "--raw", "-i", "0.3").strip().split(" ");
        assertEquals(4, latency.length, () -> String.join(" ", latency));
        assertTrue(Long.parseLong(latency[3]) > 0, "samples");
        try (Child stat = live("--stat", "-i", "0.1")) {
            stat.awaitLine(line -> line.contains("keys"), TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            stat.awaitLine(
                    line -> line.matches("^0 +.*\\(\\+[1-9]\\d*\\).*"), TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        }
    }

    @Test
    void copiesTheDataAsAReplicaWould(@TempDir Path directory) throws Exception {
        assertEquals("OK\n", cli(redis.port(), "", "CONFIG", "SET", "repl-diskless-sync-delay", "0"));
        pipe(boxcar.port(), manyCommands(100));
        Path copy = directory.resolve("copy.rdb");
        String output = cli("", "--rdb", copy.toString());
        assertTrue(output.contains("Transfer finished with success"), output);
        String rdb = new String(Files.readAllBytes(copy), StandardCharsets.ISO_8859_1);
        assertTrue(rdb.startsWith("REDIS") && rdb.contains("key:99"), () -> rdb.length() + " bytes");
    }
}
