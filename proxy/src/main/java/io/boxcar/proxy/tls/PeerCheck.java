package io.boxcar.proxy.tls;

import io.boxcar.metrics.TlsFailure;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Decides as the JDK does whether the certificate of a peer is good, and says what is wrong with one that is not. Immutable. */
final class PeerCheck extends X509ExtendedTrustManager {
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    private final X509ExtendedTrustManager judge;

    /** Who is trusted, for messages: {@code boxcar.upstreams.api.tls.ca = /etc/ca.pem}. */
    private final String trusted;

    private PeerCheck(X509ExtendedTrustManager judge, String trusted) {
        this.judge = judge;
        this.trusted = trusted;
    }

    /** Trusts those whose certificates are in the file. */
    static PeerCheck of(PemFile ca) throws InvalidTls {
        try {
            KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
            anchors.load(null, null);
            int number = 0;
            for (X509Certificate certificate : ca.certificates()) {
                anchors.setCertificateEntry(Integer.toString(number++), certificate);
            }
            return new PeerCheck(judge(anchors), ca.key() + " = " + ca.path());
        } catch (GeneralSecurityException | IOException e) {
            throw ca.invalid("cannot be used: " + e.getMessage(), e);
        }
    }

    /** Trusts those whom the system, or rather the JDK, trusts. */
    static PeerCheck ofSystem(String key) throws InvalidTls {
        try {
            return new PeerCheck(judge(null), "the trust store of the system (" + key + " is empty)");
        } catch (GeneralSecurityException e) {
            throw new InvalidTls(key, "", "the trust store of the system cannot be used: " + e.getMessage(), e);
        }
    }

    private static X509ExtendedTrustManager judge(@Nullable KeyStore anchors) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(anchors);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager judge) {
                return judge;
            }
        }
        throw new GeneralSecurityException("the JDK has no judge of X.509 certificates");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return judge.getAcceptedIssuers();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        try {
            judge.checkServerTrusted(chain, authType, engine);
        } catch (CertificateException e) {
            SSLSession session = engine.getHandshakeSession();
            throw explained(chain, e, session == null ? engine.getPeerHost() : session.getPeerHost());
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        try {
            judge.checkClientTrusted(chain, authType, engine);
        } catch (CertificateException e) {
            throw explained(chain, e, null);
        }
    }

    private RefusedCertificate explained(X509Certificate[] chain, CertificateException e, @Nullable String host) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateExpiredException) {
                return new RefusedCertificate(
                        TlsFailure.EXPIRED, "its certificate has expired (" + end(chain) + ")", e);
            }
            if (cause instanceof CertificateNotYetValidException) {
                return new RefusedCertificate(
                        TlsFailure.EXPIRED, "its certificate is not valid yet (" + cause.getMessage() + ")", e);
            }
        }
        String text = String.valueOf(e.getMessage());
        if (host != null && (text.startsWith("No subject alternative") || text.startsWith("No name matching"))) {
            return new RefusedCertificate(
                    TlsFailure.WRONG_NAME,
                    "its certificate is for " + names(chain[0]) + ", not for " + host
                            + " (tls.server-name says which name it must have)",
                    e);
        }
        return new RefusedCertificate(
                TlsFailure.UNTRUSTED,
                "its certificate is not trusted: "
                        + chain[chain.length - 1].getIssuerX500Principal().getName() + ", who issued it, is not in "
                        + trusted,
                e);
    }

    /** When the first of them expires. */
    private static String end(X509Certificate[] chain) {
        return Arrays.stream(chain)
                .map(certificate -> certificate.getNotAfter().toInstant())
                .min(Comparator.naturalOrder())
                .map(Instant::toString)
                .orElse("");
    }

    private static String names(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> alternative : alternatives) {
                    if (alternative.get(0) instanceof Integer kind && (kind == DNS_NAME || kind == IP_ADDRESS)) {
                        names.add(String.valueOf(alternative.get(1)));
                    }
                }
            }
        } catch (CertificateParsingException e) {
            names.add("names that cannot be read");
        }
        return names.isEmpty() ? "no host at all" : String.join(", ", names);
    }

    // ---- for sockets, which Boxcar does not use ----

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        judge.checkServerTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        judge.checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        judge.checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        judge.checkClientTrusted(chain, authType);
    }
}
