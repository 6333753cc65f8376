package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

final class LoadReportTest {
    @Test
    void tellsEverythingOfALoadAsJson() throws IOException {
        try (RedisOrigin origin = RedisOrigin.start()) {
            LoadPlan plan = new LoadPlan(
                    "127.0.0.1",
                    origin.port(),
                    4,
                    1,
                    64,
                    50,
                    0,
                    TimeUnit.MILLISECONDS.toNanos(400),
                    0,
                    TimeUnit.SECONDS.toNanos(5));
            LoadResult result = RedisLoad.run(plan, new LoadWatcher() {});
            JsonNode json = new ObjectMapper().readTree(new LoadReport(Map.of("connections", 4), result).json());
            assertEquals(4, json.at("/settings/connections").asInt());
            assertTrue(json.at("/clean").asBoolean());
            assertEquals(result.requests(), json.at("/requests").asLong());
            assertEquals(60, json.at("/latencyByPercentile").size());
            assertEquals(
                    json.at("/latencyMs/max").asDouble(),
                    json.at("/latencyByPercentile/59/ms").asDouble());
            assertTrue(json.at("/latencyMs/p50").asDouble()
                    <= json.at("/latencyMs/p99.9").asDouble());
            assertTrue(json.at("/generator/cpuSeconds").asDouble() > 0);
            long inSlices = 0;
            for (JsonNode slice : json.at("/timeline")) {
                inSlices += slice.at("/requests").asLong();
            }
            assertEquals(result.requests(), inSlices);
        }
    }

    @Test
    void putsWindowsBehindOneAnother() {
        LoadResult one = result(1, new TimeSlice(0, 2, 10, 1, 2, 3), new GeneratorCost(1_000, 0.5));
        LoadResult both = one.plus(one);
        assertEquals(
                List.of(0.0, 2.0),
                both.timeline().stream().map(TimeSlice::startSeconds).toList());
        assertEquals(new GeneratorCost(2_000, 0.5), both.generator());
        assertFalse(both.generator().isLimit());
        assertTrue(new GeneratorCost(1, 0.96).isLimit());
    }

    @Test
    void hasNoCurveWithoutARequest() {
        assertEquals(List.of(), LatencyCurve.of(new Histogram(3)));
    }

    private static LoadResult result(long requests, TimeSlice slice, GeneratorCost cost) {
        return new LoadResult(requests, 0, Map.of(), 2, new Histogram(3), List.of(slice), cost, List.of());
    }
}
