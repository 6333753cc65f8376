package io.boxcar.proxy.admin;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import io.boxcar.proxy.config.AdminConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** TLS of the admin server, from PEM files: TLS 1.2 or later, with client certificates if there is a CA for them. */
final class AdminTls extends HttpsConfigurator {
    private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

    private final boolean needsClientCertificate;

    private AdminTls(SSLContext context, boolean needsClientCertificate) {
        super(context);
        this.needsClientCertificate = needsClientCertificate;
    }

    /** @throws IOException that says which file is wrong, and why */
    static AdminTls of(AdminConfig.Tls config) throws IOException {
        File cert = readable("cert", config.cert());
        File key = readable("key", config.key());
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(cert, key)
                    .sslProvider(SslProvider.JDK)
                    .protocols(VERSIONS);
            if (!config.ca().isEmpty()) {
                builder.trustManager(readable("ca", config.ca())).clientAuth(ClientAuth.REQUIRE);
            }
            JdkSslContext context = (JdkSslContext) builder.build();
            return new AdminTls(context.context(), !config.ca().isEmpty());
        } catch (IllegalArgumentException | IOException e) {
            throw new IOException(
                    "boxcar.admin.tls: " + cert + " and " + key
                            + (config.ca().isEmpty() ? "" : " with " + config.ca()) + " cannot be used: "
                            + rootOf(e)
                            + "; PEM files with a certificate chain, its PKCS #8 key without a password, and CA certificates are needed",
                    e);
        }
    }

    /** For a client that has the server's own certificate, shows it, and trusts nothing else. */
    static SSLContext clientContext(AdminConfig.Tls config) throws IOException {
        File cert = readable("cert", config.cert());
        File key = readable("key", config.key());
        try {
            JdkSslContext context = (JdkSslContext) SslContextBuilder.forClient()
                    .sslProvider(SslProvider.JDK)
                    .protocols(VERSIONS)
                    .trustManager(cert)
                    .keyManager(cert, key)
                    .build();
            return context.context();
        } catch (IllegalArgumentException e) {
            throw new IOException("boxcar.admin.tls: " + cert + " and " + key + " cannot be used: " + rootOf(e), e);
        }
    }

    private static String rootOf(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    private static File readable(String key, String name) throws IOException {
        Path path = Path.of(name);
        if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
            throw new IOException(
                    "boxcar.admin.tls." + key + " = " + name + ": the file does not exist or cannot be read");
        }
        return path.toFile();
    }

    @Override
    public void configure(HttpsParameters parameters) {
        SSLParameters tls = getSSLContext().getDefaultSSLParameters();
        tls.setProtocols(VERSIONS);
        tls.setNeedClientAuth(needsClientCertificate);
        parameters.setSSLParameters(tls);
    }
}
