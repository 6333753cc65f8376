package io.boxcar.proxy.core;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.DuplexChannel;

/** A handler that has something to say behind the last byte, before the output of its channel ends, as TLS has. */
public interface OutputEnd extends ChannelHandler {
    /** Ends the output behind what was written; the input stays open. Channel's loop. */
    void endOutput(DuplexChannel channel);

    /** Ends the output of {@code channel} behind what was written, however its pipeline does that. Channel's loop. */
    static void of(DuplexChannel channel) {
        OutputEnd end = channel.pipeline().get(OutputEnd.class);
        if (end == null) {
            channel.shutdownOutput();
        } else {
            end.endOutput(channel);
        }
    }

    /** Closes the socket at once: no handler may send anything more, or wait for the peer. Channel's loop. */
    static void cutOff(Channel channel) {
        var first = channel.pipeline().firstContext();
        if (first == null) {
            channel.close();
        } else {
            first.close(); // on its way out it meets no handler
        }
    }
}
