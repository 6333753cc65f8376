package io.boxcar.proxy.core;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Why an upstream connection cannot be had, or ended, in words for people. */
public final class ConnectFailure extends IOException {
    private static final long serialVersionUID = 1;

    /** @param reason a clause that follows {@code unreachable:} */
    public ConnectFailure(String reason, @Nullable Throwable cause) {
        super(reason, cause);
    }
}
