package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.loadtest.origin.HttpOrigin;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a real Prometheus makes of a sidecar, and {@code promtool} of its metrics and rules. */
@Timeout(120)
class PrometheusTest {
    private static final String TLS = "boxcar_tls_";

    /** Without those that compare days, or depend on how busy this machine is. */
    private static final String TROUBLE = "ALERTS{alertstate='firing', alertname=~"
            + "'Boxcar(UpstreamDown|EndpointDown|ErrorRate.*|RetryBudgetSpent|QueueSaturated|ReloadFailed|DrainOverdue)'}";

    /** A sidecar before a Redis and an HTTP origin. */
    private record Setting(
            RedisOrigin redis,
            HttpOrigin http,
            Address.Tcp forRedis,
            Address.Tcp forHttp,
            Address.Tcp admin,
            SidecarProcess sidecar)
            implements AutoCloseable {

        static Setting start() throws IOException {
            RedisOrigin redis = RedisOrigin.start();
            HttpOrigin http = HttpOrigin.start();
            Address.Tcp forRedis = Loopback.freePort();
            Address.Tcp forHttp = Loopback.freePort();
            Address.Tcp admin = Loopback.freePort();
            SidecarProcess sidecar = SidecarProcess.run(List.of(
                    "--redis", forRedis + "=" + redis.address(),
                    "--http", forHttp + "=" + http.address(),
                    "--admin", admin.toString()));
            Setting setting = new Setting(redis, http, forRedis, forHttp, admin, sidecar);
            Eventually.isTrue(
                    "the sidecar is ready", () -> sidecar.get("/ready").statusCode() == 200);
            return setting;
        }

        /** Returns how many responses there were, by the load generator's own count. */
        long askRedis(long requests) throws IOException {
            AtomicLong count = new AtomicLong();
            LoadPlan plan = new LoadPlan(
                    forRedis.host(),
                    forRedis.port(),
                    30,
                    1,
                    64,
                    50,
                    0,
                    TimeUnit.SECONDS.toNanos(30),
                    requests,
                    TimeUnit.SECONDS.toNanos(10));
            assertClean(RedisLoad.run(plan, counting(count)));
            return count.get();
        }

        /** Returns how many responses there were, by the load generator's own count. */
        long askHttp(long requests) throws IOException {
            AtomicLong count = new AtomicLong();
            HttpLoadPlan plan =
                    new HttpLoadPlan(forHttp.host(), forHttp.port(), 20, 0, 0, 0, TimeUnit.SECONDS.toNanos(10));
            assertClean(HttpLoad.run(plan, new HttpRequests("GET", "/", 0, requests, false), counting(count)));
            return count.get();
        }

        private static LoadWatcher counting(AtomicLong count) {
            return new LoadWatcher() {
                @Override
                public void ended(long responses) {
                    count.set(responses);
                }
            };
        }

        private static void assertClean(LoadResult result) {
            assertTrue(result.isClean(), result::describeTrouble);
        }

        @Override
        public void close() {
            sidecar.close();
            http.close();
            redis.close();
        }
    }

