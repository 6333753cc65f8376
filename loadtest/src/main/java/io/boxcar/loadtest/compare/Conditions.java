package io.boxcar.loadtest.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where and how it was measured.
 *
 * @param sentences one condition each
 * @param configurations what was started and how, by name
 */
record Conditions(List<String> sentences, Map<String, String> configurations) {

    static Conditions read(ComparePlan plan, Field field, Pinning pinning) {
        List<String> sentences = new ArrayList<>();
        sentences.add(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT)
                        .withZone(ZoneOffset.UTC)
                        .format(Instant.now())
                + "; " + machine(pinning.cpus()) + ".");
        sentences.add("Behind all paths: " + field.server().version() + ".");
        List<String> peers = field.versions().subList(1, field.versions().size());
        sentences.add((peers.isEmpty() ? "" : "Beside Boxcar: " + String.join("; ", peers) + ". ") + "Java "
                + Runtime.version() + ".");
        sentences.add(plan.protocol().requests() + "; each response is checked to be that of its request.");
        sentences.add(String.format(
                Locale.ROOT,
                "Figures are medians of %d rounds of %.1f s, with the range; the order of the paths changes from round to"
                        + " round; ratios are between windows of the same round.",
                plan.rounds(),
                plan.measuredNs() / 1e9));
        sentences.add(
                "Every proxy works with one thread or event loop, keeps its connections to the server, and writes no"
                        + " logs; everything goes over the loopback interface.");
        sentences.add(pinning.describe());
        return new Conditions(List.copyOf(sentences), new LinkedHashMap<>(field.configurations()));
    }

    private static String machine(int cpus) {
        String model = "";
        try {
            // model name	: AMD EPYC 7B13
            model = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip() + ", ")
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            model = ""; // another platform: its name below has to do
        }
        return model + cpus + " CPUs, " + System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch");
    }
}
