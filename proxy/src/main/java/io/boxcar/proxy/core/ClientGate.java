package io.boxcar.proxy.core;

import io.netty.channel.Channel;

/** What stands between the clients of a listener and their sockets: nothing, or TLS. Used by all event loops. */
public interface ClientGate {
    /** Lets everyone in. */
    ClientGate OPEN = new ClientGate() {
        @Override
        public void admit(Channel channel) {}

        @Override
        public boolean isOpen() {
            return true;
        }
    };

    /** Puts what it needs into the empty pipeline of an accepted channel. Channel's loop. */
    void admit(Channel channel);

    /** Whether bytes written to an accepted channel reach the client as they are. */
    boolean isOpen();
}
