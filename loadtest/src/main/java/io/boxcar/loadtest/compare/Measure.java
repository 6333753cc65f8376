package io.boxcar.loadtest.compare;

import java.util.function.ToDoubleFunction;

/** A figure of a window. */
enum Measure {
    RATE("rate", "requests per second", "/s", "%,.0f", window -> window.load().rate()),
    P50("p50", "median latency", "ms", "%.3f", window -> window.load().latencyMs(50)),
    P99(
            "p99",
            "99th percentile of latency",
            "ms",
            "%.3f",
            window -> window.load().latencyMs(99)),
    P999(
            "p99.9",
            "99.9th percentile of latency",
            "ms",
            "%.3f",
            window -> window.load().latencyMs(99.9)),
    PROXY_CPU("proxy CPU", "CPU time of the proxy per request", "us", "%.2f", Window::proxyCpuUs),
    UPSTREAM_CPU("server CPU", "CPU time of the server per request", "us", "%.2f", Window::upstreamCpuUs),
    SUM_CPU("sum", "CPU time of proxy and server together per request", "us", "%.2f", Window::sumCpuUs),
    REQUESTS_PER_PACKET(
            "requests per packet",
            "requests for each packet with data that reached the server: the size of the batches, seen from outside",
            "",
            "%.1f",
            Window::requestsPerPacket),
    REQUESTS_PER_BATCH(
            "requests per batch",
            "requests for each departure, by Boxcar's metrics",
            "",
            "%.1f",
            Window::requestsPerBatch),
    UPSTREAM_CONNECTIONS(
            "connections", "connections to the server that carried requests", "", "%,.0f", Window::upstreamConnections),
    RESIDENT("memory", "resident memory of the proxy", "MiB", "%.1f", window -> window.residentBytes() / 1048576),
    PROXY_BUSY("proxy busy", "CPU time of the proxy per second", "CPUs", "%.2f", Window::proxyBusy),
    GENERATOR_BUSY(
            "generator busy",
            "share of the time in which the load generator's thread ran, or waited for a CPU",
            "",
            "%.2f",
            Window::generatorBusy);

    private final String label;
    private final String meaning;
    private final String unit;
    private final String format;
    private final ToDoubleFunction<Window> value;

    Measure(String label, String meaning, String unit, String format, ToDoubleFunction<Window> value) {
        this.label = label;
        this.meaning = meaning;
        this.unit = unit;
        this.format = format;
        this.value = value;
    }

    /** For the head of a column. */
    String label() {
        return label;
    }

    String meaning() {
        return meaning;
    }

    /** May be empty. */
    String unit() {
        return unit;
    }

    /** Of a single value, for {@link String#format}. */
    String format() {
        return format;
    }

    double of(Window window) {
        return value.applyAsDouble(window);
    }
}
