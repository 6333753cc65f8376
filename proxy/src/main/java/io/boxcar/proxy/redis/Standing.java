package io.boxcar.proxy.redis;

import org.jspecify.annotations.Nullable;

/**
 * Where an upstream connection stands between two clients that borrow it.
 *
 * @param name empty if it has none
 * @param libName null if not known, empty if it has none; so is {@code libVersion}
 * @param realId what Redis answers to CLIENT ID on it, or {@link #UNKNOWN}
 */
record Standing(
        RedisIdentity identity,
        String name,
        @Nullable String libName,
        @Nullable String libVersion,
        long realId) {
    static final long UNKNOWN = -1;

    /** As Redis accepts it. */
    static final Standing NEW = new Standing(RedisIdentity.BARE, "", "", "", UNKNOWN);

    /** RESET leaves the library's name and version. */
    static final Standing RESET = new Standing(RedisIdentity.BARE, "", null, null, UNKNOWN);

    Standing with(RedisIdentity newIdentity) {
        return new Standing(newIdentity, name, libName, libVersion, realId);
    }

    Standing withName(String newName) {
        return new Standing(identity, newName, libName, libVersion, realId);
    }

    Standing withLibName(String newLibName) {
        return new Standing(identity, name, newLibName, libVersion, realId);
    }

    Standing withLibVersion(String newLibVersion) {
        return new Standing(identity, name, libName, newLibVersion, realId);
    }

    Standing withRealId(long newRealId) {
        return new Standing(identity, name, libName, libVersion, newRealId);
    }
}
