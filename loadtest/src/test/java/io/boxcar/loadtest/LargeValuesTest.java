package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values of any size and content pass unchanged, and large ones do not stand in anybody's way. */
@ExtendWith(NoLeaks.class)
class LargeValuesTest {
    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;
    private static final int LARGEST = 100 * MIB;

    private static RedisOrigin redis;
    private static LocalBoxcar boxcar;

    @BeforeAll
    static void start() throws IOException {
        redis = RedisOrigin.start();
        boxcar = LocalBoxcar.before(redis).ready();
    }

    @AfterAll
    static void stop() {
        boxcar.close();
        redis.close();
    }

    @AfterEach
    void empty() throws IOException {
        try (Wire direct = Wire.open(redis.address())) {
            direct.ask("FLUSHALL");
        }
    }

    /** Every byte value, in every position of a word. */
    private static byte[] value(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        for (int i = 0; i < Math.min(256, length); i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    private static byte[] keyWithLineEnds() {
        ByteArrayOutputStream key = new ByteArrayOutputStream();
        key.writeBytes("key\r\n$3\r\nGET\r\n".getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < 256; i++) {
            key.write(i);
        }
        return key.toByteArray();
    }

    /** Around the sizes at which Boxcar changes its way: copied or not, collected or streamed, shared or on its own. */
    @ParameterizedTest
    @ValueSource(
            ints = {
                0,
                1,
                4 * KIB - 60,
                4 * KIB,
                64 * KIB - 1,
                64 * KIB,
                64 * KIB + 1,
                MIB - 500,
                MIB,
                MIB + 1,
                16 * MIB,
                LARGEST
            })
    void aValueComesBackByteForByte(int length) throws IOException {
        byte[] value = value(length);
        byte[] key = keyWithLineEnds();
        try (Wire wire = boxcar.connect();
                Wire direct = Wire.open(redis.address())) {
            assertEquals("+OK\r\n", wire.ask("SET", key, value));
            assertArrayEquals(value, wire.send("GET", key).bulkReply());
            assertArrayEquals(value, direct.send("GET", key).bulkReply());
            assertEquals(":" + length + "\r\n", wire.ask("STRLEN", key));
        }
    }

    @Test
    void manyValuesOfAllSizesKeepTheirOrderInOnePipeline() throws Exception {
        Random random = new Random(7);
        int count = 200;
        byte[][] values = new byte[count][];
        for (int i = 0; i < count; i++) {
            values[i] = value(1 << random.nextInt(21)); // up to 1 MiB
        }
        try (Wire wire = boxcar.connect()) {
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; i < count; i++) {
                        wire.send("SET", "key:" + i, values[i]);
                        wire.send("GET", "key:" + i);
                    }
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            for (int i = 0; i < count; i++) {
                assertEquals("+OK\r\n", wire.reply());
                assertArrayEquals(values[i], wire.bulkReply(), "value " + i);
            }
            sender.join();
        }
    }

    @Test
    void commandsOfOthersGoOnWhileALargeValueIsWritten() throws IOException {
        byte[] value = value(LARGEST);
        byte[] set = Wire.command("SET", "large", value);
        try (Wire slow = boxcar.connect();
                Wire other = boxcar.connect();
                Wire direct = Wire.open(redis.address())) {
            long own = boxcar.stat("listeners", "pinned_lent");
            int sent = 0;
            while (sent < set.length) {
                int end = Math.min(set.length, sent + 10 * MIB);
                slow.sendBytes(Arrays.copyOfRange(set, sent, end));
                sent = end;
                // The value is unfinished until the last piece; nobody waits for it.
                for (int i = 0; i < 20; i++) {
                    assertEquals("+OK\r\n", other.ask("SET", "small", "at " + sent));
                    assertEquals(Wire.bulk("at " + sent), other.ask("GET", "small"));
                }
            }
            assertEquals("+OK\r\n", slow.reply());
            assertEquals(own + 1, boxcar.stat("listeners", "pinned_lent"));
            assertArrayEquals(value, direct.send("GET", "large").bulkReply());
            assertEquals(Wire.bulk("at " + sent), slow.ask("GET", "small"), "back on the shared connection");
        }
    }

    @Test
    void aClientThatLeavesInTheMiddleOfALargeValueWritesNothingAndTakesItsConnectionAlong() throws IOException {
        byte[] set = Wire.command("SET", "large", value(16 * MIB));
        try (Wire direct = Wire.open(redis.address())) {
            try (Wire leaving = boxcar.connect()) {
                leaving.sendBytes(Arrays.copyOf(set, set.length / 2));
                Eventually.isTrue("half a value has come to Redis", () -> halfValues(direct) == 1);
            }
            Eventually.isTrue("the connection with half a value is gone", () -> halfValues(direct) == 0);
            assertEquals(":0\r\n", direct.ask("EXISTS", "large"));
        }
    }

    /** The connections on which Redis waits for the rest of a large request. The pools keep others, each loop its own. */
    private static long halfValues(Wire direct) throws IOException {
        return direct.ask("CLIENT", "LIST")
                .lines()
                .flatMap(line -> Stream.of(line.split(" ")))
                .filter(field -> field.startsWith("qbuf=") && Long.parseLong(field.substring(5)) > MIB)
                .count();
    }

    @Test
    void whatLargeValuesTookIsGivenBack() throws IOException {
        byte[] value = value(16 * MIB);
        long most = 0;
        try (Wire wire = boxcar.connect()) {
            for (int i = 0; i < 10; i++) {
                assertEquals("+OK\r\n", wire.ask("SET", "key", value));
                assertArrayEquals(value, wire.send("GET", "key").bulkReply());
                most = Math.max(most, NoLeaks.directBytes());
            }
        }
        long allowed = 64L * MIB;
        Eventually.isTrue("direct memory below " + allowed, () -> NoLeaks.directBytes() < allowed);
        assertTrue(most < 256L * MIB, "not more than a few values at a time: " + most);
    }
}
