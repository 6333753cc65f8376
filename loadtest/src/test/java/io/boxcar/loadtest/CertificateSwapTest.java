package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that are replaced while they are in use. */
@ExtendWith(NoLeaks.class)
class CertificateSwapTest {
    private static final int PERSISTENT = 160;
    private static final int RECONNECTING = 40;
    private static final int SWAPS = 6;

    @TempDir
    private Path folder;

    @Test
    void twoHundredBusyClientsDoNotNotice() throws Exception {
        Certificates certificates = Certificates.in(folder);
        Certificates.Pair server = certificates.server();
        SSLContext trusting = certificates.trusting();
        Queue<Object> troubles = new ConcurrentLinkedQueue<>();
        AtomicBoolean isOver = new AtomicBoolean();
        AtomicLong answers = new AtomicLong();
        AtomicLong connections = new AtomicLong();
        try (RedisOrigin redis = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(
                                redis, server.ofListener("redis").toArray(String[]::new))
                        .ready()) {
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < PERSISTENT + RECONNECTING; i++) {
                int asked = i < PERSISTENT ? Integer.MAX_VALUE : 5;
                clients.add(Thread.ofVirtual().start(() -> {
                    try {
                        while (!isOver.get()) {
                            connections.incrementAndGet();
                            try (Wire wire = Wire.secure(boxcar.address(), trusting)) {
                                for (int n = 0; n < asked && !isOver.get(); n++) {
                                    assertEquals("+PONG\r\n", wire.ask("PING"));
                                    answers.incrementAndGet();
                                }
                            }
                        }
                    } catch (IOException | AssertionError e) {
                        troubles.add(e);
                    }
                }));
            }
            Eventually.isTrue("all are busy", () -> answers.get() > 2000);
            for (int i = 0; i < SWAPS; i++) {
                BigInteger fresh =
                        certificates.server().bundle().getCertificate().getSerialNumber();
                Eventually.isTrue("it is in use", () -> serial(boxcar, trusting).equals(fresh));
                long before = connections.get();
                Eventually.isTrue("clients have come since", () -> connections.get() > before + RECONNECTING);
            }
            isOver.set(true);
            for (Thread client : clients) {
                client.join();
            }
            assertTrue(troubles.isEmpty(), troubles::toString);
            String metrics = boxcar.boxcar().metrics().scrape();
            assertTrue(metrics.contains("boxcar_tls_files_rejected{listener=\"redis\",} 0.0"), metrics);
        }
    }

    private static BigInteger serial(LocalBoxcar boxcar, SSLContext context) throws IOException {
        try (Wire wire = Wire.secure(boxcar.address(), context)) {
            return ((X509Certificate) wire.tlsSession().getPeerCertificates()[0]).getSerialNumber();
        }
    }

    @Test
    void filesThatCannotBeUsedChangeNothingAndAreTold() throws Exception {
        Certificates certificates = Certificates.in(folder);
        Certificates.Pair server = certificates.server();
        BigInteger old = server.bundle().getCertificate().getSerialNumber();
        try (LogLines log = new LogLines();
                RedisOrigin redis = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(
                                redis, server.ofListener("redis").toArray(String[]::new))
                        .ready()) {
            Files.writeString(server.key(), "no key");
            List<String> problems = boxcar.boxcar().reloadCertificates();
            assertEquals(1, problems.size());
            assertTrue(
                    problems.getFirst().startsWith("boxcar.listeners.redis.tls.key = " + server.key()),
                    problems::toString);
            assertTrue(log.has("listener redis keeps its certificates", "not PEM"), log::toString);
            assertEquals(old, serial(boxcar, certificates.trusting()));
            assertTrue(
                    boxcar.boxcar().metrics().scrape().contains("boxcar_tls_files_rejected{listener=\"redis\",} 1.0"));
            BigInteger fresh = certificates.server().bundle().getCertificate().getSerialNumber();
            assertEquals(List.of(), boxcar.boxcar().reloadCertificates());
            assertEquals(fresh, serial(boxcar, certificates.trusting()));
            String metrics = boxcar.boxcar().metrics().scrape();
            assertTrue(metrics.contains("boxcar_tls_files_rejected{listener=\"redis\",} 0.0"), metrics);
            assertTrue(
                    metrics.contains("boxcar_tls_certificate_expiry_timestamp_seconds{listener=\"redis\",}"), metrics);
        }
    }

    @Test
    void linksThatAreSwappedAreNoticed() throws Exception {
        Certificates certificates = Certificates.in(folder);
        Certificates.Pair first = certificates.issue("first", builder -> builder.addSanIpAddress("127.0.0.1"));
        Certificates.Pair second = certificates.issue("second", builder -> builder.addSanIpAddress("127.0.0.1"));
        // As Kubernetes mounts secrets: name -> ..data/name, ..data -> a folder of this version.
        Path data = folder.resolve("..data");
        version("v1", first);
        version("v2", second);
        Files.createSymbolicLink(data, Path.of("v1"));
        Path cert = Files.createSymbolicLink(folder.resolve("tls.crt"), Path.of("..data/tls.crt"));
        Path key = Files.createSymbolicLink(folder.resolve("tls.key"), Path.of("..data/tls.key"));
        try (RedisOrigin redis = RedisOrigin.start();
                LocalBoxcar boxcar = LocalBoxcar.before(
                                redis, "listeners.redis.tls.cert=" + cert, "listeners.redis.tls.key=" + key)
                        .ready()) {
            SSLContext trusting = certificates.trusting();
            BigInteger before = serial(boxcar, trusting);
            Path next = Files.createSymbolicLink(folder.resolve("..next"), Path.of("v2"));
            Files.move(next, data, StandardCopyOption.ATOMIC_MOVE);
            Eventually.isTrue("it is noticed", () -> !serial(boxcar, trusting).equals(before));
            assertFalse(boxcar.boxcar()
                    .metrics()
                    .scrape()
                    .contains("boxcar_tls_reloads_failed_total{listener=\"redis\",} 1"));
        }
    }

    private void version(String name, Certificates.Pair pair) throws IOException {
        Path version = Files.createDirectory(folder.resolve(name));
        Files.copy(pair.cert(), version.resolve("tls.crt"));
        Files.copy(pair.key(), version.resolve("tls.key"));
    }
}
