package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

final class DemoReportTest {
    private static final DemoSubject.Words REDIS = new DemoSubject.Words("Redis", "command", "cmd");
    private static final String DIRECT_ROW =
            "direct         |    100,000 |   2.50 |   2.50 |                  - |                  500 |             8.00 |                  - |  8.00";

    @Test
    void putsBothPathsIntoOneTable() {
        DemoReport report = new DemoReport(
                REDIS,
                500,
                path(100_000, 0, 800_000_000, 0, 0, 500),
                path(90_000, 0, 90_000_000, 810_000_000, 1_500, 1));
        assertEquals("""
                path           | commands/s | p50 ms | p99 ms | requests per batch | upstream connections | Redis CPU us/cmd | sidecar CPU us/cmd |   sum
                ---------------|------------|--------|--------|--------------------|----------------------|------------------|--------------------|------
                %s
                through Boxcar |     90,000 |   2.50 |   2.50 |               60.0 |                    1 |             1.00 |               9.00 | 10.00
                """.formatted(DIRECT_ROW), report.table());
    }

    @Test
    void saysWhatBecameBetterAndWhatBecameWorse() {
        DemoReport report = new DemoReport(
                REDIS,
                500,
                path(100_000, 0, 800_000_000, 0, 0, 500),
                path(90_000, 0, 90_000_000, 810_000_000, 1_500, 1));
        String summary = report.summary();
        assertTrue(
                summary.startsWith("Redis spent 8.0x less CPU per command; 500 client connections became 1.\n"
                        + "Together, Redis and sidecar spent 1.3x more CPU per command than Redis alone;"),
                summary);
        assertEquals("", report.trouble());
    }

    @Test
    void speaksOfTheProtocolsOriginAndRequests() {
        DemoReport report = new DemoReport(
                new DemoSubject.Words("HTTP origin", "request", "req"),
                500,
                path(100_000, 0, 800_000_000, 0, 0, 500),
                path(90_000, 0, 90_000_000, 810_000_000, 1_500, 4));
        assertTrue(report.table().startsWith("path           | requests/s |"), report.table());
        assertTrue(report.table().contains("| HTTP origin CPU us/req | sidecar CPU us/req |"), report.table());
        assertTrue(report.summary().startsWith("HTTP origin spent 8.0x less CPU per request;"), report.summary());
    }

    @Test
    void doesWithoutCpuTimesWhereThePlatformHasNone() {
        DemoReport report = new DemoReport(REDIS, 500, path(10, 0, -1, 0, 0, 500), path(10, 0, -1, -1, 0, 1));
        assertTrue(report.table().contains("n/a"));
        assertTrue(report.summary().startsWith("500 client connections became 1.\nThis platform does not tell"));
    }

    @Test
    void reportsMispairedResponsesAsTrouble() {
        DemoReport report = new DemoReport(REDIS, 500, path(10, 0, 1, 0, 0, 500), path(10, 3, 1, 1, 0, 1));
        assertEquals("through Boxcar: MISPAIRED: 3 responses belonged to another request\n", report.trouble());
    }

    private static PathFigures path(
            long requests, long mispaired, long originCpuNs, long sidecarCpuNs, double batches, long connections) {
        Histogram latencyNs = new Histogram(3);
        latencyNs.recordValue(2_500_000);
        LoadResult load = new LoadResult(requests, mispaired, Map.of(), 1, latencyNs);
        return new PathFigures(load, originCpuNs, sidecarCpuNs, batches, requests, connections);
    }
}
