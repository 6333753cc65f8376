package io.boxcar.proxy.config;

/**
 * The admin endpoint. {@link #toString()} does not tell the token.
 *
 * @param listen a TCP address
 * @param token what clients must show; empty = they need none
 * @param openMetrics whether the metrics may be read without a token
 */
public record AdminConfig(Address listen, String token, boolean openMetrics, Tls tls) {

    /**
     * Files in PEM.
     *
     * @param cert the certificate and those up to its root; empty = plain HTTP
     * @param key the private key of the certificate, PKCS #8 without a password
     * @param ca whose certificates clients must show; empty = they need none
     */
    public record Tls(String cert, String key, String ca) {

        static final Tls OFF = new Tls("", "", "");

        public boolean isOn() {
            return !cert.isEmpty();
        }
    }

    public boolean hasToken() {
        return !token.isEmpty();
    }

    /** Whether clients must show who they are, one way or the other. */
    public boolean isProtected() {
        return hasToken() || !tls.ca.isEmpty();
    }

    /** The token as it may be shown: whether there is one. */
    String maskedToken() {
        return hasToken() ? AuthConfig.MASK : "";
    }

    @Override
    public String toString() {
        return "AdminConfig[listen=" + listen + ", token=" + maskedToken() + ", openMetrics=" + openMetrics + ", tls="
                + tls + "]";
    }
}
