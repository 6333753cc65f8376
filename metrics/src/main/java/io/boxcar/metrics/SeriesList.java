package io.boxcar.metrics;

import io.boxcar.batching.Counter;
import io.boxcar.metrics.Metric.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The series of one source of metrics. Made by one thread, then read by any. A source gets each of its fields from here,
 * with its name and its sentence, so that what is counted is also shown. All sources of one class have the same series in
 * the same order.
 */
final class SeriesList {

    /** One value or distribution of one source. */
    sealed interface Series {
        Metric metric();
    }

    /**
     * A counter or gauge.
     *
     * @param labelValue the value of {@link Metric#label}, or empty
     * @param counter what is read, or null if {@code value} is derived from others
     */
    record Value(
            Metric metric,
            String labelValue,
            LongSupplier value,
            @Nullable Counter counter) implements Series {}

    /** A histogram. */
    record Distribution(Metric metric, Histogram histogram) implements Series {}

    private final List<String> labelNames;
    private final List<String> labelValues;
    private final List<Series> series = new ArrayList<>();

    SeriesList(List<String> labelNames, List<String> labelValues) {
        this.labelNames = labelNames;
        this.labelValues = labelValues;
    }

    List<String> labelNames() {
        return labelNames;
    }

    List<String> labelValues() {
        return labelValues;
    }

    List<Series> series() {
        return series;
    }

    Counter counter(String name, String help) {
        return value(new Metric(name, Kind.COUNTER, "", help), "");
    }

    /** One counter for each of {@code kinds}, in their order. */
    Counter[] counters(String name, String label, Enum<?>[] kinds, String help) {
        Metric metric = new Metric(name, Kind.COUNTER, label, help);
        Counter[] counters = new Counter[kinds.length];
        for (int i = 0; i < kinds.length; i++) {
            counters[i] = value(metric, Metric.labelOf(kinds[i]));
        }
        return counters;
    }

    Counter gauge(String name, String help) {
        return value(new Metric(name, Kind.GAUGE, "", help), "");
    }

    Counter state(String name, String help) {
        return value(new Metric(name, Kind.STATE, "", help), "");
    }

    Counter highest(String name, String help) {
        return value(new Metric(name, Kind.HIGHEST, "", help), "");
    }

    void derivedGauge(String name, LongSupplier value, String help) {
        series.add(new Value(new Metric(name, Kind.GAUGE, "", help), "", value, null));
    }

    Histogram times(String name, String help) {
        return distribution(new Metric(name, Kind.TIME, "", help));
    }

    Histogram requestCounts(String name, String help) {
        return distribution(new Metric(name, Kind.REQUESTS, "", help));
    }

    /** Adds what {@code other} has counted. Gauges become zero. */
    void addCounts(SeriesList other) {
        for (int i = 0; i < series.size(); i++) {
            switch (series.get(i)) {
                case Value v -> {
                    if (v.counter != null) {
                        boolean counts = v.metric.kind() == Kind.COUNTER;
                        v.counter.set(counts ? v.counter.get() + other.valueAt(i) : 0);
                    }
                }
                case Distribution d -> d.histogram.add(other.histogramAt(i));
            }
        }
    }

    /** The value of the counter or gauge at {@code index}. */
    long valueAt(int index) {
        return ((Value) series.get(index)).value.getAsLong();
    }

    /** The histogram at {@code index}. */
    Histogram histogramAt(int index) {
        return ((Distribution) series.get(index)).histogram;
    }

    private Counter value(Metric metric, String labelValue) {
        Counter counter = new Counter();
        series.add(new Value(metric, labelValue, counter::get, counter));
        return counter;
    }

    private Histogram distribution(Metric metric) {
        Histogram histogram = new Histogram();
        series.add(new Distribution(metric, histogram));
        return histogram;
    }
}
