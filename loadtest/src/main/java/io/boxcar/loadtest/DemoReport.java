package io.boxcar.loadtest;

import java.util.Locale;

/** The demo's figures for one protocol in words: one table, and what it means. Also says so when the sidecar makes things worse. */
record DemoReport(DemoSubject.Words words, int clientConnections, PathFigures direct, PathFigures boxcar) {
    private static final double NOTEWORTHY = 1.05;

    String table() {
        TextTable table = new TextTable();
        table.row(
                "path",
                words.request() + "s/s",
                "p50 ms",
                "p99 ms",
                "requests per batch",
                "upstream connections",
                words.origin() + " CPU us/" + words.shortRequest(),
                "sidecar CPU us/" + words.shortRequest(),
                "sum");
        row(table, "direct", direct, "-", cpu(direct, direct.originCpuUsPerRequest()), "-");
        row(
                table,
                "through Boxcar",
                boxcar,
                boxcar.batches() > 0 ? number("%.1f", boxcar.requestsPerBatch()) : "n/a",
                cpu(boxcar, boxcar.originCpuUsPerRequest()),
                cpu(boxcar, boxcar.sidecarCpuUsPerRequest()));
        return table.format();
    }

    private static void row(
            TextTable table, String path, PathFigures figures, String perBatch, String redisCpu, String sidecarCpu) {
        table.row(
                path,
                number("%,.0f", figures.load().rate()),
                number("%.2f", figures.load().latencyMs(50)),
                number("%.2f", figures.load().latencyMs(99)),
                perBatch,
                number("%,d", figures.upstreamConnections()),
                redisCpu,
                sidecarCpu,
                cpu(figures, figures.originCpuUsPerRequest() + figures.sidecarCpuUsPerRequest()));
    }

    String summary() {
        StringBuilder text = new StringBuilder();
        if (direct.knowsCpu() && boxcar.knowsCpu()) {
            text.append(words.origin())
                    .append(" spent ")
                    .append(factor(direct.originCpuUsPerRequest(), boxcar.originCpuUsPerRequest()))
                    .append(" CPU per ")
                    .append(words.request())
                    .append("; ");
        }
        text.append(number("%,d", clientConnections))
                .append(" client connections became ")
                .append(number("%,d", boxcar.upstreamConnections()))
                .append(".");
        if (direct.knowsCpu() && boxcar.knowsCpu()) {
            text.append("\nTogether, ")
                    .append(words.origin())
                    .append(" and sidecar spent ")
                    .append(factor(
                            direct.originCpuUsPerRequest(),
                            boxcar.originCpuUsPerRequest() + boxcar.sidecarCpuUsPerRequest()))
                    .append(" CPU per ")
                    .append(words.request())
                    .append(" than ")
                    .append(words.origin())
                    .append(" alone");
        } else {
            text.append("\nThis platform does not tell the CPU time of a process");
        }
        text.append("; the median latency was ")
                .append(number(
                        "%.2f ms instead of %.2f ms.",
                        boxcar.load().latencyMs(50), direct.load().latencyMs(50)))
                .append("\n")
                .append(words.origin())
                .append(", sidecar and load generator share ")
                .append(Runtime.getRuntime().availableProcessors())
                .append(" CPUs here, so ")
                .append(words.request())
                .append("s/s compares the paths; it is the limit of neither.");
        return text.toString();
    }

    /** What went wrong on either path; empty if nothing did. */
    String trouble() {
        StringBuilder text = new StringBuilder();
        direct.load()
                .describeTrouble()
                .lines()
                .forEach(line -> text.append("direct: ").append(line).append('\n'));
        boxcar.load()
                .describeTrouble()
                .lines()
                .forEach(line -> text.append("through Boxcar: ").append(line).append('\n'));
        return text.toString();
    }

    private static String factor(double before, double after) {
        if (before >= after * NOTEWORTHY) {
            return number("%.1fx less", before / after);
        }
        if (after >= before * NOTEWORTHY) {
            return number("%.1fx more", after / before);
        }
        return "no less and no more";
    }

    private static String cpu(PathFigures figures, double usPerCommand) {
        return figures.knowsCpu() ? number("%.2f", usPerCommand) : "n/a";
    }

    private static String number(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
