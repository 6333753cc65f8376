package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.TransportChoice;
import io.boxcar.proxy.transport.Transport;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each kernel interface, over TCP and Unix sockets, with one event loop and with two. */
@ExtendWith(NoLeaks.class)
@Timeout(90)
class TransportsTest {
    private static final int CLIENTS = 200;
    private static final int ROUNDS = 20;

    @TempDir
    private static Path directory;

    private static RedisOrigin onTcp;
    private static RedisOrigin onUnixSocket;

    @BeforeAll
    static void start() throws IOException {
        onTcp = RedisOrigin.start();
        onUnixSocket = RedisOrigin.startOnUnixSocket(directory.resolve("redis.sock"));
    }

    @AfterAll
    static void stop() {
        onTcp.close();
        onUnixSocket.close();
    }

    private static String setting(TransportChoice choice) {
        try {
            Transport.choose(choice);
        } catch (IllegalStateException e) {
            Assumptions.abort("skipped here: " + e.getMessage());
        }
        return "transport=" + choice.name().toLowerCase(Locale.ROOT);
    }

    static Stream<Arguments> transportsAndLoops() {
        return Stream.of(TransportChoice.IO_URING, TransportChoice.EPOLL, TransportChoice.NIO)
                .flatMap(choice -> Stream.of(Arguments.of(choice, 1), Arguments.of(choice, 2)));
    }

    private static long sharedConnections(RedisOrigin redis) throws IOException {
        try (Wire direct = Wire.open(redis.address())) {
            return direct.ask("CLIENT", "LIST")
                    .lines()
                    .filter(line -> line.contains(" name=boxcar "))
                    .count();
        }
    }

    /**
     * The connections of an earlier test may take a moment to go. On a busy machine Redis may have been silent for so long that a
     * spare was opened, which stays.
     */
    private static void assertSharedConnections(long expected, RedisOrigin redis, LocalBoxcar boxcar) {
        long most = boxcar.stat("upstreams", "hold_ups") > 0 ? 2 * expected : expected;
        Eventually.isTrue(expected + " shared connections", () -> {
            long seen = sharedConnections(redis);
            return seen >= expected && seen <= most;
        });
    }

    @ParameterizedTest
    @MethodSource("transportsAndLoops")
    void twoHundredClientsShareOneConnectionAndGetTheirOwnAnswersOverTcp(TransportChoice choice, int loops)
            throws Exception {
        try (LocalBoxcar boxcar =
                LocalBoxcar.before(onTcp, setting(choice), "loops=" + loops).ready()) {
            assertEquals(loops, boxcar.boxcar().loopCount());
            TokenLoad.runAll(boxcar, CLIENTS, ROUNDS);
            assertSharedConnections(1, onTcp, boxcar);
            assertEquals(0, boxcar.stat("listeners", "pinned_lent"));
        }
    }

    @ParameterizedTest
    @MethodSource("transportsAndLoops")
    void twoHundredClientsShareOneConnectionAndGetTheirOwnAnswersOverUnixSockets(TransportChoice choice, int loops)
            throws Exception {
        Path socket = directory.resolve("boxcar.sock");
        try (LocalBoxcar boxcar = LocalBoxcar.start(
                        "unix:" + socket, onUnixSocket.address(), setting(choice), "loops=" + loops)
                .ready()) {
            TokenLoad.runAll(boxcar, CLIENTS, ROUNDS);
            assertSharedConnections(1, onUnixSocket, boxcar);
        }
        assertFalse(Files.exists(socket), "the socket file goes with the sidecar");
    }

    @ParameterizedTest
    @EnumSource(
            value = TransportChoice.class,
            names = {"IO_URING", "EPOLL", "NIO"})
    void twoSharedConnectionsOnTwoLoopsKeepEachClientInOrder(TransportChoice choice) throws Exception {
        try (LocalBoxcar boxcar = LocalBoxcar.before(onTcp, setting(choice), "loops=2", "upstreams.redis.connections=2")
                .ready()) {
            TokenLoad.runAll(boxcar, CLIENTS, ROUNDS);
            assertSharedConnections(2, onTcp, boxcar);
        }
    }

