package io.boxcar.loadtest;

/**
 * What was measured on one path to an origin, over one window or several.
 *
 * @param originCpuNs CPU time of the origin; -1 if the platform does not tell
 * @param sidecarCpuNs CPU time of the sidecar; 0 on the direct path, -1 if the platform does not tell
 * @param batches departures of the sidecar, 0 if there were none or it does not tell
 * @param batchedRequests requests in these departures
 * @param upstreamConnections connections that the origin had, at the end of the last window
 */
record PathFigures(
        LoadResult load,
        long originCpuNs,
        long sidecarCpuNs,
        double batches,
        double batchedRequests,
        long upstreamConnections) {

    PathFigures plus(PathFigures later) {
        return new PathFigures(
                load.plus(later.load),
                sumIfKnown(originCpuNs, later.originCpuNs),
                sumIfKnown(sidecarCpuNs, later.sidecarCpuNs),
                batches + later.batches,
                batchedRequests + later.batchedRequests,
                later.upstreamConnections);
    }

    boolean knowsCpu() {
        return originCpuNs >= 0 && sidecarCpuNs >= 0 && load.requests() > 0;
    }

    double originCpuUsPerRequest() {
        return originCpuNs / 1e3 / load.requests();
    }

    double sidecarCpuUsPerRequest() {
        return sidecarCpuNs / 1e3 / load.requests();
    }

    double requestsPerBatch() {
        return batchedRequests / batches;
    }

    private static long sumIfKnown(long a, long b) {
        return a < 0 || b < 0 ? -1 : a + b;
    }
}
