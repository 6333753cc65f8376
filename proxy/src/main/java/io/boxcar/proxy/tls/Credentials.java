package io.boxcar.proxy.tls;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Who one is: a private key, and its certificate with those that lead from it to the root. Immutable.
 *
 * @param file where the certificate came from
 */
record Credentials(PemFile file, PrivateKey key, List<X509Certificate> chain) {
    Credentials {
        chain = List.copyOf(chain);
    }

    /** Reads both files and makes sure that they belong together. */
    static Credentials read(PemFile cert, PemFile key) throws InvalidTls {
        List<X509Certificate> chain = cert.certificates();
        PrivateKey privateKey = key.privateKey();
        if (!belongTogether(privateKey, chain.getFirst().getPublicKey())) {
            boolean isFurtherDown = chain.stream()
                    .skip(1)
                    .anyMatch(certificate -> belongTogether(privateKey, certificate.getPublicKey()));
            throw isFurtherDown
                    ? cert.invalid(
                            "the certificates are in the wrong order; the one of the private key must come first", null)
                    : key.invalid("this private key is not that of the certificate in " + cert.path(), null);
        }
        return new Credentials(cert, privateKey, chain);
    }

    private static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey) {
        String algorithm = switch (privateKey.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> privateKey.getAlgorithm();
        };
        byte[] sample = {1, 2, 3};
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(privateKey);
            signature.update(sample);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(sample);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // keys of different kinds
        }
    }

    /** When the first certificate of the chain expires, in seconds since 1970. */
    long expirySeconds() {
        long firstMs = chain.stream()
                .mapToLong(certificate -> certificate.getNotAfter().getTime())
                .min()
                .orElseThrow();
        return TimeUnit.MILLISECONDS.toSeconds(firstMs);
    }

    /** A sentence if a certificate has expired or is not valid yet, else null. */
    @Nullable
    String warning(Instant now) {
        for (X509Certificate certificate : chain) {
            String who = file.key() + " = " + file.path() + ": the certificate of "
                    + certificate.getSubjectX500Principal().getName();
            try {
                certificate.checkValidity(Date.from(now));
            } catch (CertificateExpiredException e) {
                return who + " expired on " + certificate.getNotAfter().toInstant() + "; peers will refuse it";
            } catch (CertificateNotYetValidException e) {
                return who + " is valid only from " + certificate.getNotBefore().toInstant()
                        + " on; peers will refuse it until then";
            }
        }
        return null;
    }
}
