package io.boxcar.loadtest;

import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.File;
import java.io.IOException;
import java.util.List;

/**
 * TLS between the load and its target. Paths of PEM files, empty if there is none.
 *
 * @param ca whose certificates are good; empty for those that the JDK trusts
 * @param insecure takes any certificate for good
 * @param cert the client's own certificate
 * @param key its private key
 * @param serverName what to ask for and to look for in the certificate; empty for the host of the target
 */
public record LoadTls(String ca, boolean insecure, String cert, String key, String serverName) {
    private static final String H2 = "h2";

    public LoadTls {
        if (cert.isEmpty() != key.isEmpty()) {
            throw new IllegalArgumentException("--cert and --key need one another");
        }
        if (insecure && !ca.isEmpty()) {
            throw new IllegalArgumentException("--ca would be ignored because of --insecure; give one of them");
        }
    }

    /** @throws IOException when a file cannot be used; says which may be at fault */
    SslContext context(boolean http2) throws IOException {
        try {
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                    .endpointIdentificationAlgorithm(insecure ? null : "HTTPS");
            if (insecure) {
                builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
            } else if (!ca.isEmpty()) {
                builder.trustManager(new File(ca));
            }
            if (!cert.isEmpty()) {
                builder.keyManager(new File(cert), new File(key));
            }
            if (http2) {
                builder.ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                        .applicationProtocolConfig(new ApplicationProtocolConfig(
                                Protocol.ALPN,
                                SelectorFailureBehavior.NO_ADVERTISE,
                                SelectedListenerFailureBehavior.ACCEPT,
                                List.of(H2)));
            }
            return builder.build();
        } catch (IOException | IllegalArgumentException e) {
            String files = String.join(" ", ca, cert, key).strip();
            throw new IOException("TLS cannot be set up with " + files + ": " + firstCause(e), e);
        }
    }

    private static String firstCause(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }
}
