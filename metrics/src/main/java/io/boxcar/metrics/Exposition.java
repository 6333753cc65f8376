package io.boxcar.metrics;

import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shows the sources to Prometheus. Any thread. */
final class Exposition extends Collector {

    private static final double NS_PER_SECOND = 1e9;
    private static final long[] TIME_BOUNDS_NS = {
        10_000,
        20_000,
        50_000,
        100_000,
        200_000,
        500_000,
        1_000_000,
        2_000_000,
        5_000_000,
        10_000_000,
        20_000_000,
        50_000_000,
        100_000_000,
        200_000_000,
        500_000_000,
        1_000_000_000,
        2_000_000_000,
        5_000_000_000L,
        10_000_000_000L
    };
    private static final long[] REQUEST_BOUNDS = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};

    private final List<Sources> sources;

    Exposition(List<Sources> sources) {
        this.sources = sources;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        Map<Metric, List<MetricFamilySamples.Sample>> families = new LinkedHashMap<>();
        for (Sources each : sources) {
            for (Sources.Group group : each.groups()) {
                for (Reading reading : Reading.of(group.all())) {
                    List<MetricFamilySamples.Sample> samples =
                            families.computeIfAbsent(reading.metric(), metric -> new ArrayList<>());
                    switch (reading) {
                        case Reading.Amount amount -> samples.add(sample(amount, group));
                        case Reading.Spread spread -> addSamples(spread, group, samples);
                    }
                }
            }
        }
        List<MetricFamilySamples> result = new ArrayList<>();
        families.forEach((metric, samples) ->
                result.add(new MetricFamilySamples(metric.name(), typeOf(metric.kind()), metric.help(), samples)));
        return result;
    }

    private static Type typeOf(Metric.Kind kind) {
        return switch (kind) {
            case COUNTER -> Type.COUNTER;
            case GAUGE, HIGHEST, STATE -> Type.GAUGE;
            case TIME, REQUESTS -> Type.HISTOGRAM;
        };
    }

    private static MetricFamilySamples.Sample sample(Reading.Amount amount, Sources.Group group) {
        Metric metric = amount.metric();
        if (metric.label().isEmpty()) {
            return new MetricFamilySamples.Sample(
                    metric.name(), group.labelNames(), group.labelValues(), amount.value());
        }
        return new MetricFamilySamples.Sample(
                metric.name(),
                with(group.labelNames(), metric.label()),
                with(group.labelValues(), amount.labelValue()),
                amount.value());
    }

    private static void addSamples(
            Reading.Spread spread, Sources.Group group, List<MetricFamilySamples.Sample> samples) {
        Metric metric = spread.metric();
        boolean time = metric.kind() == Metric.Kind.TIME;
        long[] bounds = time ? TIME_BOUNDS_NS : REQUEST_BOUNDS;
        double unit = time ? NS_PER_SECOND : 1;
        Histogram.Snapshot snapshot = spread.snapshot();
        long[] counts = snapshot.countsUpTo(bounds);
        List<String> bucketLabels = with(group.labelNames(), "le");
        for (int i = 0; i < bounds.length; i++) {
            samples.add(new MetricFamilySamples.Sample(
                    metric.name() + "_bucket",
                    bucketLabels,
                    with(group.labelValues(), doubleToGoString(bounds[i] / unit)),
                    counts[i]));
        }
        samples.add(new MetricFamilySamples.Sample(
                metric.name() + "_bucket", bucketLabels, with(group.labelValues(), "+Inf"), snapshot.count()));
        samples.add(new MetricFamilySamples.Sample(
                metric.name() + "_count", group.labelNames(), group.labelValues(), snapshot.count()));
        samples.add(new MetricFamilySamples.Sample(
                metric.name() + "_sum", group.labelNames(), group.labelValues(), snapshot.sum() / unit));
    }

    private static List<String> with(List<String> list, String last) {
        List<String> result = new ArrayList<>(list);
        result.add(last);
        return result;
    }
}
