package io.boxcar.loadtest;

import io.boxcar.proxy.admin.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * A load and what it saw, for programs to read.
 *
 * @param settings what was asked for, by the names of the options; strings, numbers, booleans
 */
public record LoadReport(Map<String, Object> settings, LoadResult result) {

    public LoadReport {
        settings = new LinkedHashMap<>(settings);
    }

    /** As JSON. */
    public String json() {
        return Json.write(tree());
    }

    /** Everything as maps, lists, strings, numbers and booleans; latencies in milliseconds. */
    public Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("settings", settings);
        tree.putAll(tree(result));
        return tree;
    }

    /** The figures of one load alone. */
    public static Map<String, Object> tree(LoadResult result) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("requests", result.requests());
        tree.put("seconds", Rounded.to(result.seconds(), 3));
        tree.put("rate", Rounded.to(result.rate(), 1));
        tree.put("clean", result.isClean());
        tree.put("mispaired", result.mispaired());
        tree.put("errors", result.errors());
        tree.put("latencyMs", percentiles(result.latencyNs()));
        tree.put("generator", generator(result));
        tree.put("steps", result.steps().stream().map(LoadStep::tree).toList());
        tree.put("timeline", result.timeline().stream().map(TimeSlice::tree).toList());
        tree.put(
                "latencyByPercentile",
                LatencyCurve.of(result.latencyNs()).stream()
                        .map(LatencyCurve.Point::tree)
                        .toList());
        return tree;
    }

    static Map<String, Object> percentiles(Histogram latencyNs) {
        Map<String, Object> tree = new LinkedHashMap<>();
        for (double percentile : List.of(50.0, 90.0, 99.0, 99.9)) {
            String name = "p" + (percentile == Math.rint(percentile) ? "" + (int) percentile : "" + percentile);
            tree.put(name, Rounded.to(latencyNs.getValueAtPercentile(percentile) / 1e6, 4));
        }
        tree.put("max", Rounded.to(latencyNs.getMaxValue() / 1e6, 4));
        return tree;
    }

    private static Map<String, Object> generator(LoadResult result) {
        Map<String, Object> tree = new LinkedHashMap<>();
        GeneratorCost cost = result.generator();
        if (cost.cpuNs() >= 0) {
            tree.put("cpuSeconds", Rounded.to(cost.cpuNs() / 1e9, 3));
            tree.put("cpuUsPerRequest", Rounded.to(result.generatorCpuUsPerRequest(), 3));
            tree.put("loopBusy", Rounded.to(cost.loopBusy(), 3));
        }
        tree.put("wasTheLimit", cost.isLimit());
        return tree;
    }
}
