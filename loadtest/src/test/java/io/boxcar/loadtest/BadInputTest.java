package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever a client sends, it hears what the Redis itself would say, and nobody else hears anything. */
@ExtendWith(NoLeaks.class)
class BadInputTest {
    private static final long SEED = 20_250_607;
    private static final int RANDOM_CLIENTS = 200;
    private static final long ALLOWED_DIRECT_BYTES = 64L * 1024 * 1024;

    private static RedisOrigin redis;
    private static LocalBoxcar boxcar;
    private static long directBytesBefore;

    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicReference<@Nullable Throwable> harm = new AtomicReference<>();
    private Thread goodClient = new Thread(() -> {});

    @BeforeAll
    static void start() throws IOException {
        directBytesBefore = NoLeaks.directBytes(); // the tests of other classes may have left some for reuse
        redis = RedisOrigin.start();
        boxcar = LocalBoxcar.before(redis, "upstreams.redis.pinned.idle=0").ready();
    }

    @AfterAll
    static void stop() {
        boxcar.close();
        redis.close();
    }

    /** One that behaves, beside all that happens in a test. */
    @BeforeEach
    void startGoodClient() {
        goodClient = Thread.ofVirtual().start(() -> {
            try (Wire wire = boxcar.connect()) {
                for (int i = 0; !over.get(); i++) {
                    assertEquals("+OK\r\n", wire.ask("SET", "good", "value " + i));
                    assertEquals(Wire.bulk("value " + i), wire.ask("GET", "good"));
                }
            } catch (IOException | AssertionError e) {
                harm.set(e);
            }
        });
    }

