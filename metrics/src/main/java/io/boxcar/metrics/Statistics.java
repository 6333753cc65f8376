package io.boxcar.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns readings into the nested maps, lists, numbers and strings of {@link BoxcarMetrics#stats()}. */
final class Statistics {

    private static final double NS_PER_US = 1e3;

    private Statistics() {}

    /** One entry per group: its labels, then its series. */
    static List<Map<String, Object>> perGroup(Sources sources) {
        List<Map<String, Object>> result = new ArrayList<>();
        for (Sources.Group group : sources.groups()) {
            Map<String, Object> entry = new LinkedHashMap<>();
            for (int i = 0; i < group.labelNames().size(); i++) {
                entry.put(group.labelNames().get(i), group.labelValues().get(i));
            }
            entry.putAll(of(group.all()));
            result.add(entry);
        }
        return result;
    }

    /** All groups as one. */
    static Map<String, Object> totals(Sources sources) {
        List<SeriesList> all = new ArrayList<>();
        sources.groups().forEach(group -> all.addAll(group.all()));
        return of(all);
    }

    private static Map<String, Object> of(List<SeriesList> sources) {
        Map<String, Object> result = new LinkedHashMap<>();
        Map<String, Object> byLabel = Map.of();
        for (Reading reading : Reading.of(sources)) {
            Metric metric = reading.metric();
            switch (reading) {
                case Reading.Spread spread -> result.put(metric.key(), summary(metric, spread.snapshot()));
                case Reading.Amount amount when metric.label().isEmpty() -> result.put(metric.key(), shown(amount));
                case Reading.Amount amount -> {
                    if (!result.containsKey(metric.key())) {
                        byLabel = new LinkedHashMap<>();
                        result.put(metric.key(), byLabel);
                    }
                    byLabel.put(amount.labelValue(), amount.value());
                }
            }
        }
        return result;
    }

    private static Object shown(Reading.Amount amount) {
        return amount.metric().kind() == Metric.Kind.STATE
                ? LaneState.ofCode(amount.value()).label()
                : amount.value();
    }

    private static Map<String, Object> summary(Metric metric, Histogram.Snapshot snapshot) {
        double unit = metric.kind() == Metric.Kind.TIME ? NS_PER_US : 1;
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("count", snapshot.count());
        result.put("mean", toOneDecimal(snapshot.mean() / unit));
        result.put("p50", toOneDecimal(snapshot.valueAtQuantile(0.5) / unit));
        result.put("p99", toOneDecimal(snapshot.valueAtQuantile(0.99) / unit));
        result.put("p999", toOneDecimal(snapshot.valueAtQuantile(0.999) / unit));
        return result;
    }

    private static double toOneDecimal(double value) {
        return Math.round(value * 10) / 10.0;
    }
}
