package io.boxcar.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.batching.Counter;
import io.boxcar.batching.DepartureReason;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BoxcarMetricsTest {

    private static final Map<String, String> CACHE = Map.of("listener", "cache");
    private static final Map<String, String> REDIS = Map.of("upstream", "redis-main", "endpoint", "127.0.0.1:6379");

    private final BoxcarMetrics metrics = new BoxcarMetrics("1.2.3");

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void everyFieldIsExported() throws IllegalAccessException {
        ListenerMetrics listener = new ListenerMetrics("cache");
        LaneMetrics lane = new LaneMetrics("redis-main", "127.0.0.1:6379");
        assertEveryFieldIsASeries(listener, listener.series);
        assertEveryFieldIsASeries(lane, lane.series);
        HttpMetrics http = new HttpMetrics("web", "127.0.0.1:8000");
        assertEveryFieldIsASeries(http, http.series);
        LifecycleMetrics lifecycle = metrics.lifecycle();
        assertEveryFieldIsASeries(lifecycle, lifecycle.series);
    }

    @Test
    void everySeriesAppearsInTheScrapeWithItsSentence() {
        ListenerMetrics listener = new ListenerMetrics("cache");
        LaneMetrics lane = new LaneMetrics("redis-main", "127.0.0.1:6379");
        HttpMetrics http = new HttpMetrics("web", "127.0.0.1:8000");
        metrics.add(listener);
        metrics.add(lane);
        metrics.add(http);
        TextFormat text = TextFormat.parse(metrics.scrape());
        Stream.of(listener.series, lane.series, http.series, metrics.lifecycle().series)
                .flatMap(list -> list.series().stream())
                .map(SeriesList.Series::metric)
                .forEach(metric -> {
                    assertEquals(metric.help(), text.help(metric.name()));
                    assertTrue(metric.help().endsWith("."), metric.help());
                });
    }

    @Test
    void ourNamesAndLabelsAreTheAgreedOnes() {
        metrics.add(new ListenerMetrics("cache"));
        metrics.add(new LaneMetrics("redis-main", "127.0.0.1:6379"));
        metrics.add(new HttpMetrics("web", "127.0.0.1:8000"));
        Set<String> labels = Set.of("listener", "upstream", "endpoint", "result", "reason", "le");
        TextFormat text = TextFormat.parse(metrics.scrape());
        for (String name : text.names()) {
            if (name.startsWith("boxcar_") && !name.equals("boxcar_build_info")) {
                assertTrue(labels.containsAll(text.labelNames(name)), name);
            }
        }
    }

    @Test
    void countersOfSeveralEventLoopsAreOneSeries() {
        ListenerMetrics first = new ListenerMetrics("cache");
        ListenerMetrics second = new ListenerMetrics("cache");
        metrics.add(first);
        metrics.add(second);
        metrics.add(new ListenerMetrics("other"));
        first.requests.add(3);
        second.requests.add(4);
        first.errors(FailureKind.OVERLOADED).increment();
        second.errors(FailureKind.OVERLOADED).increment();
        first.totalTimeNs.record(40_000);
        second.totalTimeNs.record(400_000);

        TextFormat text = TextFormat.parse(metrics.scrape());
        assertEquals(7, text.value("boxcar_requests_total", CACHE));
        assertEquals(0, text.value("boxcar_requests_total", Map.of("listener", "other")));
        assertEquals(2, text.value("boxcar_errors_total", Map.of("listener", "cache", "result", "overloaded")));
        assertEquals(2, text.value("boxcar_request_seconds", "_count", CACHE));
        assertEquals(0.00044, text.value("boxcar_request_seconds", "_sum", CACHE));
        assertEquals(1, text.value("boxcar_request_seconds", "_bucket", Map.of("listener", "cache", "le", "1.0E-4")));
    }

    @Test
    void lanesToOneEndpointAddUpExceptForTheirStateAndTarget() {
        LaneMetrics first = new LaneMetrics("redis-main", "127.0.0.1:6379");
        LaneMetrics second = new LaneMetrics("redis-main", "127.0.0.1:6379");
        metrics.add(first);
        metrics.add(second);
        first.inFlight.set(5);
        second.inFlight.set(6);
        first.state.set(LaneState.READY.code());
        second.state.set(LaneState.BACKING_OFF.code());
        first.targetRequests.set(32);
        second.targetRequests.set(8);
        first.departures(DepartureReason.ALL_ABOARD).increment();
        first.requestsPerBatch.record(512);

        TextFormat text = TextFormat.parse(metrics.scrape());
        assertEquals(11, text.value("boxcar_in_flight", REDIS));
        assertEquals(LaneState.BACKING_OFF.code(), text.value("boxcar_lane_state", REDIS));
        assertTrue(text.help("boxcar_lane_state").contains("3 backing_off"), text.help("boxcar_lane_state"));
        assertEquals(32, text.value("boxcar_target_requests", REDIS));
        assertEquals(
                1,
                text.value(
                        "boxcar_departures_total",
                        Map.of("upstream", "redis-main", "endpoint", "127.0.0.1:6379", "reason", "all_aboard")));
        assertEquals(
                1,
                text.value(
                        "boxcar_batch_requests",
                        "_bucket",
                        Map.of("upstream", "redis-main", "endpoint", "127.0.0.1:6379", "le", "512.0")));
    }

    @Test
    void anEndpointIsUpAsLongAsOneLaneHasAConnection() {
        LaneMetrics first = new LaneMetrics("redis-main", "127.0.0.1:6379");
        LaneMetrics second = new LaneMetrics("redis-main", "127.0.0.1:6379");
        metrics.add(first);
        metrics.add(second);
        assertEquals(0, upOf(REDIS));
        first.enters(LaneState.READY);
        second.enters(LaneState.READY);
        first.enters(LaneState.BACKING_OFF);
        assertEquals(1, upOf(REDIS));
        second.enters(LaneState.DRAINING);
        assertEquals(1, upOf(REDIS));
        second.enters(LaneState.CLOSED);
        second.rest();
        assertEquals(0, upOf(REDIS));
        assertEquals(
                LaneState.BACKING_OFF.code(), TextFormat.parse(metrics.scrape()).value("boxcar_lane_state", REDIS));
        metrics.remove(second);
        assertEquals(0, upOf(REDIS));
    }

    private double upOf(Map<String, String> labels) {
        return TextFormat.parse(metrics.scrape()).value("boxcar_upstream_up", labels);
    }

    @Test
    void reloadsAndTheDrainAreTold() {
        LifecycleMetrics lifecycle = metrics.lifecycle();
        lifecycle.started(1_000, 15);
        assertEquals(List.of(1.0, 1_000.0, 0.0, 0.0, 15.0), lifecycleGauges());
        lifecycle.reloadFailed();
        lifecycle.draining(true, 1_200);
        assertEquals(List.of(0.0, 1_000.0, 1.0, 1_200.0, 15.0), lifecycleGauges());
        lifecycle.draining(false, 1_300);
        lifecycle.reloadSucceeded(1_400);
        lifecycle.drainTimeout(20);
        assertEquals(List.of(1.0, 1_400.0, 0.0, 0.0, 20.0), lifecycleGauges());
        TextFormat text = TextFormat.parse(metrics.scrape());
        assertEquals(1, text.value("boxcar_config_reloads_total", Map.of("result", "applied")));
        assertEquals(1, text.value("boxcar_config_reloads_total", Map.of("result", "refused")));
        assertEquals(1L, at(metrics.stats(), "lifecycle", "config_last_reload_successful"));
    }

    private List<Double> lifecycleGauges() {
        TextFormat text = TextFormat.parse(metrics.scrape());
        return Stream.of(
                        "boxcar_config_last_reload_successful",
                        "boxcar_config_last_reload_success_timestamp_seconds",
                        "boxcar_draining",
                        "boxcar_drain_start_timestamp_seconds",
                        "boxcar_drain_timeout_seconds")
                .map(name -> text.value(name, Map.of()))
                .toList();
    }

    @Test
    void endpointsBeyondTheLimitShareASeries() {
        List<LaneMetrics> lanes = new ArrayList<>();
        for (int i = 0; i < Sources.MAX_GROUPS + 2; i++) {
            LaneMetrics lane = new LaneMetrics("redis-main", "10.0.0.1:" + i);
            lane.requests.add(1);
            metrics.add(lane);
            lanes.add(lane);
        }
        Map<String, String> others = Map.of("upstream", "redis-main", "endpoint", Sources.OTHERS);
        String name = "boxcar_upstream_requests_total";
        assertEquals(2, TextFormat.parse(metrics.scrape()).value(name, others));

        metrics.remove(lanes.getFirst());
        LaneMetrics again = new LaneMetrics("redis-main", "10.0.0.2:1");
        metrics.add(again);
        metrics.remove(lanes.getLast());
        assertEquals(2, TextFormat.parse(metrics.scrape()).value(name, others), "a counter does not fall");
        metrics.remove(lanes.get(Sources.MAX_GROUPS));
        String text = metrics.scrape();
        assertFalse(text.contains(Sources.OTHERS));
        assertTrue(text.contains("endpoint=\"10.0.0.2:1\""));
    }

    @Test
    void scrapesWhileSourcesComeAndGoAreWhole() throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<?> changes = threads.submit(() -> {
                for (int i = 0; !isOver.get(); i = (i + 1) % 7) {
                    ListenerMetrics listener = new ListenerMetrics("listener-" + i);
                    LaneMetrics lane = new LaneMetrics("upstream", "10.0.0.1:" + i);
                    metrics.add(listener);
                    metrics.add(lane);
                    lane.roundTripNs.record(i);
                    metrics.remove(lane);
                    metrics.remove(listener);
                }
            });
            Future<?> closes = threads.submit(() -> {
                for (int i = 0; i < 20; i++) {
                    metrics.close();
                    metrics.stats();
                }
            });
            for (int i = 0; i < 20; i++) {
                TextFormat.parse(metrics.scrape());
            }
            isOver.set(true);
            closes.get();
            changes.get();
        }
    }

    @Test
    void aRemovedLaneLeavesItsCountsButNotItsGaugesToTheOthers() {
        LaneMetrics stays = new LaneMetrics("redis-main", "127.0.0.1:6379");
        metrics.add(stays);
        stays.state.set(LaneState.READY.code());
        for (int i = 0; i < 2; i++) {
            LaneMetrics goes = new LaneMetrics("redis-main", "127.0.0.1:6379");
            metrics.add(goes);
            goes.requests.add(10);
            goes.roundTripNs.record(1_000);
            goes.inFlight.set(7);
            metrics.remove(goes);
            metrics.remove(goes);
        }
        TextFormat text = TextFormat.parse(metrics.scrape());
        assertEquals(20, text.value("boxcar_upstream_requests_total", REDIS));
        assertEquals(2, text.value("boxcar_round_trip_seconds", "_count", REDIS));
        assertEquals(0, text.value("boxcar_in_flight", REDIS));
        assertEquals(0, text.value("boxcar_lane_state", REDIS));
    }

    @Test
    void eventLoopsThatUseOneHttpEndpointAddUp() {
        Map<String, String> web = Map.of("upstream", "web", "endpoint", "127.0.0.1:8000");
        HttpMetrics stays = new HttpMetrics("web", "127.0.0.1:8000");
        HttpMetrics goes = new HttpMetrics("web", "127.0.0.1:8000");
        metrics.add(stays);
        metrics.add(goes);
        stays.retries.add(3);
        goes.retries.add(4);
        stays.connections.set(2);
        goes.connections.set(5);
        TextFormat text = TextFormat.parse(metrics.scrape());
        assertEquals(7, text.value("boxcar_http_retries_total", web));
        assertEquals(7, text.value("boxcar_http_connections", web));
        assertEquals(7L, at(metrics.stats(), "http", 0, "http_retries"));
        assertEquals(7L, at(metrics.stats(), "totals", "http", "http_connections"));

        metrics.remove(goes);
        TextFormat later = TextFormat.parse(metrics.scrape());
        assertEquals(7, later.value("boxcar_http_retries_total", web));
        assertEquals(2, later.value("boxcar_http_connections", web));

        metrics.remove(stays);
        assertFalse(metrics.scrape().contains("boxcar_http_"));
    }

    @Test
    void theLastSourceOfALabelTakesItsSeriesAlong() {
        ListenerMetrics listener = new ListenerMetrics("cache");
        metrics.add(listener);
        metrics.remove(listener);
        assertFalse(metrics.scrape().contains("boxcar_requests_total"));
        assertEquals(List.of(), metrics.stats().get("listeners"));
    }

    @Test
    void labelValuesAreEscaped() {
        String name = "a \"quoted\" \\ back\nslash";
        metrics.add(new ListenerMetrics(name));
        assertEquals(0, TextFormat.parse(metrics.scrape()).value("boxcar_requests_total", Map.of("listener", name)));
    }

    @Test
    void theJvmTheProcessAndTheBuildAreThere() {
        TextFormat text = TextFormat.parse(metrics.scrape());
        assertEquals(1, text.value("boxcar_build_info", Map.of("version", "1.2.3")));
        assertTrue(text.value("process_cpu_seconds_total", Map.of()) > 0);
        for (String name : List.of(
                "process_resident_memory_bytes",
                "process_virtual_memory_bytes",
                "process_open_fds",
                "process_max_fds",
                "process_start_time_seconds",
                "process_uptime_seconds",
                "jvm_memory_used_bytes",
                "jvm_threads_live_threads",
                "jvm_gc_max_data_size_bytes")) {
            assertTrue(text.names().contains(name), name);
        }
    }

    @Test
    void scrapingAgainAfterCloseWorks() {
        TextFormat.parse(metrics.scrape());
        metrics.close();
        TextFormat.parse(metrics.scrape());
    }

    @Test
    void statisticsHaveTotalsAndQuantilesInMicroseconds() {
        ListenerMetrics cache = new ListenerMetrics("cache");
        ListenerMetrics web = new ListenerMetrics("web");
        metrics.add(cache);
        metrics.add(web);
        cache.clientsAccepted.add(5);
        cache.clientsClosed.add(2);
        web.clientsAccepted.add(1);
        cache.errors(FailureKind.QUEUE_TIMEOUT).increment();
        cache.totalTimeNs.record(1_024_000);
        LaneMetrics lane = new LaneMetrics("redis-main", "127.0.0.1:6379");
        metrics.add(lane);

        Map<String, Object> stats = metrics.stats();
        assertEquals("1.2.3", at(stats, "version"));
        assertEquals(4L, at(stats, "totals", "listeners", "clients"));
        assertEquals(1L, at(stats, "totals", "listeners", "errors", "queue_timeout"));
        assertEquals("cache", at(stats, "listeners", 0, "listener"));
        assertEquals(3L, at(stats, "listeners", 0, "clients"));
        assertEquals(1L, at(stats, "listeners", 0, "request_us", "count"));
        assertEquals(1024.0, at(stats, "listeners", 0, "request_us", "mean"));
        assertEquals(1048.6, at(stats, "listeners", 0, "request_us", "p50")); // the upper edge of its bucket
        assertEquals("redis-main", at(stats, "upstreams", 0, "upstream"));
        assertEquals("connecting", at(stats, "upstreams", 0, "lane_state"));
        assertEquals(0L, at(stats, "upstreams", 0, "departures", "end_of_turn"));
        assertEquals(0.0, at(stats, "upstreams", 0, "batch_requests", "p99"));
    }

    private static Object at(Object root, Object... path) {
        Object result = root;
        for (Object key : path) {
            Object next = key instanceof Integer index ? ((List<?>) result).get(index) : ((Map<?, ?>) result).get(key);
            if (next == null) {
                throw new AssertionError(key + " is not in " + result);
            }
            result = next;
        }
        return result;
    }

    private static void assertEveryFieldIsASeries(Object source, SeriesList list) throws IllegalAccessException {
        int found = 0;
        for (Field field : source.getClass().getDeclaredFields()) {
            field.setAccessible(true);
            Object value = field.get(source);
            List<?> written = switch (value) {
                case Counter counter -> List.of(counter);
                case Counter[] counters -> List.of(counters);
                case Histogram histogram -> List.of(histogram);
                case SeriesList ignored -> List.of();
                default -> throw new AssertionError("what is " + field + "?");
            };
            for (Object each : written) {
                assertTrue(list.series().stream().anyMatch(series -> shows(series, each)), field.getName());
                found++;
            }
        }
        long derived = list.series().stream()
                .filter(series -> series instanceof SeriesList.Value v && v.counter() == null)
                .count();
        assertEquals(list.series().size(), found + derived);
    }

    private static boolean shows(SeriesList.Series series, Object written) {
        return switch (series) {
            case SeriesList.Value v -> v.counter() == written;
            case SeriesList.Distribution d -> d.histogram() == written;
        };
    }
}
