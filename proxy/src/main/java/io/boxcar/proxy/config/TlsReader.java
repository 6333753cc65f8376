package io.boxcar.proxy.config;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The blocks {@code tls} of listeners and upstreams. Whether the files are good is for those who open them. */
final class TlsReader {
    private TlsReader() {}

    static ListenerTls listener(Section section) {
        ListenerTls tls = new ListenerTls(
                section.verbatim("tls.cert"),
                section.verbatim("tls.key"),
                section.verbatim("tls.ca"),
                section.oneOf("tls.client-auth", ClientAuth.values()),
                version(section));
        pair(section, tls.cert(), tls.key());
        if (tls.clientAuth() != ClientAuth.NONE && !tls.isOn()) {
            section.problem("tls.client-auth", "needs TLS; set tls.cert and tls.key");
        } else if (tls.clientAuth() != ClientAuth.NONE && tls.ca().isEmpty()) {
            section.problem("tls.client-auth", "needs tls.ca, which says whose client certificates are good");
        } else if (tls.clientAuth() == ClientAuth.NONE && !tls.ca().isEmpty()) {
            section.problem(
                    "tls.ca", "would be ignored: nobody is asked for a certificate; set tls.client-auth = require");
        }
        return tls;
    }

    static UpstreamTls upstream(Section section, List<Address> endpoints) {
        UpstreamTls tls = new UpstreamTls(
                section.yesOrNo("tls.enabled"),
                section.verbatim("tls.ca"),
                section.verbatim("tls.cert"),
                section.verbatim("tls.key"),
                section.verbatim("tls.server-name"),
                section.yesOrNo("tls.verify"),
                version(section));
        pair(section, tls.cert(), tls.key());
        if (!tls.enabled()) {
            for (String key : List.of("tls.ca", "tls.cert", "tls.server-name")) {
                if (!section.verbatim(key).isEmpty()) {
                    section.problem(key, "needs tls.enabled = true; without it nothing is encrypted");
                }
            }
        } else if (!tls.verify() && !tls.ca().isEmpty()) {
            section.problem("tls.ca", "would be ignored, because tls.verify = false");
        } else if (tls.verify()
                && tls.serverName().isEmpty()
                && endpoints.stream().anyMatch(Address.Unix.class::isInstance)) {
            section.problem(
                    "tls.server-name", "is needed: a Unix socket has no host name to look for in a certificate");
        }
        return tls;
    }

    private static void pair(Section section, String cert, String key) {
        if (key.isEmpty() && !cert.isEmpty()) {
            section.problem("tls.cert", "needs tls.key, the file with its private key");
        } else if (cert.isEmpty() && !key.isEmpty()) {
            section.problem("tls.key", "needs tls.cert, the file with its certificate");
        }
    }

    private static TlsVersion version(Section section) {
        String text = section.verbatim("tls.min-version");
        for (TlsVersion version : TlsVersion.values()) {
            if (version.toString().equals(text)) {
                return version;
            }
        }
        section.problem(
                "tls.min-version",
                "is not one of "
                        + Arrays.stream(TlsVersion.values())
                                .map(TlsVersion::toString)
                                .collect(Collectors.joining(", ")));
        return TlsVersion.TLS_1_2;
    }
}
