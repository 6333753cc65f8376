package io.boxcar.loadtest.origin;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One event loop of an origin and what belongs to it. The counts are written by the event loop only and read by any
 * thread.
 */
final class Worker {
    private final EventLoop loop;
    private final Site site;
    private final ChannelGroup connections; // of all workers
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong requests = new AtomicLong();

    Worker(EventLoop loop, Site site, ChannelGroup connections) {
        this.loop = loop;
        this.site = site;
        this.connections = connections;
    }

    EventLoop loop() {
        return loop;
    }

    Site site() {
        return site;
    }

    void accepted(Channel connection) {
        assert loop.inEventLoop();
        connections.add(connection);
        accepted.setRelease(accepted.getPlain() + 1);
    }

    void countRequest() {
        assert loop.inEventLoop();
        requests.setRelease(requests.getPlain() + 1);
    }

    long acceptedConnections() {
        return accepted.getAcquire();
    }

    long requests() {
        return requests.getAcquire();
    }
}
