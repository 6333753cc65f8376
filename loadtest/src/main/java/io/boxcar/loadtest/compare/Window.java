package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.LoadResult;

/**
 * What was read in one window: one path, one case, one round. What the platform does not tell is not a number.
 *
 * @param load requests, errors and latencies
 * @param proxyCpuNs CPU time of the proxy; 0 on the direct path
 * @param upstreamCpuNs CPU time of the server behind it
 * @param generatorCpuNs CPU time of the thread that made the load
 * @param sharedCpus CPUs that generator and server share with nobody else; 0 if they were not pinned to any
 * @param packets packets with requests in them that reached the server
 * @param batches departures by Boxcar's own count
 * @param batchedRequests requests in these departures
 * @param upstreamConnections connections to the server that carried a request
 * @param residentBytes memory of the proxy's processes at the end of the window
 */
record Window(
        LoadResult load,
        double proxyCpuNs,
        double upstreamCpuNs,
        double generatorCpuNs,
        int sharedCpus,
        double packets,
        double batches,
        double batchedRequests,
        double upstreamConnections,
        double residentBytes) {
    private static final double FULL = 0.95;

    private double usPerRequest(double ns) {
        return load.requests() == 0 ? Double.NaN : ns / 1e3 / load.requests();
    }

    double proxyCpuUs() {
        return usPerRequest(proxyCpuNs);
    }

    double upstreamCpuUs() {
        return usPerRequest(upstreamCpuNs);
    }

    double sumCpuUs() {
        return proxyCpuUs() + upstreamCpuUs();
    }

    double generatorCpuUs() {
        return usPerRequest(generatorCpuNs);
    }

    double requestsPerPacket() {
        return packets == 0 ? Double.NaN : load.requests() / packets;
    }

    double requestsPerBatch() {
        return batches == 0 ? Double.NaN : batchedRequests / batches;
    }

    double generatorBusy() {
        return generatorCpuNs / 1e9 / load.seconds();
    }

    double proxyBusy() {
        return proxyCpuNs / 1e9 / load.seconds();
    }

    /** Whether more requests could not have been made: the thread had no time left, or its CPUs had not. */
    boolean generatorWasTheLimit(boolean direct) {
        return generatorBusy() >= FULL
                || !direct
                        && sharedCpus > 0
                        && generatorBusy() + upstreamCpuNs / 1e9 / load.seconds() >= FULL * sharedCpus;
    }
}
