package io.boxcar.loadtest;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** A certificate authority of a test, and what it has issued, as PEM files. */
final class Certificates {
    /** The files of one certificate and its key. */
    record Pair(Path cert, Path key, X509Bundle bundle) {
        /** For a listener of this name. */
        List<String> ofListener(String name) {
            return List.of("listeners." + name + ".tls.cert=" + cert, "listeners." + name + ".tls.key=" + key);
        }

        /** For an upstream of this name. */
        List<String> ofUpstream(String name) {
            return List.of("upstreams." + name + ".tls.cert=" + cert, "upstreams." + name + ".tls.key=" + key);
        }
    }

    private final Path folder;
    private final X509Bundle root;
    private final X509Bundle intermediate;

    private Certificates(Path folder, X509Bundle root, X509Bundle intermediate) {
        this.folder = folder;
        this.root = root;
        this.intermediate = intermediate;
    }

    static Certificates in(Path folder) throws Exception {
        X509Bundle root = new CertificateBuilder()
                .subject("CN=Root of the test")
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildSelfSigned();
        X509Bundle intermediate = new CertificateBuilder()
                .subject("CN=Intermediate of the test")
                .setIsCertificateAuthority(true)
                .ecp256()
                .buildIssuedBy(root);
        Files.writeString(folder.resolve("ca.pem"), root.getCertificatePEM());
        return new Certificates(folder, root, intermediate);
    }

    Path ca() {
        return folder.resolve("ca.pem");
    }

    /** For {@code localhost} and 127.0.0.1. */
    Pair server() throws Exception {
        return issue("server", builder -> builder.addSanDnsName("localhost").addSanIpAddress("127.0.0.1"));
    }

    Pair client(String name) throws Exception {
        return issue(name, builder -> builder);
    }

    Pair issue(String name, UnaryOperator<CertificateBuilder> more) throws Exception {
        Instant now = Instant.now();
        CertificateBuilder builder = new CertificateBuilder()
                .subject("CN=" + name)
                .notBefore(now.minus(Duration.ofDays(2)))
                .notAfter(now.plus(Duration.ofDays(30)))
                .ecp256();
        X509Bundle bundle = more.apply(builder).buildIssuedBy(intermediate);
        Path cert = folder.resolve(name + ".pem");
        Path key = folder.resolve(name + ".key");
        replace(cert, bundle.getCertificatePathPEM());
        replace(key, bundle.getPrivateKeyPEM());
        return new Pair(cert, key, bundle);
    }

    /** Nobody ever sees half a file, but for a moment a certificate with the key of another. */
    private static void replace(Path file, String text) throws IOException {
        Path fresh = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), text);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** A client that trusts this authority and has no certificate. */
    SSLContext trusting() throws Exception {
        return context(null);
    }

    SSLContext trusting(Pair client) throws Exception {
        return context(client);
    }

    /** A client that shows this certificate whomever the server has asked for. */
    SSLContext insisting(Pair client) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[] {new Insisting(client.bundle())}, trust().getTrustManagers(), null);
        return context;
    }

    private static final class Insisting extends X509ExtendedKeyManager {
        private final X509Bundle own;

        Insisting(X509Bundle own) {
            this.own = own;
        }

        @Override
        public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
            return "own";
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return own.getCertificatePath();
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return own.getKeyPair().getPrivate();
        }

        @Override
        public String[] getClientAliases(String keyType, Principal[] issuers) {
            return new String[] {"own"};
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal[] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
            return null;
        }
    }

    TrustManagerFactory trust() {
        return root.toTrustManagerFactory();
    }

    private SSLContext context(@Nullable Pair client) throws GeneralSecurityException {
        KeyManager[] keys = null;
        if (client != null) {
            KeyManagerFactory factory = client.bundle().toKeyManagerFactory();
            keys = factory.getKeyManagers();
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trust().getTrustManagers(), null);
        return context;
    }
}
