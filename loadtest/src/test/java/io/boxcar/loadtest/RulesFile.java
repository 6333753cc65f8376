package io.boxcar.loadtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The rules in {@code deploy/prometheus/boxcar.rules.yaml}, as far as tests want to know; {@code promtool} reads all of it. */
record RulesFile(List<Rule> rules) {
    static final Path DIRECTORY = Path.of("..", "deploy", "prometheus");
    static final Path FILE = DIRECTORY.resolve("boxcar.rules.yaml");

    private static final Pattern RULE = Pattern.compile("(?m)^      - (record|alert): (\\S+)$");
    private static final Pattern EXPRESSION = Pattern.compile("(?m)^        expr: (>-\\n(?:          .*\\n)+|.*$)");
    private static final Pattern WAITS = Pattern.compile("for: \\d+m");

    /** @param text the rule as it stands in the file */
    record Rule(String name, boolean isAlert, String expression, String text) {}

    static RulesFile read() throws IOException {
        String text = Files.readString(FILE);
        List<Rule> rules = new ArrayList<>();
        Matcher rule = RULE.matcher(text);
        int[] starts = rule.results().mapToInt(found -> found.start()).toArray();
        for (int i = 0; i < starts.length; i++) {
            String part = text.substring(starts[i], i + 1 < starts.length ? starts[i + 1] : text.length());
            Matcher head = RULE.matcher(part);
            Matcher expression = EXPRESSION.matcher(part);
            if (!head.find() || !expression.find()) {
                throw new IOException("not a rule as the tests can read it: " + part);
            }
            String expr = expression.group(1).replaceFirst("^>-", "").strip();
            rules.add(new Rule(head.group(2), head.group(1).equals("alert"), expr, part));
        }
        return new RulesFile(rules);
    }

    /** The rules for those who have seconds: each minute of rates and of waiting is a second. */
    static String inSeconds() throws IOException {
        String text = Files.readString(FILE)
                .replace("[5m]", "[5s]")
                .replace("[1d] offset 30m", "[10s] offset 2s")
                .replace("[1h]", "[10s]");
        return WAITS.matcher(text).replaceAll("for: 1s");
    }
}
