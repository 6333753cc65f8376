package io.boxcar.loadtest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Latency by percentile, for a plot whose steps are 90, 99, 99.9 and so on. Stateless. */
public final class LatencyCurve {
    private static final int POINTS = 60;
    private static final double MAX_NINES = 7;

    /** {@code percentile} percent of the requests stayed within {@code ms}. */
    public record Point(double percentile, double ms) {
        Map<String, Object> tree() {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("percentile", percentile);
            tree.put("ms", Rounded.to(ms, 4));
            return tree;
        }
    }

    private LatencyCurve() {}

    /**
     * From the fastest request to the slowest, 60 points at equal distances in the logarithm of what is left to 100 %; none
     * without a request.
     */
    public static List<Point> of(Histogram latencyNs) {
        List<Point> points = new ArrayList<>();
        if (latencyNs.getTotalCount() == 0) {
            return points;
        }
        double nines = Math.min(MAX_NINES, Math.log10(latencyNs.getTotalCount()));
        for (int i = 0; i < POINTS - 1; i++) {
            double percentile = 100 * (1 - Math.pow(10, -nines * i / (POINTS - 1)));
            points.add(new Point(percentile, latencyNs.getValueAtPercentile(percentile) / 1e6));
        }
        points.add(new Point(100, latencyNs.getMaxValue() / 1e6));
        return points;
    }
}
