package io.boxcar.loadtest.report;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Bars in groups, one colour for each series, with whiskers from the least to the greatest of several rounds. */
public record BarPlot(String title, Axis y, List<Bar> bars) implements Plot {

    /**
     * One bar.
     *
     * @param group bars of one group stand together
     * @param series bars of one series have one colour
     * @param min with {@code max} the spread; both equal to {@code value} when there is none
     */
    public record Bar(String group, String series, double value, double min, double max) {}

    public BarPlot {
        bars = bars.stream().filter(bar -> Double.isFinite(bar.value())).toList();
    }

    @Override
    public String draw(boolean standAlone) {
        Set<String> groupNames = new LinkedHashSet<>();
        Set<String> seriesNames = new LinkedHashSet<>();
        double max = 0;
        double min = Double.MAX_VALUE;
        for (Bar bar : bars) {
            groupNames.add(bar.group());
            seriesNames.add(bar.series());
            max = Math.max(max, Math.max(bar.max(), bar.value()));
            min = bar.value() > 0 ? Math.min(min, bar.value()) : min;
        }
        boolean log = y.scale() == Scale.LOG;
        double base = log ? Math.min(min, max) / 2 : 0;
        double roof = max > base ? max * 1.08 : base + 1;
        List<String> groups = List.copyOf(groupNames);
        List<String> series = List.copyOf(seriesNames);
        Canvas canvas = new Canvas(title, series, y, log && base <= 0 ? 0.1 : base, roof, standAlone);
        double groupWidth = (Canvas.RIGHT - Canvas.LEFT) / (double) Math.max(1, groups.size());
        double barWidth = groupWidth * 0.8 / Math.max(1, series.size());
        for (Bar bar : bars) {
            if (bar.value() > base || !log) {
                double x = Canvas.LEFT
                        + groups.indexOf(bar.group()) * groupWidth
                        + groupWidth * 0.1
                        + series.indexOf(bar.series()) * barWidth;
                draw(canvas, bar, series.indexOf(bar.series()), x, barWidth, log ? base : 0);
            }
        }
        for (int i = 0; i < groups.size(); i++) {
            canvas.label(
                    groups.get(i), Canvas.LEFT + (i + 0.5) * groupWidth, canvas.bottom + 18, "text-anchor", "middle");
        }
        canvas.axisX("");
        return canvas.finish();
    }

    private void draw(Canvas canvas, Bar bar, int index, double x, double width, double base) {
        double top = canvas.y(bar.value());
        String spread =
                bar.max() > bar.min() ? " (" + y.describe(bar.min()) + " to " + y.describe(bar.max()) + ")" : "";
        canvas.svg
                .open(
                        "rect",
                        "x",
                        Markup.number(x + width * 0.06),
                        "y",
                        Markup.number(top),
                        "width",
                        Markup.number(width * 0.88),
                        "height",
                        Markup.number(Math.max(0, canvas.bottom - top)),
                        "class",
                        Canvas.series(index))
                .element("title", bar.group() + ", " + bar.series() + ": " + y.describe(bar.value()) + spread)
                .close();
        if (bar.max() > bar.min()) {
            String from = Markup.number(canvas.y(Math.max(bar.min(), base)));
            String to = Markup.number(canvas.y(bar.max()));
            double middle = x + width / 2;
            canvas.line(middle, from, middle, to, "whisker");
            canvas.line(middle - 3, from, middle + 3, from, "whisker");
            canvas.line(middle - 3, to, middle + 3, to, "whisker");
        }
    }
}