    @Test
    void itsNumbersAreThoseOfTheLoadAndItsAlertsThoseOfTheUpstream(@TempDir Path directory) throws Exception {
        Tool.assumeOnPath("prometheus");
        try (Setting setting = Setting.start();
                PrometheusServer prometheus = PrometheusServer.start(directory, setting.admin)) {
            Eventually.isTrue(
                    "it is scraped",
                    () -> prometheus.value("boxcar_clients{listener=\"redis\"}").equals(OptionalDouble.of(0)));
            long redis = setting.askRedis(20_000);
            long http = setting.askHttp(4_000);
            assertTrue(redis >= 20_000, () -> redis + " requests");
            assertEquals(4_000, http);
            for (String protocol : List.of("redis", "http")) {
                long count = protocol.equals("redis") ? redis : http;
                for (String counter : List.of(
                        "boxcar_requests_total{listener='%s'}",
                        "boxcar_responses_total{listener='%s'}",
                        "boxcar_request_seconds_count{listener='%s'}",
                        "boxcar_upstream_requests_total{upstream='%s'}",
                        "boxcar_upstream_responses_total{upstream='%s'}",
                        "boxcar_batch_requests_sum{upstream='%s'}",
                        "boxcar_queue_seconds_count{upstream='%s'}",
                        "boxcar_round_trip_seconds_count{upstream='%s'}")) {
                    assertAmountsTo(count, counter.formatted(protocol), prometheus);
                }
                assertAmountsTo(0, "sum(boxcar_errors_total{listener='%s'})".formatted(protocol), prometheus);
                assertAmountsTo(0, "boxcar_in_flight{upstream='%s'}".formatted(protocol), prometheus);
            }
            assertTrue(
                    prometheus
                                    .query(
                                            "boxcar_batch_requests_sum{upstream='redis'} > 2 * boxcar_batch_requests_count")
                                    .size()
                            == 1,
                    "batches were made");

            setting.askRedis(2_000); // so that rates are rates of something
            everyQueryHasAnAnswer(prometheus);
            assertEquals(List.of(), prometheus.query(TROUBLE), "all is well");

            String down = "ALERTS{alertname='BoxcarUpstreamDown', upstream='%s', alertstate='firing'}";
            setting.redis.kill();
            Eventually.isTrue(
                    "an alert fires",
                    () -> !prometheus.query(down.formatted("redis")).isEmpty());
            assertEquals(List.of(), prometheus.query(down.formatted("http")));
            setting.redis.restart();
            Eventually.isTrue(
                    "it resolves",
                    () -> prometheus.query(down.formatted("redis")).isEmpty());
            Eventually.isTrue(
                    "up again",
                    () -> prometheus
                            .value("boxcar_upstream_up{upstream='redis'}")
                            .equals(OptionalDouble.of(1)));
        }
    }

    private static void assertAmountsTo(long expected, String expression, PrometheusServer prometheus) {
        List<OptionalDouble> seen = new ArrayList<>();
        try {
            Eventually.isTrue(expression, () -> {
                seen.add(prometheus.value(expression));
                return seen.getLast().equals(OptionalDouble.of(expected));
            });
        } catch (AssertionError e) {
            throw new AssertionError(expression + " is " + seen.getLast() + " and not " + expected, e);
        }
    }

    /** The dashboard's and the recording rules'; what needs a certificate, or an error, has nothing to show. */
    private static void everyQueryHasAnAnswer(PrometheusServer prometheus) throws Exception {
        for (var query : GrafanaDashboard.read().queries().entrySet()) {
            String expression = GrafanaDashboard.everything(query.getValue(), "10s");
            boolean mayBeEmpty = expression.contains(TLS) || expression.endsWith("> 0");
            assertAnswered(query.getKey() + " shows nothing: " + expression, expression, mayBeEmpty, prometheus);
        }
        for (RulesFile.Rule rule : RulesFile.read().rules()) {
            if (!rule.isAlert()) {
                boolean mayBeEmpty = rule.expression().contains(TLS);
                assertAnswered(rule.name() + " has no samples", rule.name(), mayBeEmpty, prometheus);
            }
        }
        assertEquals(List.of(), prometheus.failingRules());
    }

    private static void assertAnswered(
            String what, String expression, boolean mayBeEmpty, PrometheusServer prometheus) {
        Eventually.isTrue(what, () -> !prometheus.query(expression).isEmpty() || mayBeEmpty);
    }

    @Test
    void promtoolFindsNothingWrong() throws Exception {
        Tool.assumeOnPath("promtool");
        try (Setting setting = Setting.start()) {
            assertLintFree(setting.sidecar);
            setting.askRedis(500);
            setting.askHttp(500);
            assertLintFree(setting.sidecar);
        }
        promtool("", "check", "rules", RulesFile.FILE.toString());
        promtool(
                "",
                "test",
                "rules",
                RulesFile.DIRECTORY.resolve("boxcar.rules.test.yaml").toString());
        promtool(
                "",
                "check",
                "config",
                RulesFile.DIRECTORY.resolve("prometheus.yml").toString());
    }

    private static void assertLintFree(SidecarProcess sidecar) throws Exception {
        String findings = promtool(sidecar.get("/metrics").body(), "check", "metrics");
        assertEquals("", findings.strip());
    }

    private static String promtool(String input, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        return Tool.run(input, 60, command).orFail();
    }
}
