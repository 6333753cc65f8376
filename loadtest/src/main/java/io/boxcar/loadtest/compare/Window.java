package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.LoadResult;

/**
 * What was read in one window: one path, one case, one round. What the platform does not tell is not a number.
 *
 * @param load requests, errors and latencies
 * @param proxyCpuNs CPU time of the proxy; 0 on the direct path
 * @param upstreamCpuNs CPU time of the server behind it
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
        double packets,
        double batches,
        double batchedRequests,
        double upstreamConnections,
        double residentBytes) {
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

    double requestsPerPacket() {
        return packets == 0 ? Double.NaN : load.requests() / packets;
    }

    double requestsPerBatch() {
        return batches == 0 ? Double.NaN : batchedRequests / batches;
    }

    /** Not a number if the platform does not tell. */
    double generatorBusy() {
        double busy = load.generator().loopBusy();
        return busy < 0 ? Double.NaN : busy;
    }

    double proxyBusy() {
        return proxyCpuNs / 1e9 / load.seconds();
    }
}
