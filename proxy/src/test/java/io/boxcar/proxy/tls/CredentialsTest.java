package io.boxcar.proxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CredentialsTest {
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

    @TempDir
    Path folder = Path.of("");

    private PemFile file(String key, String text) throws IOException {
        return new PemFile(
                "tls." + key, Files.writeString(folder.resolve(key), text).toString());
    }

    private static CertificateBuilder builder() {
        return new CertificateBuilder()
                .subject("CN=test")
                .notBefore(NOW.minusSeconds(100))
                .notAfter(NOW.plusSeconds(100));
    }

    private static void expectProblem(String wanted, Executable reading) {
        InvalidTls e = assertThrows(InvalidTls.class, reading);
        assertTrue(String.valueOf(e.getMessage()).contains(wanted), e::getMessage);
    }

    @ParameterizedTest
    @EnumSource(names = {"ecp256", "ecp384", "rsa2048", "ed25519"})
    void readsAChainAndItsKey(CertificateBuilder.Algorithm algorithm) throws Exception {
        X509Bundle root = builder().setIsCertificateAuthority(true).buildSelfSigned();
        X509Bundle own =
                builder().algorithm(algorithm).notAfter(NOW.plusSeconds(50)).buildIssuedBy(root);
        Credentials read = Credentials.read(
                file("cert", "some words before\n" + own.getCertificatePEM() + root.getCertificatePEM()),
                file("key", own.getPrivateKeyPEM()));
        assertEquals(own.getKeyPair().getPrivate(), read.key());
        assertEquals(2, read.chain().size());
        assertEquals(NOW.plusSeconds(50).getEpochSecond(), read.expirySeconds());
        assertNull(read.warning(NOW));
        assertNotNull(read.warning(NOW.plusSeconds(51)));
        assertNotNull(read.warning(NOW.minusSeconds(101)));
    }

    /** As {@code openssl genrsa -traditional} and {@code openssl ecparam -genkey} write them: what PKCS#8 has in its octet string. */
    @ParameterizedTest
    @CsvSource({"rsa2048, RSA PRIVATE KEY", "ecp256, EC PRIVATE KEY"})
    void readsTheOlderEncodings(CertificateBuilder.Algorithm algorithm, String label) throws Exception {
        X509Bundle own =
                builder().algorithm(algorithm).setIsCertificateAuthority(true).buildSelfSigned();
        byte[] pkcs8 = own.getKeyPair().getPrivate().getEncoded();
        byte[] inner = algorithm == CertificateBuilder.Algorithm.rsa2048
                ? Arrays.copyOfRange(pkcs8, 26, pkcs8.length)
                : sec1(pkcs8);
        String pem = "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(inner) + "\n-----END "
                + label + "-----\n";
        Credentials read = Credentials.read(file("cert", own.getCertificatePEM()), file("key", pem));
        assertEquals(own.getKeyPair().getPrivate().getAlgorithm(), read.key().getAlgorithm());
    }

    /** With the curve inside, which PKCS#8 has outside. */
    private static byte[] sec1(byte[] pkcs8) {
        byte[] curve = {(byte) 0xA0, 0x0A, 0x06, 0x08, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x03, 0x01, 0x07};
        byte[] secret = Arrays.copyOfRange(pkcs8, 33, 33 + 34); // OCTET STRING of 32 bytes
        byte[] all = new byte[2 + 3 + secret.length + curve.length];
        all[0] = 0x30;
        all[1] = (byte) (all.length - 2);
        all[2] = 0x02;
        all[3] = 0x01;
        all[4] = 0x01;
        System.arraycopy(secret, 0, all, 5, secret.length);
        System.arraycopy(curve, 0, all, 5 + secret.length, curve.length);
        return all;
    }

    @Test
    void saysWhatIsWrongWithAFile() throws Exception {
        X509Bundle own = builder().setIsCertificateAuthority(true).buildSelfSigned();
        PemFile cert = file("cert", own.getCertificatePEM());
        PemFile key = file("key", own.getPrivateKeyPEM());
        expectProblem(
                "tls.cert = /no/such.pem: there is no such file",
                () -> Credentials.read(new PemFile("tls.cert", "/no/such.pem"), key));
        expectProblem("is a folder", () -> Credentials.read(new PemFile("tls.cert", folder.toString()), key));
        expectProblem("not PEM", () -> Credentials.read(file("other", "0\u0082\u0001"), key));
        expectProblem("no certificate in it", () -> Credentials.read(key, key));
        expectProblem("no private key in it", () -> Credentials.read(cert, cert));
        expectProblem(
                "certificate number 1 in it is damaged",
                () -> Credentials.read(
                        file("other", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), key));
        expectProblem(
                "the private key is damaged",
                () -> Credentials.read(
                        cert, file("other", "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n")));
        expectProblem(
                "is encrypted, and Boxcar has no passphrase for it",
                () -> Credentials.read(
                        cert,
                        file(
                                "other",
                                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")));
    }

    @Test
    void aKeyOfAnotherCertificateIsRefused() throws Exception {
        X509Bundle root = builder().setIsCertificateAuthority(true).buildSelfSigned();
        X509Bundle own = builder().buildIssuedBy(root);
        X509Bundle stranger =
                builder().rsa2048().setIsCertificateAuthority(true).buildSelfSigned();
        PemFile cert = file("cert", own.getCertificatePEM() + root.getCertificatePEM());
        expectProblem(
                "this private key is not that of the certificate in " + cert.path(),
                () -> Credentials.read(cert, file("key", stranger.getPrivateKeyPEM())));
        expectProblem(
                "in the wrong order",
                () -> Credentials.read(
                        file("turned", root.getCertificatePEM() + own.getCertificatePEM()),
                        file("key", own.getPrivateKeyPEM())));
    }

    @Test
    void filesThatChangeAreNoticed() throws Exception {
        Path file = Files.writeString(folder.resolve("watched"), "one", StandardCharsets.US_ASCII);
        WatchedFiles watched = new WatchedFiles(List.of(file.toString(), ""));
        assertFalse(watched.haveChanged());
        Files.writeString(file, "three", StandardCharsets.US_ASCII);
        assertTrue(watched.haveChanged());
        assertFalse(watched.haveChanged());
        Files.delete(file);
        assertTrue(watched.haveChanged());
    }
}
