package io.boxcar.proxy.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file in PEM, RFC 7468, that a key of the configuration names. Immutable.
 *
 * @param key for messages: {@code boxcar.listeners.cache.tls.cert}
 */
record PemFile(String key, String path) {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final int MAX_BYTES = 4 << 20;

    /** What stands between a BEGIN and its END. */
    private record Block(String label, String body) {
        byte[] bytes() {
            return Base64.getMimeDecoder().decode(body);
        }
    }

    /** The certificates in it, at least one. */
    List<X509Certificate> certificates() throws InvalidTls {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : blocks()) {
            if (block.label.equals("CERTIFICATE") || block.label.equals("TRUSTED CERTIFICATE")) {
                try {
                    certificates.add((X509Certificate) CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(block.bytes())));
                } catch (CertificateException | IllegalArgumentException e) {
                    throw invalid("certificate number " + (certificates.size() + 1) + " in it is damaged", e);
                }
            }
        }
        if (certificates.isEmpty()) {
            throw invalid("there is no certificate in it; a line -----BEGIN CERTIFICATE----- is missing", null);
        }
        return List.copyOf(certificates);
    }

    /** The one private key in it. */
    PrivateKey privateKey() throws InvalidTls {
        for (Block block : blocks()) {
            if (block.label.equals("ENCRYPTED PRIVATE KEY") || block.body.contains("Proc-Type: 4,ENCRYPTED")) {
                throw invalid(
                        "the private key is encrypted, and Boxcar has no passphrase for it; decrypt it into a file that only"
                                + " Boxcar can read: openssl pkey -in " + path + " -out plain.key",
                        null);
            }
            if (block.label.endsWith("PRIVATE KEY")) {
                try {
                    return PrivateKeyBytes.decode(block.label, block.bytes());
                } catch (IllegalArgumentException e) {
                    throw invalid("the private key is damaged, or of a kind that is not supported", e);
                }
            }
        }
        throw invalid("there is no private key in it; a line -----BEGIN PRIVATE KEY----- is missing", null);
    }

    private List<Block> blocks() throws InvalidTls {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text());
        while (matcher.find()) {
            blocks.add(new Block(matcher.group(1), matcher.group(2)));
        }
        if (blocks.isEmpty()) {
            throw invalid(
                    "the file is not PEM; it should be text with lines like -----BEGIN CERTIFICATE-----"
                            + " (convert DER or PKCS#12 with openssl)",
                    null);
        }
        return blocks;
    }

    private String text() throws InvalidTls {
        Path file = Path.of(path);
        try {
            if (Files.isDirectory(file)) {
                throw invalid("is a folder, not a file", null);
            }
            if (Files.size(file) > MAX_BYTES) {
                throw invalid("is too large for a file of certificates", null);
            }
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw invalid("there is no such file", e);
        } catch (AccessDeniedException e) {
            throw invalid(
                    "permission denied; the user " + System.getProperty("user.name") + " must be able to read it", e);
        } catch (IOException e) {
            throw invalid("cannot be read: " + e.getMessage(), e);
        }
    }

    InvalidTls invalid(String reason, @org.jspecify.annotations.Nullable Throwable cause) {
        return new InvalidTls(key, path, reason, cause);
    }
}
