package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.CannotServe;
import io.boxcar.proxy.config.ConfigLoader;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;

/** Redis clients that speak TLS to Boxcar. */
@ExtendWith(NoLeaks.class)
class RedissTest {
    private static final int MIB = 1024 * 1024;
    private static final String NOISE = "not TLS at all, but long enough to look at\r\n";

    @TempDir
    private static Path folder;

    private static Certificates certificates;
    private static Certificates.Pair server;
    private static RedisOrigin redis;

    @BeforeAll
    static void start() throws Exception {
        certificates = Certificates.in(folder);
        server = certificates.server();
        redis = RedisOrigin.start();
    }

    @AfterAll
    static void stop() {
        if (redis != null) {
            redis.close();
        }
    }

    private static LocalBoxcar boxcar(String... more) {
        List<String> settings = new ArrayList<>(server.ofListener("redis"));
        settings.addAll(List.of(more));
        return LocalBoxcar.before(redis, settings.toArray(String[]::new)).ready();
    }

    @Test
    void jedisSpeaksRediss() throws Exception {
        try (LocalBoxcar boxcar = boxcar();
                Jedis jedis = new Jedis(
                        new HostAndPort("localhost", boxcar.port()),
                        DefaultJedisClientConfig.builder()
                                .ssl(true)
                                .sslSocketFactory(certificates.trusting().getSocketFactory())
                                .build())) {
            assertEquals("OK", jedis.set("jedis", "secret"));
            assertEquals("secret", jedis.get("jedis"));
            Pipeline pipeline = jedis.pipelined();
            for (int i = 0; i < 1000; i++) {
                pipeline.incr("jedis:count");
            }
            assertEquals(1000L, pipeline.syncAndReturnAll().getLast());
        }
    }

