package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

final class LoadPageTest {
    private static final String METRICS = """
            # TYPE boxcar_batch_requests histogram
            boxcar_batch_requests_bucket{endpoint="a",upstream="u",le="1.0"} 10
            boxcar_batch_requests_bucket{endpoint="a",upstream="u",le="2.0"} 15
            boxcar_batch_requests_bucket{endpoint="a",upstream="u",le="+Inf"} 15
            boxcar_batch_requests_bucket{endpoint="b",upstream="u",le="1.0"} 1
            boxcar_batch_requests_bucket{endpoint="b",upstream="u",le="2.0"} 3
            boxcar_batch_requests_sum{endpoint="b",upstream="u"} 5
            """;

    @Test
    void addsUpTheBatchesOfAllEndpoints() {
        BatchSizes all = BatchSizes.parse(METRICS);
        assertEquals(11, all.batches().get(1.0));
        assertEquals(7, all.batches().get(2.0));
        BatchSizes earlier = new BatchSizes(Map.of(1.0, 11L, 2.0, 3L));
        assertEquals(Map.of(2.0, 4L), all.since(earlier).batches());
    }

    @Test
    void showsEveryPlotThatThereIsSomethingFor() {
        String bare = LoadPage.of(report(List.of()), null).html();
        for (String title : List.of("Latency by percentile", "Latency over time", "Rate over time")) {
            assertTrue(bare.contains(title), title);
        }
        assertFalse(bare.contains("Latency against rate") || bare.contains("Batches by their size"));
        LoadStep step = new LoadStep(1_000, 2, 1, latency());
        String all = LoadPage.of(report(List.of(step, step)), BatchSizes.parse(METRICS))
                .html();
        assertTrue(all.contains("Latency against rate") && all.contains("Batches by their size"));
    }

    @Test
    void canBeMadeOfALoadWithoutAResponse() {
        LoadResult nothing = new LoadResult(0, 0, Map.of("lost", 1L), 1, new Histogram(3));
        assertTrue(LoadPage.of(new LoadReport(Map.of(), nothing), null).html().contains("lost"));
    }

    private static LoadReport report(List<LoadStep> steps) {
        List<TimeSlice> timeline = List.of(new TimeSlice(0, 1, 5, 1, 2, 3), new TimeSlice(1, 1, 6, 1, 2, 4));
        return new LoadReport(
                Map.of("target", "127.0.0.1:1"),
                new LoadResult(2, 0, Map.of(), 2, latency(), timeline, new GeneratorCost(1_000, 0.5), steps));
    }

    private static Histogram latency() {
        Histogram latency = new Histogram(3);
        latency.recordValue(1_000_000);
        latency.recordValue(2_000_000);
        return latency;
    }
}
