package io.boxcar.proxy.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.metrics.BoxcarMetrics;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.AdminConfig;
import io.boxcar.proxy.log.LogLevels;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The admin endpoint over TLS, with a certificate that is its own CA. */
class AdminTlsTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    static Path dir = Path.of("");

    @SuppressWarnings("NullAway.Init")
    private static KeyStore keys;

    private final BoxcarMetrics metrics = new BoxcarMetrics("1");

    private static final class Silent implements AdminServer.Source {
        @Override
        public boolean live() {
            return true;
        }

        @Override
        public Readiness ready() {
            return new Readiness(true, List.of());
        }

        @Override
        public String effectiveConfig() {
            return "";
        }

        @Override
        public ReloadResult reload() {
            return new ReloadResult.Applied(List.of(), List.of());
        }

        @Override
        public void drain(DrainDirection direction) {}

        @Override
        public void handOver() {}

        @Override
        public void quit() {}
    }

    @BeforeAll
    static void makeCertificate() throws Exception {
        Path store = dir.resolve("store.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "admin",
                        "-dname",
                        "CN=admin",
                        "-ext",
                        "SAN=ip:127.0.0.1",
                        "-ext",
                        "BC=ca:true",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        String.valueOf(PASSWORD))
                .inheritIO()
                .start();
        assertEquals(0, keytool.waitFor());
        keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        Key key = keys.getKey("admin", PASSWORD);
        write("key.pem", "PRIVATE KEY", key.getEncoded());
        write("cert.pem", "CERTIFICATE", keys.getCertificate("admin").getEncoded());
    }

    private static void write(String name, String kind, byte[] der) throws IOException {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Files.writeString(file(name), "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n");
    }

    private static Path file(String name) {
        return dir.resolve(name);
    }

    @AfterEach
    void close() {
        metrics.close();
    }

    private AdminServer start(String key, boolean clientCertificates) throws IOException {
        return AdminServer.start(config(0, key, clientCertificates), metrics, new Silent(), new LogLevels());
    }

    private static AdminConfig config(int port, String key, boolean clientCertificates) {
        AdminConfig.Tls tls = new AdminConfig.Tls(
                file("cert.pem").toString(),
                file(key).toString(),
                clientCertificates ? file("cert.pem").toString() : "");
        return new AdminConfig(new Address.Tcp("127.0.0.1", port), "0123456789abcdef", true, tls);
    }

    @Test
    void anotherBoxcarOfTheSameConfigurationIsLetIn() throws Exception {
        try (AdminServer server = start("key.pem", true)) {
            AdminConfig same = config(server.address().getPort(), "key.pem", true);
            assertEquals(200, AdminClient.post(same, "/hand-over").getResponseCode());
        }
    }

    private static HttpClient client(boolean withCertificate) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        Certificate certificate = keys.getCertificate("admin");
        trusted.setCertificateEntry("admin", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(withCertificate ? own.getKeyManagers() : null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private static int status(AdminServer server, boolean withCertificate) throws Exception {
        try (HttpClient client = client(withCertificate)) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(server.url() + "/live"))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    @Test
    void answersOverTls() throws Exception {
        try (AdminServer server = start("key.pem", false)) {
            assertTrue(server.url().startsWith("https://127.0.0.1:"), server.url());
            assertEquals(200, status(server, false));
        }
    }

    @Test
    void withACaOnlyClientsWithACertificateAreAnswered() throws Exception {
        try (AdminServer server = start("key.pem", true)) {
            assertEquals(200, status(server, true));
            assertThrows(IOException.class, () -> status(server, false));
            assertEquals(200, status(server, true));
        }
    }

    @Test
    void filesThatCannotBeUsedAreNamed() throws Exception {
        IOException missing = assertThrows(IOException.class, () -> start("missing.pem", false));
        assertEquals(
                "boxcar.admin.tls.key = " + file("missing.pem") + ": the file does not exist or cannot be read",
                missing.getMessage());
        IOException wrong = assertThrows(IOException.class, () -> start("cert.pem", false));
        assertTrue(
                String.valueOf(wrong.getMessage()).contains(file("cert.pem") + " cannot be used: "),
                wrong.getMessage());
    }
}
