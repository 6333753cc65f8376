package io.boxcar.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A strict reader of the Prometheus text format 0.0.4, which fails the test at the first line that is not as it should be. */
final class TextFormat {

    private static final Pattern HELP = Pattern.compile("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (\\S.*)");
    private static final Pattern TYPE =
            Pattern.compile("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)");
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\[\\\\n\"])*)\",?");

    /** One name: its type, its sentence, and its samples by name and labels. */
    static final class Family {
        private final String name;
        private final String help;
        private String type = "";
        private final Map<String, Map<Map<String, String>, Double>> samples = new LinkedHashMap<>();

        private Family(String name, String help) {
            this.name = name;
            this.help = help;
        }

        private Map<Map<String, String>, Double> samples(String sampleName) {
            return samples.computeIfAbsent(sampleName, each -> new LinkedHashMap<>());
        }
    }

    private final Map<String, Family> families = new LinkedHashMap<>();

    private TextFormat() {}

    static TextFormat parse(String text) {
        assertTrue(text.endsWith("\n"), "the last line ends with a line feed");
        TextFormat result = new TextFormat();
        Family family = new Family("", "");
        for (String line : text.lines().toList()) {
            Matcher help = HELP.matcher(line);
            Matcher type = TYPE.matcher(line);
            if (help.matches()) {
                family = new Family(help.group(1), help.group(2));
                assertNull(result.families.put(family.name, family), line + " comes twice");
            } else if (type.matches()) {
                assertEquals(family.name, type.group(1), "TYPE follows HELP");
                assertTrue(family.type.isEmpty() && family.samples.isEmpty(), line);
                family.type = type.group(2);
            } else {
                addSample(line, family);
            }
        }
        for (Family each : result.families.values()) {
            assertFalse(each.samples.isEmpty(), each.name + " has samples");
            if (each.type.equals("histogram")) {
                checkHistogram(each);
            }
        }
        return result;
    }

    Set<String> names() {
        return families.keySet();
    }

    String type(String name) {
        return family(name).type;
    }

    String help(String name) {
        return family(name).help;
    }

    Set<String> labelNames(String name) {
        Set<String> result = new TreeSet<>();
        family(name)
                .samples
                .values()
                .forEach(samples -> samples.keySet().forEach(each -> result.addAll(each.keySet())));
        return result;
    }

    double value(String name, Map<String, String> labels) {
        return valueOf(family(name), name, labels);
    }

    /** The sample whose name ends with {@code suffix}, such as {@code _bucket}. */
    double value(String name, String suffix, Map<String, String> labels) {
        return valueOf(family(name), name + suffix, labels);
    }

    private Family family(String name) {
        Family family = families.get(name);
        if (family == null) {
            throw new AssertionError(name + " is not among " + families.keySet());
        }
        return family;
    }

    private static double valueOf(Family family, String name, Map<String, String> labels) {
        Double value = family.samples(name).get(labels);
        if (value == null) {
            throw new AssertionError(name + labels + " is not among " + family.samples);
        }
        return value;
    }

    private static void addSample(String line, Family family) {
        Matcher sample = SAMPLE.matcher(line);
        assertTrue(sample.matches(), line);
        String name = sample.group(1);
        assertFalse(family.type.isEmpty(), () -> "HELP and TYPE come before " + line);
        Set<String> names = switch (family.type) {
            case "histogram" -> Set.of(family.name + "_bucket", family.name + "_count", family.name + "_sum");
            case "summary" -> Set.of(family.name, family.name + "_count", family.name + "_sum");
            default -> Set.of(family.name);
        };
        assertTrue(names.contains(name), line);
        assertEquals(family.type.equals("counter"), family.name.endsWith("_total"), line);
        double value = Double.parseDouble(sample.group(3));
        assertTrue(value >= 0 || !family.type.equals("counter"), line);
        assertNull(family.samples(name).put(labels(sample.group(2)), value), () -> line + " comes twice");
    }

    private static Map<String, String> labels(@Nullable String text) {
        Map<String, String> labels = new TreeMap<>();
        if (text != null) {
            Matcher label = LABEL.matcher(text);
            int end = 0;
            while (label.find()) {
                assertEquals(end, label.start(), text);
                assertNull(labels.put(label.group(1), label.group(2).translateEscapes()), text);
                end = label.end();
            }
            assertEquals(text.length(), end, text);
        }
        return labels;
    }

    /** Buckets ascend and are cumulative, and the last one is +Inf and holds the count. */
    private static void checkHistogram(Family family) {
        Map<Map<String, String>, Double> lastBound = new HashMap<>();
        Map<Map<String, String>, Double> lastCount = new HashMap<>();
        family.samples(family.name + "_bucket").forEach((labels, count) -> {
            Map<String, String> rest = new TreeMap<>(labels);
            String le = rest.remove("le");
            double bound = "+Inf".equals(le) ? Double.POSITIVE_INFINITY : Double.parseDouble(String.valueOf(le));
            assertTrue(bound > lastBound.getOrDefault(rest, 0.0), () -> family.name + labels);
            assertTrue(count >= lastCount.getOrDefault(rest, 0.0), () -> family.name + labels);
            lastBound.put(rest, bound);
            lastCount.put(rest, count);
        });
        lastBound.values().forEach(bound -> assertEquals(Double.POSITIVE_INFINITY, bound, family.name));
        assertEquals(family.samples(family.name + "_count"), lastCount, family.name);
        assertEquals(lastCount.keySet(), family.samples(family.name + "_sum").keySet(), family.name);
    }
}
