package io.boxcar.proxy.tls;

import org.jspecify.annotations.Nullable;

/** A file that TLS needs cannot be used; the message names the key of the configuration and the file, and says why. */
public final class InvalidTls extends Exception {
    private static final long serialVersionUID = 1;

    InvalidTls(String key, String file, String reason, @Nullable Throwable cause) {
        super(key + " = " + file + ": " + reason, cause);
    }
}
