package io.boxcar.metrics;

import io.boxcar.metrics.Metric.Kind;
import java.util.ArrayList;
import java.util.List;

/** What one series amounts to, added up over several sources of the same class. */
sealed interface Reading {

    Metric metric();

    /**
     * A counter or gauge.
     *
     * @param labelValue the value of {@link Metric#label}, or empty
     */
    record Amount(Metric metric, String labelValue, long value) implements Reading {}

    /** A histogram. */
    record Spread(Metric metric, Histogram.Snapshot snapshot) implements Reading {}

    /** Reads all series of {@code sources}, in the order of their declaration. */
    static List<Reading> of(List<SeriesList> sources) {
        List<Reading> readings = new ArrayList<>();
        if (sources.isEmpty()) {
            return readings;
        }
        List<SeriesList.Series> series = sources.get(0).series();
        for (int i = 0; i < series.size(); i++) {
            readings.add(
                    switch (series.get(i)) {
                        case SeriesList.Value v -> amount(v, i, sources);
                        case SeriesList.Distribution d -> spread(d.metric(), i, sources);
                    });
        }
        return readings;
    }

    private static Amount amount(SeriesList.Value first, int index, List<SeriesList> sources) {
        Kind kind = first.metric().kind();
        boolean highest = kind == Kind.HIGHEST || kind == Kind.STATE;
        long result = 0;
        for (SeriesList source : sources) {
            long value = source.valueAt(index);
            result = highest ? Math.max(result, value) : result + value;
        }
        return new Amount(first.metric(), first.labelValue(), result);
    }

    private static Spread spread(Metric metric, int index, List<SeriesList> sources) {
        Histogram.Snapshot snapshot = new Histogram.Snapshot();
        for (SeriesList source : sources) {
            snapshot.add(source.histogramAt(index));
        }
        return new Spread(metric, snapshot);
    }
}
