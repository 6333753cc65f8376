package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that change the state of their connections at random, and leave in the middle of it: every byte that they are
 * answered through Boxcar is what another Redis answers the same clients directly.
 *
 * <p>Only one client at a time waits for answers, so there is one right answer to everything.
 */
@ExtendWith(NoLeaks.class)
class StatefulConversationsTest {
    private static final int CLIENTS = 6;
    private static final int STEPS = 400;
    private static final int LONGEST_PIPELINE = 6;
    private static final int LARGE = 70_000; // is streamed, with the limit that is set here
    private static final Pattern CONNECTION_NUMBER = Pattern.compile("(\\$2\r\nid\r\n):\\d+");

    private RedisOrigin redis;
    private RedisOrigin unproxied;
    private LocalBoxcar boxcar;

    @BeforeEach
    void start() throws IOException {
        redis = RedisOrigin.start();
        unproxied = RedisOrigin.start();
        for (RedisOrigin origin : List.of(redis, unproxied)) {
            try (Wire wire = Wire.open(origin.address())) {
                assertEquals(
                        "+OK\r\n", wire.ask("ACL", "SETUSER", "reader", "on", ">pass", "~*", "&*", "-@all", "+@read"));
                assertEquals(
                        "+OK\r\n", wire.ask("ACL", "SETUSER", "reader", "+@connection", "+@transaction", "+reset"));
            }
        }
        boxcar = LocalBoxcar.before(redis, "boxcar.defaults.listener.limits.stream-above=64 KiB")
                .ready();
    }

    @AfterEach
    void stop() {
        boxcar.close();
        unproxied.close();
        redis.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void readTheSameThroughBoxcar(long seed) throws IOException {
        converse(seed, true);
    }

    /** Transactions, blocking commands and the like only: again and again the clients have no state of their own. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void readTheSameThroughBoxcarWhenEveryStateEnds(long seed) throws IOException {
        converse(seed, false);
    }

    private void converse(long seed, boolean lastingStates) throws IOException {
        Random random = new Random(seed);
        List<Client> clients = new ArrayList<>();
        try {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(new Client(lastingStates));
            }
            for (int step = 0; step < STEPS; step++) {
                int chosen = random.nextInt(CLIENTS);
                if (random.nextInt(15) == 0) {
                    clients.get(chosen).close();
                    clients.set(chosen, new Client(lastingStates));
                }
                clients.get(chosen).speak(random, "seed " + seed + ", step " + step + ", client " + chosen);
            }
        } finally {
            for (Client client : clients) {
                client.close();
            }
        }
    }

    /** One client, connected twice. */
    private final class Client implements AutoCloseable {
        private final Wire proxied = boxcar.connect();
        private final Wire direct = Wire.open(unproxied.address());
        private final List<String> said = new ArrayList<>();
        private final boolean lastingStates;
        private boolean perhapsInTransaction;

        Client(boolean lastingStates) throws IOException {
            this.lastingStates = lastingStates;
        }

        /** Sends some commands in one go, or in two pieces, and compares the answers one by one. */
        void speak(Random random, String when) throws IOException {
            ByteArrayOutputStream pipeline = new ByteArrayOutputStream();
            int count = 1 + random.nextInt(LONGEST_PIPELINE);
            List<String> commands = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Object[] command = command(random);
                pipeline.writeBytes(Wire.command(command));
                String text = Arrays.toString(command);
                commands.add(text.length() < 100 ? text : text.substring(0, 100) + "...");
            }
            byte[] bytes = pipeline.toByteArray();
            int cut = random.nextInt(3) == 0 ? random.nextInt(bytes.length) : 0;
            for (Wire wire : List.of(proxied, direct)) {
                wire.sendBytes(Arrays.copyOfRange(bytes, 0, cut));
                wire.sendBytes(Arrays.copyOfRange(bytes, cut, bytes.length));
            }
            said.addAll(commands);
            for (String command : commands) {
                String expected = answer(direct);
                String where = when + ": " + command + ", after " + said;
                try {
                    assertEquals(expected, answer(proxied), where);
                } catch (IOException e) {
                    throw new AssertionError(where + " instead of " + expected, e);
                }
            }
        }

        private static String answer(Wire wire) throws IOException {
            return CONNECTION_NUMBER.matcher(wire.reply()).replaceAll("$1:0");
        }

        private Object[] command(Random random) {
            int kind = random.nextInt(lastingStates ? 38 : 29);
            String key = "key" + random.nextInt(4);
            return switch (kind) {
                case 0, 1, 2 -> words("SET", key, random.nextInt(100));
                case 3, 4, 5, 6 -> words("GET", key);
                case 7, 8 -> words("INCR", key);
                case 9 -> words("APPEND", key, "1");
                case 10 -> words("DEL", key);
                case 11, 12, 13 -> {
                    perhapsInTransaction = true;
                    yield words("MULTI");
                }
                case 14, 15, 16 -> {
                    perhapsInTransaction = false;
                    yield words("EXEC");
                }
                case 17 -> {
                    perhapsInTransaction = false;
                    yield words("DISCARD");
                }
                case 18, 19 -> words("WATCH", key, "key0");
                case 20 -> words("UNWATCH");
                case 21 -> words("HSET", "hash", "field", random.nextInt(10));
                case 22 -> words("HGETALL", "hash"); // a map or an array, depending on HELLO
                case 23 -> words("RPUSH", "list", random.nextInt(100));
                case 24 -> words("BLPOP", "list", "other", "0.01");
                case 25 -> words("EVAL", "return redis.call('incrby', KEYS[1], 3)", 1, key);
                case 26 -> words("SET", key, "x".repeat(LARGE));
                case 27 -> words("GET"); // an error, and the end of a transaction
                case 28 -> words("CLIENT", "GETNAME");
                case 29 -> words("SELECT", random.nextInt(3));
                case 30 -> words("SELECT", 99);
                case 31 -> words("CLIENT", "SETNAME", "name" + random.nextInt(3));
                case 32 -> words("HELLO", 2 + random.nextInt(2));
                case 33 -> words("AUTH", random.nextBoolean() ? "reader" : "default", "pass");
                case 34 -> words("AUTH", "reader", "wrong");
                case 35 -> {
                    perhapsInTransaction = false;
                    yield words("RESET");
                }
                // Within a transaction these would be answered more than once by EXEC.
                case 36 -> perhapsInTransaction ? words("PING") : words("SUBSCRIBE", "channel" + random.nextInt(2));
                case 37 -> perhapsInTransaction ? words("PING") : words("UNSUBSCRIBE", "channel" + random.nextInt(2));
                default -> throw new IllegalStateException();
            };
        }

        private static Object[] words(Object... words) {
            return words;
        }

        @Override
        public void close() throws IOException {
            proxied.close();
            direct.close();
        }
    }
}
