package io.boxcar.loadtest;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many requests left together for an upstream, as a Boxcar tells it in its metrics.
 *
 * @param batches their number by their size, which is the upper edge of a bucket
 */
record BatchSizes(Map<Double, Long> batches) {
    private static final Pattern BUCKET = Pattern.compile(
            "^boxcar_batch_requests_bucket\\{.*\\ble=\"([0-9.eE+]+)\".*} ([0-9.eE+]+)$", Pattern.MULTILINE);
    private static final Duration LIMIT = Duration.ofSeconds(5);

    /** What the metrics at {@code url} say of all upstreams together, since the start of that Boxcar. */
    static BatchSizes read(URI url) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(url).timeout(LIMIT).build();
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(LIMIT).build()) {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IOException(url + ": status " + response.statusCode());
            }
            return parse(response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reading " + url, e);
        }
    }

    /** From the text format of Prometheus, in which buckets are cumulative. */
    static BatchSizes parse(String text) {
        Map<Double, Long> cumulative = new TreeMap<>();
        Matcher bucket = BUCKET.matcher(text);
        while (bucket.find()) {
            long count = (long) Double.parseDouble(bucket.group(2));
            cumulative.merge(Double.parseDouble(bucket.group(1)), count, Long::sum);
        }
        Map<Double, Long> batches = new TreeMap<>();
        long below = 0;
        for (Map.Entry<Double, Long> edge : cumulative.entrySet()) {
            batches.put(edge.getKey(), edge.getValue() - below);
            below = edge.getValue();
        }
        return new BatchSizes(batches);
    }

    /** What came between {@code earlier} and this; sizes that did not occur are left out. */
    BatchSizes since(BatchSizes earlier) {
        Map<Double, Long> between = new TreeMap<>();
        batches.forEach((size, count) -> {
            long more = count - earlier.batches.getOrDefault(size, 0L);
            if (more > 0) {
                between.put(size, more);
            }
        });
        return new BatchSizes(between);
    }
}
