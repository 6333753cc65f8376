package io.boxcar.proxy.config;

/**
 * TLS between clients and a listener. Paths of PEM files, empty if there is none.
 *
 * @param cert the certificate of the listener, and those that lead from it to the root
 * @param key its private key
 * @param ca whose client certificates are good
 */
public record ListenerTls(String cert, String key, String ca, ClientAuth clientAuth, TlsVersion minVersion) {
    public static final ListenerTls OFF = new ListenerTls("", "", "", ClientAuth.NONE, TlsVersion.TLS_1_2);

    /** Whether clients speak TLS. */
    public boolean isOn() {
        return !cert.isEmpty();
    }
}
