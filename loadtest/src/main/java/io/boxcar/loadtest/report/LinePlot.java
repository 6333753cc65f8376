package io.boxcar.loadtest.report;

import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Curves over common axes. Points that have no place on a scale (0 on a logarithmic one, not a number) are left out. */
public record LinePlot(String title, Axis x, Axis y, List<Series> series) implements Plot {
    private static final int MAX_HITS = 100; // points of one curve that tell their value under the mouse
    private static final String[] DASHES = {"none", "7 3", "2 3", "9 3 2 3"};

    public LinePlot {
        series = List.copyOf(series);
    }

    @Override
    public String draw(boolean standAlone) {
        List<Series> drawn = series.stream().map(this::drawable).toList();
        Range rangeX = Range.of(drawn, Series.Point::x, x.scale());
        Range rangeY = Range.of(drawn, Series.Point::y, y.scale());
        Canvas canvas = new Canvas(
                title, series.stream().map(Series::name).toList(), y, rangeY.min(), rangeY.max(), standAlone);
        for (double tick : x.scale().ticks(rangeX.min(), rangeX.max())) {
            double at = placeX(tick, rangeX);
            canvas.line(at, Integer.toString(canvas.top), at, Integer.toString(canvas.bottom), "grid");
            canvas.label(x.scale().label(tick), at, canvas.bottom + 18, "text-anchor", "middle");
        }
        canvas.axisX(x.title());
        for (int i = 0; i < drawn.size(); i++) {
            drawCurve(canvas, drawn.get(i), i, rangeX);
        }
        return canvas.finish();
    }

    private void drawCurve(Canvas canvas, Series curve, int index, Range rangeX) {
        StringBuilder points = new StringBuilder();
        for (Series.Point point : curve.points()) {
            points.append(Markup.number(placeX(point.x(), rangeX)))
                    .append(',')
                    .append(Markup.number(canvas.y(point.y())))
                    .append(' ');
        }
        canvas.svg.empty(
                "polyline",
                "points",
                points.toString().strip(),
                "class",
                "line " + Canvas.series(index),
                "stroke-dasharray",
                DASHES[index % DASHES.length]);
        int stride = Math.max(1, (curve.points().size() + MAX_HITS - 1) / MAX_HITS);
        boolean sparse = curve.points().size() <= 20;
        for (int i = 0; i < curve.points().size(); i += stride) {
            Series.Point point = curve.points().get(i);
            canvas.svg
                    .open(
                            "circle",
                            "cx",
                            Markup.number(placeX(point.x(), rangeX)),
                            "cy",
                            Markup.number(canvas.y(point.y())),
                            "r",
                            sparse ? "3.5" : "5",
                            "class",
                            (sparse ? "" : "hit ") + Canvas.series(index))
                    .element("title", curve.name() + ": " + y.describe(point.y()) + " at " + x.describe(point.x()))
                    .close();
        }
    }

    private double placeX(double value, Range range) {
        Scale scale = x.scale();
        double min = scale.place(range.min());
        double max = scale.place(range.max());
        return Canvas.LEFT + (scale.place(value) - min) / (max - min) * (Canvas.RIGHT - Canvas.LEFT);
    }

    private Series drawable(Series all) {
        List<Series.Point> points = new ArrayList<>();
        for (Series.Point point : all.points()) {
            if (x.scale().hasPlaceFor(point.x()) && y.scale().hasPlaceFor(point.y())) {
                points.add(point);
            }
        }
        return new Series(all.name(), points);
    }

    /** From where to where an axis reaches; never empty. */
    private record Range(double min, double max) {
        static Range of(List<Series> series, ToDoubleFunction<Series.Point> value, Scale scale) {
            DoubleSummaryStatistics seen = series.stream()
                    .flatMap(one -> one.points().stream())
                    .mapToDouble(value)
                    .summaryStatistics();
            double min = seen.getCount() == 0 ? 1 : seen.getMin();
            double max = seen.getCount() == 0 ? 10 : seen.getMax();
            return switch (scale) {
                // From 0, unless that would squeeze all values into the upper third, as it does with a clock.
                case LINEAR -> {
                    double from = min > 0 && min < max * 2 / 3 ? 0 : min;
                    yield max > from ? new Range(from, max) : new Range(Math.min(from, 0), Math.max(max, from + 1));
                }
                case LOG -> max > min ? new Range(min, max) : new Range(min / 2, max * 2);
                case PERCENTILE -> new Range(0, Math.max(max, 90));
            };
        }
    }
}
