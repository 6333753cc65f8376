package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import io.boxcar.loadtest.origin.HttpOrigin;
import io.boxcar.proxy.Boxcar;
import io.boxcar.proxy.config.ConfigLoader;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The dashboard and the rules refer to nothing but what a sidecar shows. */
@Timeout(60)
class MonitoringFilesTest {
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? \\S+");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");
    private static final Pattern VARIABLE = Pattern.compile("label_values\\((.*), (\\w+)\\)");

    /** What Prometheus gives to everything that it scrapes. */
    private static final Set<String> OF_THE_TARGET = Set.of("job", "instance");

    /** Shown where a certificate is configured, as it is not here. */
    private static final Map<String, Set<String>> OF_TLS = Map.of(
            "boxcar_tls_certificate_expiry_timestamp_seconds", Set.of("listener", "upstream"),
            "boxcar_tls_files_rejected", Set.of("listener", "upstream"));

    private static final Map<String, Set<String>> SHOWN = new HashMap<>();

    @BeforeAll
    static void scrape() throws Exception {
        try (RedisOrigin redis = RedisOrigin.start();
                HttpOrigin http = HttpOrigin.start();
                Boxcar boxcar = Boxcar.start(new ConfigLoader(Set.of("redis", "http"))
                        .listener("redis", "127.0.0.1:0=" + redis.address())
                        .listener("http", "127.0.0.1:0=" + http.address())
                        .load())) {
            boxcar.metrics()
                    .scrape()
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(line -> {
                        Matcher sample = SAMPLE.matcher(line);
                        assertTrue(sample.matches(), line);
                        Set<String> labels =
                                SHOWN.computeIfAbsent(sample.group(1), name -> new HashSet<>(OF_THE_TARGET));
                        LABEL.matcher(sample.group(2) == null ? "" : sample.group(2))
                                .results()
                                .forEach(label -> labels.add(label.group(1)));
                    });
        }
        OF_TLS.forEach((name, labels) -> SHOWN.computeIfAbsent(name, shown -> new HashSet<>(OF_THE_TARGET))
                .addAll(labels));
        SHOWN.put("up", OF_THE_TARGET);
    }

    @Test
    void theDashboardRefersToWhatThereIs() {
        GrafanaDashboard dashboard = GrafanaDashboard.read();
        assertTrue(dashboard.queries().size() > 40, () -> dashboard.queries().toString());
        dashboard.queries().forEach((where, expression) -> assertKnown(where, expression, SHOWN));
        dashboard.variables().forEach((name, query) -> {
            Matcher variable = VARIABLE.matcher(query);
            assertTrue(variable.matches(), query);
            assertKnown("variable " + name, variable.group(1), SHOWN);
            assertTrue(allLabels(SHOWN).contains(variable.group(2)), query);
        });
        Pattern used = Pattern.compile("\\$(?!__)(\\w+)");
        dashboard
                .queries()
                .values()
                .forEach(expression -> used.matcher(expression)
                        .results()
                        .forEach(variable ->
                                assertTrue(dashboard.variables().containsKey(variable.group(1)), expression)));
    }

    @Test
    void theRulesReferToWhatThereIs() throws Exception {
        Map<String, Set<String>> known = new HashMap<>(SHOWN);
        RulesFile file = RulesFile.read();
        for (RulesFile.Rule rule : file.rules()) {
            assertKnown(rule.name(), rule.expression(), known);
            if (!rule.isAlert()) {
                known.put(rule.name(), allLabels(SHOWN));
            }
        }
        assertTrue(file.rules().stream().filter(RulesFile.Rule::isAlert).count() >= 9);
    }

    @Test
    void eachAlertSaysHowBadItIsWhatHasHappenedAndWhatToDo() throws Exception {
        for (RulesFile.Rule rule : RulesFile.read().rules()) {
            if (rule.isAlert()) {
                for (String needed : Set.of("severity: (warning|critical)", "summary: '.+'", "description: >-")) {
                    assertTrue(Pattern.compile(needed).matcher(rule.text()).find(), rule.name() + ": " + needed);
                }
            }
        }
    }

    @Test
    void eachPanelIsExplainedAndHasAUnitAndItsOwnPlace() {
        Set<Integer> ids = new HashSet<>();
        Set<String> places = new HashSet<>();
        for (Config panel : GrafanaDashboard.read().panels()) {
            String title = panel.getString("title");
            assertTrue(panel.getString("description").endsWith("."), title);
            assertFalse(panel.getString("fieldConfig.defaults.unit").isEmpty(), title);
            assertEquals("${datasource}", panel.getString("datasource.uid"), title);
            assertTrue(ids.add(panel.getInt("id")), title);
            Config place = panel.getConfig("gridPos");
            assertTrue(place.getInt("x") + place.getInt("w") <= 24, title);
            assertTrue(places.add(place.getInt("x") + "," + place.getInt("y")), title);
        }
    }

    private static void assertKnown(String where, String expression, Map<String, Set<String>> known) {
        PromQl query = PromQl.parse(expression);
        assertFalse(query.matched().isEmpty(), where);
        Set<String> labels = new HashSet<>();
        query.matched().forEach((metric, matched) -> {
            Set<String> has = known.get(metric);
            if (has == null) {
                throw new AssertionError(where + " refers to " + metric + ", which a sidecar does not show");
            }
            assertTrue(
                    has.containsAll(matched), () -> where + ": " + metric + " has " + has + ", not all of " + matched);
            labels.addAll(has);
        });
        labels.addAll(OF_THE_TARGET);
        assertTrue(
                labels.containsAll(query.grouped()),
                () -> where + " groups by " + query.grouped() + ", where there are " + labels);
    }

    private static Set<String> allLabels(Map<String, Set<String>> known) {
        Set<String> all = new TreeSet<>();
        known.values().forEach(all::addAll);
        return all;
    }
}
