package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/** A Redis that speaks TLS, behind Boxcar. */
@ExtendWith(NoLeaks.class)
class TlsUpstreamTest {
    @TempDir
    private static Path folder;

    private static Certificates certificates;

    @SuppressWarnings("NullAway.Init")
    private static RedisOrigin redis;

    private static Address secure;
    private static Address mutual;
    private static RedisOrigin mutualRedis;

    @BeforeAll
    static void start() throws Exception {
        certificates = Certificates.in(folder);
        Certificates.Pair server = certificates.server();
        secure = Loopback.port(Loopback.freePort().port());
        redis = redis(server, secure, "no");
        mutual = Loopback.port(Loopback.freePort().port());
        mutualRedis = redis(server, mutual, "yes");
    }

    private static RedisOrigin redis(Certificates.Pair server, Address tls, String authClients) {
        try {
            return RedisOrigin.start(
                    new Children(),
                    Loopback.port(0),
                    List.of(
                            "--tls-port", Integer.toString(((Address.Tcp) tls).port()),
                            "--tls-cert-file", server.cert().toString(),
                            "--tls-key-file", server.key().toString(),
                            "--tls-ca-cert-file", certificates.ca().toString(),
                            "--tls-auth-clients", authClients));
        } catch (IOException e) {
            throw new TestAbortedException("no Redis with TLS is at hand; its tests are skipped", e);
        }
    }

    @AfterAll
    static void stop() {
        if (redis != null) {
            redis.close();
        }
        if (mutualRedis != null) {
            mutualRedis.close();
        }
    }

    private static LocalBoxcar boxcar(Address upstream, String... more) {
        List<String> settings = new ArrayList<>(List.of("upstreams.redis.tls.enabled=true"));
        settings.addAll(List.of(more));
        return LocalBoxcar.before(upstream, settings.toArray(String[]::new));
    }

    private static String ofCa(Certificates of) {
        return "upstreams.redis.tls.ca=" + of.ca();
    }

    @Test
    void itsSharedAndPinnedConnectionsAreEncrypted() throws Exception {
        try (LocalBoxcar boxcar = boxcar(secure, ofCa(certificates)).ready();
                Wire client = boxcar.connect();
                Wire other = boxcar.connect()) {
            assertEquals("+OK\r\n", client.ask("SET", "a", "1"));
            assertEquals("$1\r\n1\r\n", client.ask("GET", "a"));
            client.send("BLPOP", "tls:queue", "0");
            assertEquals(":1\r\n", other.ask("RPUSH", "tls:queue", "x"));
            assertEquals("*2\r\n$9\r\ntls:queue\r\n$1\r\nx\r\n", client.reply());
            assertEquals("+OK\r\n", client.ask("SELECT", "3"));
            assertEquals("$-1\r\n", client.ask("GET", "a"));
            byte[] large = new byte[8 << 20];
            new Random(1).nextBytes(large);
            assertEquals("+OK\r\n", client.ask("SET", "large", large));
            client.send("GET", "large");
            assertArrayEquals(large, client.bulkReply());
        }
    }

    @Test
    void itGetsACertificateIfItAsksForOne() throws Exception {
        Certificates.Pair own = certificates.client("boxcar");
        List<String> settings = new ArrayList<>(own.ofUpstream("redis"));
        settings.add(ofCa(certificates));
        try (LocalBoxcar boxcar =
                        boxcar(mutual, settings.toArray(String[]::new)).ready();
                Wire client = boxcar.connect()) {
            assertEquals("+PONG\r\n", client.ask("PING"));
        }
    }

    @Test
    void itsDemandForACertificateIsToldToClientsAndInReady() throws Exception {
        expectRefusal(boxcar(mutual, ofCa(certificates)), "it demands a client certificate (tls.cert and tls.key)");
    }

    @Test
    void aCertificateOfAStrangerIsRefused() throws Exception {
        Certificates strangers = Certificates.in(Files.createDirectory(folder.resolve("strangers")));
        expectRefusal(boxcar(secure, ofCa(strangers)), "its certificate is not trusted");
        expectRefusal(boxcar(secure), "is not in the trust store of the system");
    }

    @Test
    void aCertificateForAnotherNameIsRefused() throws Exception {
        expectRefusal(
                boxcar(secure, ofCa(certificates), "upstreams.redis.tls.server-name=redis.example"),
                "its certificate is for localhost, 127.0.0.1, not for redis.example");
    }

    @Test
    void anUpstreamWithoutTlsIsRefused() throws Exception {
        expectRefusal(boxcar(redis.address(), ofCa(certificates), "upstreams.redis.timeout.connect=300 ms"), "speak");
    }

    @Test
    void nothingIsVerifiedIfThatIsWanted() throws Exception {
        try (LocalBoxcar boxcar = boxcar(
                                secure,
                                "upstreams.redis.tls.verify=false",
                                "upstreams.redis.tls.server-name=redis.example")
                        .ready();
                Wire client = boxcar.connect()) {
            assertEquals("+PONG\r\n", client.ask("PING"));
        }
    }

    @Test
    void aLostUpstreamIsFoundAgain() throws Exception {
        try (LocalBoxcar boxcar = boxcar(secure, ofCa(certificates)).ready();
                Wire client = boxcar.connect();
                Wire direct = Wire.open(redis.address())) {
            assertEquals("+PONG\r\n", client.ask("PING"));
            direct.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            Eventually.isTrue("it answers again", () -> client.ask("PING").equals("+PONG\r\n"));
        }
    }

    private static void expectRefusal(LocalBoxcar boxcar, String reason) throws IOException {
        try (boxcar;
                Wire client = boxcar.connect()) {
            String answer = client.ask("PING");
            assertTrue(answer.startsWith("-") && answer.contains("unreachable"), answer);
            assertTrue(answer.contains(reason), answer);
            Eventually.isTrue(
                    "it is told: " + boxcar.boxcar().obstacles(),
                    () -> boxcar.boxcar().obstacles().toString().contains(reason));
        }
    }
}
