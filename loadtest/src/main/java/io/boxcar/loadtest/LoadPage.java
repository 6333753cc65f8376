package io.boxcar.loadtest;

import io.boxcar.loadtest.report.Axis;
import io.boxcar.loadtest.report.LinePlot;
import io.boxcar.loadtest.report.Page;
import io.boxcar.loadtest.report.Series;
import io.boxcar.loadtest.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The result of a load as a page with plots. Stateless. */
final class LoadPage {
    private static final double LAST_PLACE = 99.99999; // 100 % has no place on a logarithmic scale

    private LoadPage() {}

    /** @param batches what a Boxcar on the way told, if one was asked */
    static Page of(LoadReport report, @Nullable BatchSizes batches) {
        LoadResult result = report.result();
        Page page = new Page("boxcar load: " + report.settings().get("target"));
        result.describe().lines().filter(line -> !line.contains(" | ")).forEach(page::paragraph);
        page.plots(byPercentile(result), latencyOverTime(result), rateOverTime(result));
        if (!result.steps().isEmpty()) {
            page.heading("Steps").table(stepTable(result)).plots(latencyByRate(result));
        }
        if (batches != null && !batches.batches().isEmpty()) {
            page.heading("Requests per batch").plots(batchPlot(batches));
        }
        StringBuilder settings = new StringBuilder();
        report.settings()
                .forEach((name, value) ->
                        settings.append(name).append(": ").append(value).append('\n'));
        return page.verbatim("Settings", settings.toString());
    }

    private static LinePlot byPercentile(LoadResult result) {
        List<Series.Point> points = new ArrayList<>();
        for (LatencyCurve.Point point : LatencyCurve.of(result.latencyNs())) {
            points.add(new Series.Point(Math.min(point.percentile(), LAST_PLACE), point.ms()));
        }
        if (points.size() > 1) {
            points.removeLast(); // the maximum, which is in the text
        }
        return new LinePlot(
                "Latency by percentile",
                Axis.percentile("percentile"),
                Axis.log("latency", "ms"),
                List.of(new Series("latency", points)));
    }

    private static LinePlot latencyOverTime(LoadResult result) {
        return new LinePlot(
                "Latency over time",
                Axis.linear("time", "s"),
                Axis.log("latency", "ms"),
                List.of(
                        overTime(result, "p50", TimeSlice::p50Ms),
                        overTime(result, "p99", TimeSlice::p99Ms),
                        overTime(result, "max", TimeSlice::maxMs)));
    }

    private static LinePlot rateOverTime(LoadResult result) {
        return new LinePlot(
                "Rate over time",
                Axis.linear("time", "s"),
                Axis.linear("rate", "/s"),
                List.of(overTime(result, "responses", TimeSlice::rate)));
    }

    private static Series overTime(LoadResult result, String name, ToDoubleFunction<TimeSlice> value) {
        List<Series.Point> points = new ArrayList<>();
        for (TimeSlice slice : result.timeline()) {
            points.add(new Series.Point(slice.startSeconds() + slice.seconds() / 2, value.applyAsDouble(slice)));
        }
        return new Series(name, points);
    }

    private static LinePlot latencyByRate(LoadResult result) {
        List<Series> curves = new ArrayList<>();
        for (double percentile : List.of(50.0, 99.0, 99.9)) {
            List<Series.Point> points = new ArrayList<>();
            result.steps().forEach(step -> points.add(new Series.Point(step.rate(), step.latencyMs(percentile))));
            curves.add(new Series("p" + (percentile == 99.9 ? "99.9" : "" + (int) percentile), points));
        }
        return new LinePlot("Latency against rate", Axis.linear("rate", "/s"), Axis.log("latency", "ms"), curves);
    }

    private static Table stepTable(LoadResult result) {
        Table table = new Table("step", "rate", "p50 ms", "p99 ms", "p99.9 ms");
        for (LoadStep step : result.steps()) {
            table.row(
                    number("%,.0f", step.offered()),
                    number("%,.0f", step.rate()),
                    number("%.3f", step.latencyMs(50)),
                    number("%.3f", step.latencyMs(99)),
                    number("%.3f", step.latencyMs(99.9)));
        }
        return table;
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private static LinePlot batchPlot(BatchSizes batches) {
        List<Series.Point> points = new ArrayList<>();
        for (Map.Entry<Double, Long> size : batches.batches().entrySet()) {
            points.add(new Series.Point(size.getKey(), size.getValue()));
        }
        return new LinePlot(
                "Batches by their size",
                Axis.log("requests per batch", ""),
                Axis.linear("batches", ""),
                List.of(new Series("batches", points)));
    }
}
