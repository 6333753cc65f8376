package io.boxcar.loadtest;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a PromQL expression refers to; its arithmetic is left to Prometheus.
 *
 * @param matched the labels in braces behind each metric, by the metric's name
 * @param grouped the labels in {@code by}, {@code without}, {@code on}, {@code ignoring} and the like
 */
record PromQl(Map<String, Set<String>> matched, Set<String> grouped) {
    private static final Set<String> LISTS = Set.of("by", "without", "on", "ignoring", "group_left", "group_right");
    private static final Set<String> WORDS = Set.of("and", "or", "unless", "offset", "bool", "inf", "nan");
    private static final Pattern STRING = Pattern.compile("'[^']*'|\"(?:[^\"\\\\]|\\\\.)*\"");
    private static final Pattern RANGE = Pattern.compile("\\[[^]]*]|offset\\s+\\w+|\\$\\w+");

    /** Behind the name of a function, or of an aggregation. */
    private static final Pattern OPERAND = Pattern.compile("\\(|by\\b|without\\b");

    private static final Pattern NAME = Pattern.compile("(?<![\\w:.])[a-zA-Z_:][\\w:]*");

    static PromQl parse(String expression) {
        String text = RANGE.matcher(STRING.matcher(expression).replaceAll("''")).replaceAll(" ");
        Map<String, Set<String>> matched = new TreeMap<>();
        Set<String> grouped = new TreeSet<>();
        Matcher name = NAME.matcher(text);
        int at = 0;
        while (name.find(at)) {
            String word = name.group();
            String behind = text.substring(name.end()).stripLeading();
            at = name.end();
            if (LISTS.contains(word)) {
                int end = text.indexOf(')', at);
                grouped.addAll(namesIn(text.substring(at, end)));
                at = end;
            } else if (!WORDS.contains(word) && !OPERAND.matcher(behind).lookingAt()) {
                Set<String> labels = matched.computeIfAbsent(word, metric -> new HashSet<>());
                if (behind.startsWith("{")) {
                    int end = text.indexOf('}', at);
                    labels.addAll(namesIn(text.substring(at, end)));
                    at = end;
                }
            }
        }
        return new PromQl(matched, grouped);
    }

    private static List<String> namesIn(String list) {
        List<String> names = new ArrayList<>();
        NAME.matcher(list).results().forEach(found -> names.add(found.group()));
        return names;
    }
}