    @AfterEach
    void nobodyElseWasHarmedAndNothingIsLeft() throws Exception {
        over.set(true);
        goodClient.join();
        assertEquals(null, harm.get(), "the client that behaves");
        Eventually.isTrue("all clients are gone", () -> boxcar.stat("listeners", "clients") == 0);
        try (Wire direct = Wire.open(redis.address())) {
            Eventually.isTrue(
                    "beside this, only shared connections to Redis are left",
                    () -> direct.ask("CLIENT", "LIST")
                                    .lines()
                                    .filter(line -> line.startsWith("id=") && !line.contains(" name=boxcar "))
                                    .count()
                            == 1);
        }
        assertEquals(0, boxcar.stat("upstreams", "poisoned"));
        assertEquals(0, boxcar.stat("upstreams", "disconnects"));
        Eventually.isTrue(
                "memory is given back", () -> NoLeaks.directBytes() < directBytesBefore + ALLOWED_DIRECT_BYTES);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Map<String, byte[]> mistakes() {
        Map<String, byte[]> all = new LinkedHashMap<>();
        for (String text : List.of(
                "*1\r\n$1073741824\r\n",
                "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1073741824\r\n",
                "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870913\r\n",
                "*10000000\r\n",
                "*10000000\r\n$4\r\nPING\r\n",
                "*0\r\n*1\r\n$4\r\nPING\r\n",
                "*-1\r\n*1\r\n$4\r\nPING\r\n",
                "*-5\r\nPING\r\n",
                "*2147483648\r\n",
                "*99999999999999999999999\r\n",
                "*abc\r\n",
                "*\r\n",
                "*+1\r\n",
                "*01\r\n$4\r\nPING\r\n",
                "* 1\r\n$4\r\nPING\r\n",
                "*1\r\n$-1\r\n",
                "*1\r\n$-2147483649\r\n",
                "*1\r\n$abc\r\n",
                "*1\r\n$\r\n",
                "*1\r\n$ 4\r\nPING\r\n",
                "*1\r\n:4\r\n",
                "*1\r\nPING\r\n",
                "*1\r\n\r\n",
                "*1\n$4\nPING\n",
                "*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n",
                "*1\r\n$3\r\nPING\r\n",
                "*1\r\n$0\r\n\r\n",
                "$4\r\nPING\r\n",
                "+PING\r\n",
                "%1\r\n+a\r\n+b\r\n",
                "SET k \"abc\r\n",
                "GET 'abc\r\n",
                "GET \"a\"b\r\n",
                "GET 'a'b\r\n",
                "\"\"\r\nPING\r\n",
                "\r\n\r\n\nPING\r\n",
                "   PING   \r\n",
                "PING\0\r\nPING\r\n",
                "\0\0\0\0\r\nPING\r\n",
                "PING\r\nPING\nPING\r\n*abc\r\n",
                "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n*1\r\n$4\r\nPING\r\n",
                "SELECT 1\r\n*1\r\n$-1\r\n",
                "MULTI\r\nPING\r\n*1\r\n$abc\r\n",
                "BLPOP nothing 0.01\r\n*x\r\n",
                "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n\r\nSET hacked yes\r\n",
                "Host: localhost\r\nSET hacked yes\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n",
                "\u00ff\u00fe\u00fd\r\n",
                "*2\r\n$3\r\nGET\r\n$3\r\nab",
                "*2\r\n$3\r\nGE",
                "PIN",
                "*")) {
            all.put(text.replace("\r", "\\r").replace("\n", "\\n"), ascii(text));
        }
        all.put("inline of 70,000 bytes without an end", ascii("A".repeat(70_000)));
        all.put("inline of 65,530 bytes", ascii("ECHO " + "x".repeat(65_525) + "\r\n"));
        all.put("array header of 70,000 digits", ascii("*" + "1".repeat(70_000)));
        all.put("bulk header of 70,000 digits", ascii("*1\r\n$" + "1".repeat(70_000)));
        return all;
    }

    @Test
    void everyMistakeIsAnsweredAndEndsAsTheRedisItselfDoes() throws Exception {
        Map<String, byte[]> mistakes = mistakes();
        assertSameFate(List.copyOf(mistakes.keySet()), List.copyOf(mistakes.values()));
        try (Wire direct = Wire.open(redis.address())) {
            assertEquals(":0\r\n", direct.ask("EXISTS", "hacked"));
        }
    }

    @Test
    void aBrowserIsCutOffAtTheLineThatGivesItAway() throws Exception {
        try (Wire wire = boxcar.connect()) {
            wire.sendBytes(ascii("GET / HTTP/1.1\r\nHost: localhost\r\nSET hacked yes\r\n\r\n"));
            assertEquals("-ERR wrong number of arguments for 'get' command\r\n", wire.readToEnd());
        }
        try (Wire direct = Wire.open(redis.address())) {
            assertEquals(":0\r\n", direct.ask("EXISTS", "hacked"));
        }
    }

    @Test
    void randomBytesAreAnsweredAndEndAsTheRedisItselfDoes() throws Exception {
        Random random = new Random(SEED);
        List<String> names = new ArrayList<>();
        List<byte[]> inputs = new ArrayList<>();
        for (int i = 0; i < RANDOM_CLIENTS; i++) {
            names.add("seed " + SEED + ", client " + i);
            inputs.add(i % 2 == 0 ? noise(random) : almostRight(random));
        }
        assertSameFate(names, inputs);
    }

    /** Redis closes at the second line and resets what comes behind it, which Boxcar notices while it writes that. */
    @Test
    void whatRedisSaidBeforeItClosedIsPassedOn() throws Exception {
        byte[] input = ascii("nonsense\r\n\"unbalanced\r\n" + "and more\r\n".repeat(100));
        assertSameFate(
                IntStream.range(0, RANDOM_CLIENTS).mapToObj(i -> "client " + i).toList(),
                Collections.nCopies(RANDOM_CLIENTS, input));
    }

    /** Any bytes, with many that mean something. */
    private static byte[] noise(Random random) {
        String meaningful = "*$\r\n\r\n\r\n0123456789-\"' \\";
        byte[] bytes = new byte[1 + random.nextInt(2000)];
        random.nextBytes(bytes);
        for (int i = 0; i < bytes.length; i++) {
            if (random.nextInt(3) > 0) {
                bytes[i] = (byte) meaningful.charAt(random.nextInt(meaningful.length()));
            }
        }
        return bytes;
    }

    /** Good commands with one byte changed, removed or added. */
    private static byte[] almostRight(Random random) {
        ByteArrayOutputStream commands = new ByteArrayOutputStream();
        for (int i = 0; i < 5; i++) {
            commands.writeBytes(Wire.command("SET", "random", "value " + random.nextInt()));
            commands.writeBytes(Wire.command("ECHO", "text"));
        }
        byte[] bytes = commands.toByteArray();
        int at = random.nextInt(bytes.length);
        return switch (random.nextInt(3)) {
            case 0 -> {
                bytes[at] = (byte) random.nextInt(256);
                yield bytes;
            }
            case 1 -> concat(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at + 1, bytes.length));
            default ->
                concat(
                        Arrays.copyOf(bytes, at),
                        new byte[] {(byte) random.nextInt(256)},
                        Arrays.copyOfRange(bytes, at, bytes.length));
        };
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** Sends each input on a connection of its own to the Redis, and to Boxcar, and compares what comes of it. */
    private static void assertSameFate(List<String> names, List<byte[]> inputs) throws Exception {
        List<Wire> wires = new ArrayList<>();
        try {
            List<Wire.Transcript> expected = new ArrayList<>();
            for (byte[] input : inputs) {
                Wire wire = Wire.open(redis.address());
                wires.add(wire);
                expected.add(wire.transcript());
                sendAll(wire, input);
            }
            Eventually.settles(expected); // the Redis has nothing more to say
            List<Wire.Transcript> actual = new ArrayList<>();
            for (byte[] input : inputs) {
                Wire wire = boxcar.connect();
                wires.add(wire);
                actual.add(wire.transcript());
                sendAll(wire, input);
            }
            Eventually.settles(expected, actual);
            assertAll(IntStream.range(0, inputs.size())
                    .mapToObj(i -> () -> assertEquals(
                            expected.get(i).toString(), actual.get(i).toString(), names.get(i))));
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    private static void sendAll(Wire wire, byte[] bytes) throws IOException {
        try {
            wire.sendBytes(bytes);
        } catch (SocketException e) {
            // closed before everything was sent, which is what the transcript will tell
        }
    }

    @Test
    void halfCommandsOfClientsThatLeaveAreForgotten() throws Exception {
        Random random = new Random(SEED);
        for (int i = 0; i < 300; i++) {
            byte[] command = Wire.command("SET", "half", "x".repeat(1 << random.nextInt(20)));
            try (Wire wire = boxcar.connect()) {
                wire.sendBytes(Arrays.copyOf(command, 1 + random.nextInt(command.length - 1)));
            }
        }
        try (Wire direct = Wire.open(redis.address())) {
            assertEquals(":0\r\n", direct.ask("EXISTS", "half"));
        }
    }

    @Test
    void hugeAnnouncementsCostNothing() throws Exception {
        List<Wire> wires = new ArrayList<>();
        long before = NoLeaks.directBytes();
        for (int i = 0; i < 100; i++) {
            Wire wire = boxcar.connect();
            wires.add(wire);
            wire.sendBytes(
                    switch (i % 3) {
                        case 0 -> ascii("*10000000\r\n");
                        case 1 -> ascii("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n");
                        default -> ascii("*2\r\n$536870912\r\n");
                    });
        }
        Eventually.isTrue(
                "the connections that large requests need",
                () -> boxcar.stat("listeners", "pinned_lent") - boxcar.stat("listeners", "pinned_returned") == 66);
        assertTrue(NoLeaks.directBytes() < before + ALLOWED_DIRECT_BYTES);
        for (Wire wire : wires) {
            wire.close();
        }
    }

    @Test
    void clientsThatSendOneByteAtATimeAreAnswered() throws Exception {
        byte[] set = Wire.command("SET", "loris", "slow");
        byte[] inline = ascii("GET loris\r\n");
        List<Wire> wires = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            wires.add(boxcar.connect());
        }
        for (byte[] command : List.of(set, inline)) {
            for (byte next : command) {
                for (Wire wire : wires) {
                    wire.sendBytes(new byte[] {next});
                }
            }
        }
        for (Wire wire : wires) {
            assertEquals("+OK\r\n", wire.reply());
            assertEquals(Wire.bulk("slow"), wire.reply());
            wire.close();
        }
    }

    @Test
    void whoDoesNotFinishARequestIsClosedAndWhoHasFinishedIsNot() throws Exception {
        try (LocalBoxcar strict = LocalBoxcar.before(redis, "listeners.redis.timeout.request-read=1 s")
                        .ready();
                Wire named = strict.connect();
                Wire blank = strict.connect();
                Wire half = strict.connect()) {
            // Each of the two comes in two parts; the first has been read when others have been answered.
            byte[] name = Wire.command("CLIENT", "SETNAME", "me");
            long read = strict.stat("listeners", "client_received_bytes");
            named.sendBytes(Arrays.copyOf(name, 10));
            blank.sendBytes(ascii("\r"));
            Eventually.isTrue(
                    "both parts are read", () -> strict.stat("listeners", "client_received_bytes") == read + 11);
            named.sendBytes(Arrays.copyOfRange(name, 10, name.length));
            blank.sendBytes(ascii("\n"));
            assertEquals("+OK\r\n", named.reply());
            half.sendBytes(ascii("*2\r\n$3\r\nGET\r\n"));
            assertEquals("", half.readToEnd());
            assertEquals("+PONG\r\n", named.ask("PING"));
            assertEquals("+PONG\r\n", blank.ask("PING"));
            assertEquals(1, strict.stat("listeners", "idle_clients_closed"));
        }
    }

    @Test
    void aClientThatEndsItsSideStillGetsTheAnswersFromAConnectionOfItsOwn() throws Exception {
        byte[] commands = concat(
                Wire.command("SELECT", "2"),
                Wire.command("SET", "bye", "1"),
                Wire.command("MULTI"),
                Wire.command("GET", "bye"),
                Wire.command("EXEC"));
        try (Wire direct = Wire.open(redis.address());
                Wire through = boxcar.connect()) {
            String expected = direct.sendBytes(commands).endOutput().readToEnd();
            assertEquals("+OK\r\n+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n$1\r\n1\r\n", expected);
            assertEquals(expected, through.sendBytes(commands).endOutput().readToEnd());
        }
    }

    @Test
    void aBlockedClientThatLeavesTakesNothing() throws Exception {
        try (Wire direct = Wire.open(redis.address())) {
            for (boolean half : new boolean[] {true, false}) {
                try (Wire blocked = boxcar.connect()) {
                    blocked.send("BLPOP", "list-of-blocked", "0");
                    Eventually.isTrue(
                            "it waits", () -> direct.ask("INFO", "clients").contains("blocked_clients:1\r\n"));
                    if (half) {
                        blocked.endOutput();
                        assertEquals("", blocked.readToEnd());
                    }
                }
                Eventually.isTrue(
                        "it waits no more", () -> direct.ask("INFO", "clients").contains("blocked_clients:0\r\n"));
            }
            assertEquals(":1\r\n", direct.ask("RPUSH", "list-of-blocked", "element"));
            assertEquals(":1\r\n", direct.ask("DEL", "list-of-blocked"));
        }
    }

    @Test
    void aClientThatEndsItsSideStillGetsTheAnswersToWhatItSent() throws Exception {
        byte[] commands = concat(Wire.command("SET", "bye", "1"), Wire.command("GET", "bye"), ascii("PING\r\n"));
        try (Wire direct = Wire.open(redis.address());
                Wire through = boxcar.connect()) {
            String expected = direct.sendBytes(commands).endOutput().readToEnd();
            assertEquals("+OK\r\n$1\r\n1\r\n+PONG\r\n", expected);
            assertEquals(expected, through.sendBytes(commands).endOutput().readToEnd());
        }
    }
}
