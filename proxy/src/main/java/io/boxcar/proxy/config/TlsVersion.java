package io.boxcar.proxy.config;

/** The oldest version of TLS that is accepted. */
public enum TlsVersion {
    TLS_1_2("1.2"),
    TLS_1_3("1.3");

    private final String text;

    TlsVersion(String text) {
        this.text = text;
    }

    /** As it stands in a configuration: {@code 1.2}. */
    @Override
    public String toString() {
        return text;
    }
}
