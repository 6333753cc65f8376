package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import org.jspecify.annotations.Nullable;

/**
 * What a load is put on.
 *
 * @param tls how TLS is spoken to it; null for not at all
 */
public record LoadTarget(Address address, @Nullable LoadTls tls) {

    /** Without TLS. */
    public static LoadTarget of(Address address) {
        return new LoadTarget(address, null);
    }

    /** The value of a {@code Host} header. */
    String authority() {
        return address instanceof Address.Tcp ? address.toString() : "localhost";
    }

    @Override
    public String toString() {
        return address + (tls == null ? "" : " over TLS");
    }
}
