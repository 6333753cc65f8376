package io.boxcar.proxy.config;

/**
 * TLS between Boxcar and an upstream. Paths of PEM files, empty if there is none.
 *
 * @param ca whose certificates are good; empty = those that the system trusts
 * @param cert Boxcar's own certificate, for upstreams that ask for one, and those that lead from it to the root
 * @param key its private key
 * @param serverName the name that the upstream must prove; empty = the host of each endpoint
 * @param verify whether certificate and name are looked at
 */
public record UpstreamTls(
        boolean enabled, String ca, String cert, String key, String serverName, boolean verify, TlsVersion minVersion) {
    public static final UpstreamTls OFF = new UpstreamTls(false, "", "", "", "", true, TlsVersion.TLS_1_2);
}
