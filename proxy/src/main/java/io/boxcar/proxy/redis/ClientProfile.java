package io.boxcar.proxy.redis;

import io.boxcar.proxy.core.ClientHandle;

/**
 * What a client is, whichever upstream serves it. Owned by the client's event loop.
 *
 * @param initial what it was when it came, by the configuration
 * @param identity what it has become since
 * @param directory the clients of its upstream, of which {@code self} is one
 */
record ClientProfile(
        RedisIdentity initial,
        RedisIdentity identity,
        ClientName name,
        ClientDirectory directory,
        ClientDirectory.Entry self) {

    static ClientProfile first(RedisIdentity initial, ClientDirectory directory, ClientHandle handle) {
        return new ClientProfile(initial, initial, new ClientName(), directory, directory.add(handle));
    }

    ClientProfile withIdentity(RedisIdentity current) {
        return new ClientProfile(initial, current, name, directory, self);
    }

    /**
     * The same client at another upstream, where clients begin differently. Among the same clients it keeps its number. What it has
     * not said of itself, such as a password, it takes from there.
     */
    ClientProfile movedTo(RedisIdentity nextInitial, ClientDirectory next, ClientHandle handle) {
        RedisIdentity credentials = identity.hasCredentialsOf(initial) ? nextInitial : identity;
        RedisIdentity there =
                nextInitial.withDb(identity.db()).withResp(identity.resp()).withCredentialsOf(credentials);
        if (next == directory) {
            return new ClientProfile(nextInitial, there, name, directory, self);
        }
        directory.remove(self);
        return new ClientProfile(nextInitial, there, name, next, next.add(handle));
    }
}
