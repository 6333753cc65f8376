package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.io.IOException;

/** One protocol of the demo: its origin, as a process of its own, and load for it. Owned by one thread. */
sealed interface DemoSubject extends AutoCloseable permits RedisSubject, HttpSubject {
    long WARMUP_NS = 500_000_000;
    long RESPONSE_LIMIT_NS = 5_000_000_000L;

    /**
     * What it is called in the report.
     *
     * @param request the singular; an "s" makes it plural
     * @param shortRequest the same for a table
     */
    record Words(String origin, String request, String shortRequest) {}

    Words words();

    Address.Tcp origin();

    /** The origin's process. */
    long pid();

    /** Puts load on {@code target}, which is the origin or the sidecar in front of it. */
    LoadResult load(Address.Tcp target, int connections, long measuredNs, LoadWatcher watcher) throws IOException;

    /** Connections that the origin has at this moment, but for the one that asks. */
    long connections() throws IOException;

    @Override
    void close();
}
