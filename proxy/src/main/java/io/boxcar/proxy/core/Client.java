package io.boxcar.proxy.core;

import io.netty.channel.ChannelHandler;

/** One accepted connection, whatever its protocol: the last handler of its pipeline. Owned by its event loop. */
public interface Client extends ChannelHandler {
    /** Takes no further request; closes when what is outstanding has been answered. */
    void drain();

    /** Closes at once. */
    void close();

    /** Called about once a second, to close it if it has been idle, or in the middle of something, for too long. */
    void checkTimeouts(long nowNs);
}
