package io.boxcar.proxy.core;

import io.netty.channel.ChannelHandler;

/** One accepted connection, whatever its protocol: the last handler of its pipeline. Owned by its event loop. */
public interface Client extends ChannelHandler {
    /** Takes no further request; closes when what is outstanding has been answered. */
    void drain();

    /**
     * The listener serves this now. From its next request on the client is served by it too; one that has state at its old upstream
     * stays there for as long as it has.
     */
    void moveTo(Service next);

    /** Says with its next response that the connection will end, if the protocol has words for that; goes on serving. */
    void announceEnd();

    /** Closes at once. */
    void close();

    /** Called about once a second, to close it if it has been idle, or in the middle of something, for too long. */
    void checkTimeouts(long nowNs);
}
