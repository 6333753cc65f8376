package io.boxcar.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * What {@link RedisLoad} or {@link HttpLoad} saw. Requests, seconds and latency are those of the measured window; errors and mispaired
 * responses are counted from the first connection to the last response, because none is ever all right.
 *
 * @param mispaired responses that belong to another request: a broken promise, never a statistic
 * @param errors number of requests by what they got instead of their response
 * @param latencyNs from writing the request to reading the response, in an open loop from the moment at which it was due
 * @param timeline the window in parts, in order
 * @param generator what the generator itself used in the window
 * @param steps the parts of a load that goes up in steps; empty for any other
 */
public record LoadResult(
        long requests,
        long mispaired,
        Map<String, Long> errors,
        double seconds,
        Histogram latencyNs,
        List<TimeSlice> timeline,
        GeneratorCost generator,
        List<LoadStep> steps) {

    public LoadResult {
        timeline = List.copyOf(timeline);
        steps = List.copyOf(steps);
    }

    /** The bare figures. */
    LoadResult(long requests, long mispaired, Map<String, Long> errors, double seconds, Histogram latencyNs) {
        this(requests, mispaired, errors, seconds, latencyNs, List.of(), GeneratorCost.UNKNOWN, List.of());
    }

    public double rate() {
        return seconds == 0 ? 0 : requests / seconds;
    }

    /** Latency in milliseconds that {@code percentile} percent of the requests stayed within. */
    public double latencyMs(double percentile) {
        return latencyNs.getValueAtPercentile(percentile) / 1e6;
    }

    /** CPU time of the generator for each request, in microseconds; not a number if the platform does not tell. */
    public double generatorCpuUsPerRequest() {
        return generator.cpuNs() < 0 || requests == 0 ? Double.NaN : generator.cpuNs() / 1e3 / requests;
    }

    public long errorCount() {
        return errors.values().stream().mapToLong(Long::longValue).sum();
    }

    public boolean isClean() {
        return mispaired == 0 && errors.isEmpty();
    }

    /** Both windows as one, the other behind this. */
    public LoadResult plus(LoadResult other) {
        Map<String, Long> allErrors = new TreeMap<>(errors);
        other.errors.forEach((text, count) -> allErrors.merge(text, count, Long::sum));
        Histogram allLatency = latencyNs.copy();
        allLatency.add(other.latencyNs);
        List<TimeSlice> wholeTimeline = new ArrayList<>(timeline);
        other.timeline.forEach(slice -> wholeTimeline.add(slice.later(seconds)));
        List<LoadStep> allSteps = new ArrayList<>(steps);
        allSteps.addAll(other.steps);
        return new LoadResult(
                requests + other.requests,
                mispaired + other.mispaired,
                allErrors,
                seconds + other.seconds,
                allLatency,
                wholeTimeline,
                generator.plus(seconds, other.generator, other.seconds),
                allSteps);
    }

    /** The figures, and what went wrong, if anything did. */
    String describe() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "%,d requests in %.2f s: %,.0f/s%n", requests, seconds, rate()));
        text.append(String.format(
                Locale.ROOT,
                "p50 %.3f ms, p90 %.3f ms, p99 %.3f ms, p99.9 %.3f ms, max %.3f ms%n",
                latencyMs(50),
                latencyMs(90),
                latencyMs(99),
                latencyMs(99.9),
                latencyMs(100)));
        if (!steps.isEmpty()) {
            text.append(describeSteps());
        }
        if (generator.cpuNs() >= 0 && requests > 0) {
            text.append(String.format(
                    Locale.ROOT,
                    "generator: %.2f us of CPU per request, loop busy %.0f %%%s%n",
                    generatorCpuUsPerRequest(),
                    generator.loopBusy() * 100,
                    generator.isLimit() ? ": the generator was the limit" : ""));
        }
        return text + (isClean() ? "Each response belonged to its request; no errors.\n" : describeTrouble());
    }

    private String describeSteps() {
        TextTable table = new TextTable();
        table.row("step", "rate", "p50 ms", "p99 ms", "p99.9 ms");
        for (LoadStep step : steps) {
            table.row(
                    String.format(Locale.ROOT, "%,.0f", step.offered()),
                    String.format(Locale.ROOT, "%,.0f/s", step.rate()),
                    String.format(Locale.ROOT, "%.3f", step.latencyMs(50)),
                    String.format(Locale.ROOT, "%.3f", step.latencyMs(99)),
                    String.format(Locale.ROOT, "%.3f", step.latencyMs(99.9)));
        }
        return table.format();
    }

    /** What went wrong, one line each; empty if nothing did. */
    public String describeTrouble() {
        StringBuilder text = new StringBuilder();
        if (mispaired > 0) {
            text.append(
                    String.format(Locale.ROOT, "MISPAIRED: %,d responses belonged to another request%n", mispaired));
        }
        errors.forEach((error, count) -> text.append(String.format(Locale.ROOT, "error: %,d x %s%n", count, error)));
        return text.toString();
    }
}
