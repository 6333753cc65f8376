package io.boxcar.proxy.tls;

import io.boxcar.proxy.config.ListenerTls;
import io.boxcar.proxy.config.TlsVersion;
import io.boxcar.proxy.config.UpstreamTls;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Turns files and settings into what handshakes are made with. Stateless. */
final class TlsContexts {
    /** The names of RFC 7301 and RFC 9113, the best first. */
    static final List<String> HTTP = List.of("h2", "http/1.1");

    /** What an upstream may be offered: nothing, what it likes best, or just one. */
    private static final List<List<String>> OFFERS = List.of(List.of(), HTTP, List.of("h2"), List.of("http/1.1"));

    private TlsContexts() {}

    /** BoringSSL, or the JDK where it does not load. */
    static SslProvider provider() {
        return OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
    }

    /** For the log. */
    static String providerText() {
        if (OpenSsl.isAvailable()) {
            return "TLS by " + OpenSsl.versionString();
        }
        Throwable cause = OpenSsl.unavailabilityCause();
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return "TLS by the JDK: BoringSSL does not load" + (cause == null ? "" : " (" + cause.getMessage() + ")");
    }

    /** A listener's: its context, and its certificate. */
    record OfListener(SslContext context, Credentials credentials) {}

    /** @param key of the block in the configuration, for messages: {@code boxcar.listeners.cache.tls} */
    static OfListener listener(String key, ListenerTls tls, boolean isHttp) throws InvalidTls {
        Credentials credentials = credentials(key, tls.cert(), tls.key());
        SslContextBuilder builder = server(key, tls, credentials);
        builder.applicationProtocolConfig(alpn(isHttp ? HTTP : List.of()));
        return new OfListener(build(builder, credentials.file()), credentials);
    }

    /** An upstream's: a context for each offer of protocols, and Boxcar's own certificate, if it has one. */
    record OfUpstream(List<SslContext> contexts, @Nullable Credentials credentials) {
        OfUpstream {
            contexts = List.copyOf(contexts);
        }

        /** The one that offers these. */
        SslContext offering(List<String> protocols) {
            int index = OFFERS.indexOf(protocols);
            if (index < 0) {
                throw new IllegalArgumentException("nobody offers " + protocols);
            }
            return contexts.get(index);
        }
    }

    /** @param key of the block in the configuration, for messages: {@code boxcar.upstreams.api.tls} */
    static OfUpstream upstream(String key, UpstreamTls tls) throws InvalidTls {
        Credentials credentials = tls.cert().isEmpty() ? null : credentials(key, tls.cert(), tls.key());
        PeerCheck check = !tls.verify()
                ? null
                : tls.ca().isEmpty()
                        ? PeerCheck.ofSystem(key + ".ca")
                        : PeerCheck.of(new PemFile(key + ".ca", tls.ca()));
        SslContext[] contexts = new SslContext[OFFERS.size()];
        for (int i = 0; i < contexts.length; i++) {
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .sslProvider(provider())
                    .protocols(versions(tls.minVersion()))
                    .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                    .applicationProtocolConfig(alpn(OFFERS.get(i)));
            if (credentials != null) {
                builder.keyManager(credentials.key(), credentials.chain());
            }
            if (check == null) {
                builder.trustManager(InsecureTrustManagerFactory.INSTANCE).endpointIdentificationAlgorithm(null);
            } else {
                builder.trustManager(check).endpointIdentificationAlgorithm("HTTPS");
            }
            contexts[i] = build(builder, credentials == null ? new PemFile(key + ".ca", tls.ca()) : credentials.file());
        }
        return new OfUpstream(List.of(contexts), credentials);
    }

    private static SslContextBuilder server(String key, ListenerTls tls, Credentials credentials) throws InvalidTls {
        SslContextBuilder builder = SslContextBuilder.forServer(credentials.key(), credentials.chain())
                .sslProvider(provider())
                .protocols(versions(tls.minVersion()))
                .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .clientAuth(
                        switch (tls.clientAuth()) {
                            case NONE -> ClientAuth.NONE;
                            case OPTIONAL -> ClientAuth.OPTIONAL;
                            case REQUIRE -> ClientAuth.REQUIRE;
                        });
        if (!tls.ca().isEmpty()) {
            builder.trustManager(PeerCheck.of(new PemFile(key + ".ca", tls.ca())));
        }
        return builder;
    }

    private static Credentials credentials(String key, String cert, String privateKey) throws InvalidTls {
        return Credentials.read(new PemFile(key + ".cert", cert), new PemFile(key + ".key", privateKey));
    }

    private static List<String> versions(TlsVersion min) {
        return switch (min) {
            case TLS_1_2 -> List.of("TLSv1.3", "TLSv1.2");
            case TLS_1_3 -> List.of("TLSv1.3");
        };
    }

    /** Whoever knows none of them is served all the same: HTTP/1.1 is what is meant then. */
    private static ApplicationProtocolConfig alpn(List<String> protocols) {
        return protocols.isEmpty()
                ? ApplicationProtocolConfig.DISABLED
                : new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        protocols);
    }

    private static SslContext build(SslContextBuilder builder, PemFile blamed) throws InvalidTls {
        try {
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw blamed.invalid("cannot be used for TLS: " + e.getMessage(), e);
        }
    }
}
