package io.boxcar.proxy.core;

import io.boxcar.proxy.config.Address;
import org.jspecify.annotations.Nullable;

/**
 * What a response says about where its request should have gone.
 *
 * @param place what the redirection is about
 * @param address where to go; null for {@link Kind#AGAIN}
 */
public record Redirection(Kind kind, int place, @Nullable Address address) {
    /** What to do. */
    public enum Kind {
        /** The place has moved for good. */
        MOVED,
        /** This one request goes there, announced as an exception. */
        ASK,
        /** The same request, a little later. */
        AGAIN
    }
}
