package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.report.Axis;
import io.boxcar.loadtest.report.BarPlot;
import io.boxcar.loadtest.report.LinePlot;
import io.boxcar.loadtest.report.Page;
import io.boxcar.loadtest.report.Plot;
import io.boxcar.loadtest.report.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** The figures as a page. */
record ComparePage(Comparison.Outcome outcome) {
    private static final int PERCENTILE_TICKS = 5; // points for each halving of the distance to 100 %
    private static final double HIGHEST_PERCENTILE = 99.999;

    Page page() {
        CompareTables tables = new CompareTables(outcome);
        Protocol protocol = outcome.plan().protocol();
        Page page = new Page("Boxcar beside others: " + protocol.title());
        page.list(outcome.conditions().sentences());
        page.heading("At a glance").plots(bars(Measure.SUM_CPU, false), bars(Measure.RATE, false));
        if (!tables.verdicts().isEmpty()) {
            page.heading("Targets")
                    .paragraph("Boxcar's figure divided by the other's: the median of the rounds, and the range.")
                    .table(tables.targets());
        }
        String trouble = trouble();
        if (!trouble.isEmpty()) {
            page.heading("Wrong or missing responses").list(trouble.lines().toList());
        }
        page.heading("Cases").list(meanings());
        for (Case load : outcome.results().cases()) {
            page.subheading(load.name() + ": " + load.title() + atRate(load)).table(tables.figures(load, true));
            if (!tables.limits(load).isEmpty()) {
                page.paragraph(tables.limits(load));
            }
            page.plots(latencies(load), rounds(load));
        }
        page.heading("Boxcar divided by others").table(tables.ratios(true));
        page.heading("Where the CPU time goes")
                .plots(
                        bars(Measure.PROXY_CPU, false),
                        bars(Measure.UPSTREAM_CPU, false),
                        bars(Measure.REQUESTS_PER_PACKET, true),
                        bars(Measure.P99, true),
                        bars(Measure.RESIDENT, false));
        if (!outcome.results().remarks().isEmpty()) {
            page.heading("Remarks").list(outcome.results().remarks());
        }
        page.heading("Configurations");
        for (Map.Entry<String, String> one :
                outcome.conditions().configurations().entrySet()) {
            page.verbatim(one.getKey(), one.getValue());
        }
        return page;
    }

    /** The one picture. */
    Plot summary() {
        return bars(outcome.plan().protocol().headline(), false);
    }

    /** What was not answered rightly, on any path. */
    private String trouble() {
        StringBuilder text = new StringBuilder();
        outcome.results().paths().forEach(path -> text.append(outcome.results().trouble(path)));
        return text.toString();
    }

    private static List<String> meanings() {
        List<String> meanings = new ArrayList<>();
        for (Measure measure : Measure.values()) {
            meanings.add(measure.label() + ": " + measure.meaning());
        }
        meanings.add(
                "system calls: of the proxy and of the server for each request, counted by strace in windows of their own;"
                        + " strace slows both, so batches are not quite the same there; what io_uring does for a process is no system call");
        return meanings;
    }

    private String atRate(Case load) {
        double rate = outcome.results().rate(load);
        return rate == 0 ? "" : String.format(Locale.ROOT, " at %,.0f requests per second", rate);
    }

    private BarPlot bars(Measure measure, boolean log) {
        Results results = outcome.results();
        List<BarPlot.Bar> bars = new ArrayList<>();
        for (Case load : results.cases()) {
            for (String path : results.paths()) {
                Spread spread = results.spread(load, path, measure);
                boolean paced = measure == Measure.RATE && load.open();
                if (spread.isKnown() && !paced && !(measure == Measure.PROXY_CPU && path.equals(Results.DIRECT))) {
                    bars.add(new BarPlot.Bar(load.name(), path, spread.median(), spread.min(), spread.max()));
                }
            }
        }
        String title = measure.meaning().split(":", 2)[0];
        Axis axis = log ? Axis.log(measure.label(), measure.unit()) : Axis.linear(measure.label(), measure.unit());
        return new BarPlot(title.substring(0, 1).toUpperCase(Locale.ROOT) + title.substring(1), axis, bars);
    }

    private LinePlot latencies(Case load) {
        List<Series> curves = new ArrayList<>();
        for (String path : outcome.results().paths()) {
            Histogram latencyNs = outcome.results().latencyNs(load, path);
            List<Series.Point> points = new ArrayList<>();
            if (latencyNs.getTotalCount() > 0) {
                for (HistogramIterationValue value : latencyNs.percentiles(PERCENTILE_TICKS)) {
                    double percentile = value.getPercentileLevelIteratedTo();
                    if (percentile <= HIGHEST_PERCENTILE) {
                        points.add(new Series.Point(percentile, value.getValueIteratedTo() / 1e6));
                    }
                }
            }
            curves.add(new Series(path, points));
        }
        return new LinePlot(
                "Latency at " + load.name(), Axis.percentile("percentile"), Axis.log("latency", "ms"), curves);
    }

    private LinePlot rounds(Case load) {
        List<Series> curves = new ArrayList<>();
        for (String path : outcome.results().paths()) {
            List<Series.Point> points = new ArrayList<>();
            List<Window> windows = outcome.results().windows(load, path);
            for (int round = 0; round < windows.size(); round++) {
                points.add(new Series.Point(round + 1, windows.get(round).sumCpuUs()));
            }
            curves.add(new Series(path, points));
        }
        return new LinePlot(
                "CPU of proxy and server by round, " + load.name(),
                Axis.linear("round", ""),
                Axis.linear("CPU per request", "us"),
                curves);
    }
}
