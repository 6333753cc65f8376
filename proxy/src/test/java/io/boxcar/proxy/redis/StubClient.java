package io.boxcar.proxy.redis;

import io.boxcar.proxy.core.ClientHandle;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** A client connection that only remembers whether it was closed. */
final class StubClient implements ClientHandle {
    boolean closed;

    @Override
    public void closeFromAnyThread() {
        closed = true;
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        return null;
    }

    @Override
    public int endpoints() {
        return 1;
    }
}
