package io.boxcar.loadtest;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * One step of a load that goes up in steps, with figures of its own.
 *
 * @param offered requests per second that were due in an open loop, connections in a closed one
 */
public record LoadStep(double offered, long requests, double seconds, Histogram latencyNs) {

    public double rate() {
        return seconds == 0 ? 0 : requests / seconds;
    }

    public double latencyMs(double percentile) {
        return latencyNs.getValueAtPercentile(percentile) / 1e6;
    }

    Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("offered", offered);
        tree.put("requests", requests);
        tree.put("seconds", Rounded.to(seconds, 3));
        tree.put("rate", Rounded.to(rate(), 1));
        tree.put("latencyMs", LoadReport.percentiles(latencyNs));
        return tree;
    }
}
