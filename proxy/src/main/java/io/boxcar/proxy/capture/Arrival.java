package io.boxcar.proxy.capture;

import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.core.Listener;
import io.boxcar.proxy.core.LoopContext;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A captured connection that has been accepted.
 *
 * @param peer where it comes from; null if it has gone already
 * @param destination where it was meant for
 * @param number how many clients the listener had before
 */
record Arrival(
        Listener listener,
        Channel channel,
        LoopContext context,
        ListenerMetrics metrics,
        @Nullable InetSocketAddress peer,
        InetSocketAddress destination,
        long number) {}