    @Test
    void lettuceSpeaksRediss() {
        try (LocalBoxcar boxcar = boxcar()) {
            RedisClient client = RedisClient.create(RedisURI.builder()
                    .withHost("localhost")
                    .withPort(boxcar.port())
                    .withSsl(true)
                    .build());
            client.setOptions(ClientOptions.builder()
                    .sslOptions(SslOptions.builder()
                            .trustManager(certificates.ca().toFile())
                            .build())
                    .build());
            try (StatefulRedisConnection<String, String> connection = client.connect()) {
                assertEquals("OK", connection.sync().set("lettuce", "secret"));
                assertEquals("secret", connection.sync().get("lettuce"));
                assertEquals("PONG", connection.sync().ping());
            } finally {
                client.shutdown();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void sessionsAreResumed(String version) throws Exception {
        try (LocalBoxcar boxcar = boxcar()) {
            var context = certificates.trusting();
            long createdMs;
            try (Wire first = Wire.secure(boxcar.address(), context, version)) {
                assertEquals("+PONG\r\n", first.ask("PING"));
                createdMs = first.tlsSession().getCreationTime();
                assertEquals(version, first.tlsSession().getProtocol());
            }
            Eventually.isTrue("a moment has passed", () -> System.currentTimeMillis() > createdMs + 1);
            try (Wire second = Wire.secure(boxcar.address(), context, version)) {
                assertEquals("+PONG\r\n", second.ask("PING"));
                assertEquals(createdMs, second.tlsSession().getCreationTime(), "it is the session of before");
            }
        }
    }

    @Test
    void largeValuesAndBlockingCommandsPass() throws Exception {
        byte[] value = new byte[8 * MIB];
        new Random(1).nextBytes(value);
        try (LocalBoxcar boxcar = boxcar();
                Wire client = Wire.secure(boxcar.address(), certificates.trusting());
                Wire other = Wire.secure(boxcar.address(), certificates.trusting())) {
            assertEquals("+OK\r\n", client.ask("SET", "large", value));
            client.send("GET", "large");
            assertArrayEquals(value, client.bulkReply());
            client.send("BLPOP", "queue", "0");
            assertEquals(":1\r\n", other.ask("RPUSH", "queue", "x"));
            assertEquals("*2\r\n$5\r\nqueue\r\n$1\r\nx\r\n", client.reply());
        }
    }

    @Test
    void whoEndsTlsIsLetGo() throws Exception {
        try (LocalBoxcar boxcar = boxcar()) {
            for (String version : List.of("TLSv1.2", "TLSv1.3")) {
                try (Wire client = Wire.secure(boxcar.address(), certificates.trusting(), version)) {
                    assertEquals("+PONG\r\n", client.ask("PING"));
                    client.endOutput();
                    assertEquals("", client.readToEnd());
                }
            }
            Eventually.isTrue("nobody is left", () -> boxcar.stat("listeners", "clients") == 0);
        }
    }

    @Test
    void whoEndsOnlyTheTcpStreamStillGetsItsAnswers() throws Exception {
        byte[] value = new byte[MIB];
        new Random(3).nextBytes(value);
        ByteArrayOutputStream reply = new ByteArrayOutputStream();
        reply.writeBytes(("$" + value.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
        reply.writeBytes(value);
        reply.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        byte[] expected = reply.toByteArray();
        try (LocalBoxcar boxcar = boxcar();
                Wire other = Wire.secure(boxcar.address(), certificates.trusting());
                Socket tcp = new Socket("127.0.0.1", boxcar.port());
                Socket tls = certificates
                        .trusting()
                        .getSocketFactory()
                        .createSocket(tcp, "localhost", boxcar.port(), false)) {
            assertEquals("+OK\r\n", other.ask("SET", "half", value));
            for (int i = 0; i < 8; i++) {
                tls.getOutputStream().write(Wire.command("GET", "half"));
            }
            tcp.shutdownOutput();
            for (int i = 0; i < 8; i++) {
                assertArrayEquals(expected, tls.getInputStream().readNBytes(expected.length), "reply " + i);
            }
            assertEquals(-1, tls.getInputStream().read(), "and then TLS ends");
        }
    }

    @Test
    void aListenerTurnsToTlsWhileItServes() throws Exception {
        try (LocalBoxcar boxcar = LocalBoxcar.before(redis).ready();
                Wire plain = boxcar.connect()) {
            assertEquals("+PONG\r\n", plain.ask("PING"));
            ConfigLoader loader = new ConfigLoader(Set.of("redis")).listener("redis", "127.0.0.1:0=" + redis.address());
            server.ofListener("redis").forEach(loader::set);
            boxcar.boxcar().reload(loader.load());
            assertEquals("+PONG\r\n", plain.ask("PING"), "who is there stays");
            try (Wire secure = Wire.secure(boxcar.address(), certificates.trusting())) {
                assertEquals("+PONG\r\n", secure.ask("PING"));
            }
            loader.set("listeners.redis.tls.key=/no/such.key");
            CannotServe e =
                    assertThrows(CannotServe.class, () -> boxcar.boxcar().reload(loader.load()));
            assertTrue(String.valueOf(e.getMessage()).contains("there is no such file"), e::getMessage);
            try (Wire secure = Wire.secure(boxcar.address(), certificates.trusting())) {
                assertEquals("+PONG\r\n", secure.ask("PING"));
            }
        }
    }

    @Test
    void aSlowReaderIsCutOffAtItsLimit() throws Exception {
        byte[] value = new byte[MIB];
        try (LocalBoxcar boxcar =
                        boxcar("listeners.redis.limits.output=4 MiB", "listeners.redis.limits.output-pause=64 KiB");
                Wire slow = Wire.secure(boxcar.address(), certificates.trusting());
                Wire other = Wire.secure(boxcar.address(), certificates.trusting())) {
            assertEquals("+OK\r\n", other.ask("SET", "slow", value));
            for (int i = 0; i < 200; i++) {
                slow.send("GET", "slow");
            }
            Eventually.isTrue("it is cut off", () -> boxcar.stat("listeners", "slow_clients_closed") == 1);
            Eventually.isTrue("one client is left", () -> boxcar.stat("listeners", "clients") == 1);
            assertEquals("+PONG\r\n", other.ask("PING"));
        }
    }

    @Test
    void aSlowReaderIsNotReadUntilItHasReadAndThenGetsEverything() throws Exception {
        byte[] value = new byte[MIB];
        new Random(2).nextBytes(value);
        try (LocalBoxcar boxcar = boxcar("listeners.redis.limits.output-pause=64 KiB");
                Wire slow = Wire.secure(boxcar.address(), certificates.trusting())) {
            assertEquals("+OK\r\n", slow.ask("SET", "slow", value));
            for (int i = 0; i < 40; i++) {
                slow.send("GET", "slow");
            }
            Eventually.isTrue("reading is paused", () -> boxcar.stat("listeners", "reads_paused") > 0);
            for (int i = 0; i < 40; i++) {
                slow.send("GET", "slow");
            }
            for (int i = 0; i < 80; i++) {
                assertArrayEquals(value, slow.bulkReply(), "reply " + i);
            }
            assertEquals("+PONG\r\n", slow.ask("PING"));
        }
    }

    @Test
    void clientsWithoutACertificateAreTurnedAwayAndTheLogSaysWhy() throws Exception {
        Certificates.Pair client = certificates.client("application");
        try (LogLines log = new LogLines();
                LocalBoxcar boxcar = boxcar(
                        "listeners.redis.tls.ca=" + certificates.ca(), "listeners.redis.tls.client-auth=require");
                Wire known = Wire.secure(boxcar.address(), certificates.trusting(client))) {
            assertEquals("+PONG\r\n", known.ask("PING"));
            assertThrows(IOException.class, () -> {
                try (Wire unknown = Wire.secure(boxcar.address(), certificates.trusting())) {
                    unknown.ask("PING"); // with TLS 1.3 the refusal comes behind the handshake
                }
            });
            Eventually.isTrue("it is told", () -> log.has("listener redis", "client-auth = require"));
            assertTrue(has(
                    boxcar, "boxcar_tls_handshakes_failed_total{listener=\"redis\",reason=\"no_certificate\",} 1.0"));
            assertEquals("+PONG\r\n", known.ask("PING"));
        }
    }

    @Test
    void clientsOfAStrangerAreTurnedAwayAndTheLogSaysWhy() throws Exception {
        Path strangers = Files.createDirectory(folder.resolve("strangers"));
        Certificates.Pair stranger = Certificates.in(strangers).client("stranger");
        try (LogLines log = new LogLines();
                LocalBoxcar boxcar = boxcar(
                        "listeners.redis.tls.ca=" + certificates.ca(), "listeners.redis.tls.client-auth=optional");
                Wire nobody = Wire.secure(boxcar.address(), certificates.trusting())) {
            assertEquals("+PONG\r\n", nobody.ask("PING"));
            assertThrows(IOException.class, () -> {
                try (Wire unknown = Wire.secure(boxcar.address(), certificates.insisting(stranger))) {
                    unknown.ask("PING");
                }
            });
            Eventually.isTrue("it is told: " + log, () -> log.has("listener redis", "Root of the test", "tls.ca"));
            assertTrue(has(boxcar, "boxcar_tls_handshakes_failed_total{listener=\"redis\",reason=\"untrusted\",} 1.0"));
        }
    }

    @Test
    void plainTextOnATlsPortIsExplained() throws Exception {
        try (LogLines log = new LogLines();
                LocalBoxcar boxcar = boxcar();
                Wire plain = boxcar.connect()) {
            plain.sendBytes(NOISE.getBytes(StandardCharsets.US_ASCII));
            plain.readToEnd();
            Eventually.isTrue("it is told: " + log, () -> log.has("listener redis", "does not speak TLS", "rediss://"));
            assertTrue(has(boxcar, "boxcar_tls_handshakes_failed_total{listener=\"redis\",reason=\"not_tls\",} 1.0"));
        }
    }

    @Test
    void clientsThatDoNotTrustTheListenerAreExplained() throws Exception {
        try (LogLines log = new LogLines();
                LocalBoxcar boxcar = boxcar()) {
            assertThrows(
                    IOException.class,
                    () -> Wire.secure(boxcar.address(), SSLContext.getDefault()).close());
            Eventually.isTrue("it is told: " + log, () -> log.has("listener redis", "does not accept the certificate"));
        }
    }

    @Test
    void clientsBeyondTheLimitAreClosedAtOnce() throws Exception {
        try (LocalBoxcar boxcar = boxcar("listeners.redis.limits.clients=1");
                Wire first = Wire.secure(boxcar.address(), certificates.trusting())) {
            assertEquals("+PONG\r\n", first.ask("PING"));
            assertThrows(
                    IOException.class,
                    () -> Wire.secure(boxcar.address(), certificates.trusting()).close());
            assertEquals("+PONG\r\n", first.ask("PING"));
        }
    }

    @Test
    void aDrainDoesNotWaitForHandshakes() throws Exception {
        try (LocalBoxcar boxcar = boxcar();
                Wire silent = boxcar.connect();
                Wire busy = Wire.secure(boxcar.address(), certificates.trusting())) {
            assertEquals("+PONG\r\n", busy.ask("PING"));
            Eventually.isTrue("both are there", () -> boxcar.stat("listeners", "clients") == 2);
            assertEquals(0, boxcar.boxcar().drain(), "nobody is cut off");
            assertEquals("", busy.readToEnd());
            assertEquals("", silent.readToEnd());
        }
    }

    private static boolean has(LocalBoxcar boxcar, String sample) {
        return boxcar.boxcar().metrics().scrape().contains(sample);
    }
}
