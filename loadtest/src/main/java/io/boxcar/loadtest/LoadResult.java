package io.boxcar.loadtest;

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
 * @param latencyNs from writing the request to reading the response
 */
public record LoadResult(long requests, long mispaired, Map<String, Long> errors, double seconds, Histogram latencyNs) {

    public double rate() {
        return seconds == 0 ? 0 : requests / seconds;
    }

    /** Latency in milliseconds that {@code percentile} percent of the requests stayed within. */
    public double latencyMs(double percentile) {
        return latencyNs.getValueAtPercentile(percentile) / 1e6;
    }

    public long errorCount() {
        return errors.values().stream().mapToLong(Long::longValue).sum();
    }

    public boolean isClean() {
        return mispaired == 0 && errors.isEmpty();
    }

    /** Both windows as one. */
    public LoadResult plus(LoadResult other) {
        Map<String, Long> allErrors = new TreeMap<>(errors);
        other.errors.forEach((text, count) -> allErrors.merge(text, count, Long::sum));
        Histogram allLatency = latencyNs.copy();
        allLatency.add(other.latencyNs);
        return new LoadResult(
                requests + other.requests, mispaired + other.mispaired, allErrors, seconds + other.seconds, allLatency);
    }

    /** The figures, and what went wrong, if anything did. */
    String describe() {
        return String.format(
                        Locale.ROOT,
                        "%,d requests in %.2f s: %,.0f/s%np50 %.3f ms, p99 %.3f ms, p99.9 %.3f ms, max %.3f ms%n",
                        requests,
                        seconds,
                        rate(),
                        latencyMs(50),
                        latencyMs(99),
                        latencyMs(99.9),
                        latencyMs(100))
                + (isClean() ? "Each response belonged to its request; no errors.\n" : describeTrouble());
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
