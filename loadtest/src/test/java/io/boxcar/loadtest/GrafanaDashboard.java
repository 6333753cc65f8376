package io.boxcar.loadtest;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code deploy/grafana/boxcar.json}.
 *
 * @param panels all but the rows
 * @param queries the expressions of panels and annotations, by what they are shown as
 * @param variables the queries of the variables, by name
 */
record GrafanaDashboard(List<Config> panels, Map<String, String> queries, Map<String, String> variables) {
    private static final Path FILE = Path.of("..", "deploy", "grafana", "boxcar.json");

    static GrafanaDashboard read() {
        Config root = ConfigFactory.parseFile(FILE.toFile()); // JSON is HOCON
        List<Config> panels = new ArrayList<>();
        Map<String, String> queries = new LinkedHashMap<>();
        for (Config panel : root.getConfigList("panels")) {
            if (panel.getString("type").equals("row")) {
                continue;
            }
            panels.add(panel);
            for (Config target : panel.getConfigList("targets")) {
                queries.put(panel.getString("title") + ", " + target.getString("refId"), target.getString("expr"));
            }
        }
        for (Config annotation : root.getConfigList("annotations.list")) {
            if (annotation.hasPath("expr")) {
                queries.put("annotation " + annotation.getString("name"), annotation.getString("expr"));
            }
        }
        Map<String, String> variables = new LinkedHashMap<>();
        for (Config variable : root.getConfigList("templating.list")) {
            if (variable.getString("type").equals("query")) {
                variables.put(variable.getString("name"), variable.getString("query.query"));
            }
        }
        return new GrafanaDashboard(panels, queries, variables);
    }

    /** The expression with all variables at All, and rates over {@code interval}. */
    static String everything(String expression, String interval) {
        return expression
                .replace("$__rate_interval", interval)
                .replace("$__interval", interval)
                .replaceAll("\\$\\w+", ".*");
    }
}