    @ParameterizedTest
    @MethodSource("transportsAndLoops")
    void largeValuesAndConnectionsOfTheirOwnWorkOverTcpAndUnixSockets(TransportChoice choice, int loops)
            throws Exception {
        String value = "v".repeat(3_000_000);
        for (String listen : new String[] {"127.0.0.1:0", "unix:" + directory.resolve("large.sock")}) {
            RedisOrigin redis = listen.startsWith("unix:") ? onUnixSocket : onTcp;
            try (LocalBoxcar boxcar = LocalBoxcar.start(listen, redis.address(), setting(choice), "loops=" + loops)
                            .ready();
                    Wire wire = boxcar.connect()) {
                assertEquals("+OK\r\n", wire.ask("SET", "large", value));
                assertEquals(Wire.bulk(value), wire.ask("GET", "large"));
                assertEquals("+OK\r\n", wire.ask("SELECT", "1"));
                assertEquals("+OK\r\n", wire.ask("SET", "large", value));
                assertEquals(Wire.bulk(value), wire.ask("GET", "large"));
                assertEquals("+OK\r\n", wire.ask("FLUSHALL"));
                assertEquals("+OK\r\n", wire.ask("QUIT"));
                assertEquals("", wire.readToEnd());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("transportsAndLoops")
    void aClientThatEndsItsSideGetsItsAnswersOverTcp(TransportChoice choice, int loops) throws Exception {
        try (LocalBoxcar boxcar =
                LocalBoxcar.before(onTcp, setting(choice), "loops=" + loops).ready()) {
            for (int i = 0; i < 20; i++) {
                try (Wire last = boxcar.connect()) {
                    last.send("SET", "last", "word");
                    last.send("GET", "last");
                    assertEquals("+OK\r\n" + Wire.bulk("word"), last.endOutput().readToEnd());
                }
                try (Wire last = boxcar.connect()) {
                    last.send("SELECT", "1");
                    last.send("GET", "nothing");
                    assertEquals("+OK\r\n$-1\r\n", last.endOutput().readToEnd());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("transportsAndLoops")
    void aClientThatEndsItsSideGetsLargeAnswersOverTcp(TransportChoice choice, int loops) throws Exception {
        Assumptions.assumeTrue(
                choice != TransportChoice.EPOLL,
                "skipped: Netty 4.2 takes a half-closed channel out of epoll and cannot wait until it is writable");
        String value = "v".repeat(8_000_000);
        try (LocalBoxcar boxcar = LocalBoxcar.before(onTcp, setting(choice), "loops=" + loops)
                        .ready();
                Wire direct = Wire.open(onTcp.address())) {
            assertEquals("+OK\r\n", direct.ask("SET", "large", value));
            try (Wire last = boxcar.connect()) {
                last.send("GET", "large");
                assertEquals(Wire.bulk(value), last.endOutput().readToEnd());
            }
        }
    }

    @Test
    void aSocketFileThatNobodyListensOnIsReplacedAndOneInUseIsLeftAlone() throws Exception {
        Path socket = directory.resolve("left-over.sock");
        try (ServerSocketChannel crashed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            crashed.bind(UnixDomainSocketAddress.of(socket));
        }
        assertTrue(Files.exists(socket));
        Address redis = onTcp.address();
        try (LocalBoxcar boxcar = LocalBoxcar.start("unix:" + socket, redis).ready();
                Wire wire = boxcar.connect()) {
            assertEquals("+PONG\r\n", wire.ask("PING"));
            AssertionError refused =
                    assertThrows(AssertionError.class, () -> LocalBoxcar.start("unix:" + socket, redis));
            assertTrue(String.valueOf(refused.getMessage()).contains("another process does"), refused::toString);
            try (Wire next = boxcar.connect()) {
                assertEquals("+PONG\r\n", next.ask("PING"), "the first one still listens where it did");
            }
        }
    }
}
