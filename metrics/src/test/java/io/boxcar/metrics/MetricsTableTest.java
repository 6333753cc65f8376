package io.boxcar.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Keeps the table in {@code METRICS.md} equal to what is shown to Prometheus. */
class MetricsTableTest {

    private static final Path DOCUMENT = Path.of("METRICS.md");
    private static final Path EXPECTED = Path.of("target", "METRICS.md");
    private static final String BEGIN = "<!-- the table: MetricsTableTest compares it with the code -->\n";
    private static final String END = "<!-- the end of the table -->\n";

    @Test
    void theDocumentedMetricsAreThoseOfTheCode() throws IOException {
        String document = Files.readString(DOCUMENT);
        int begin = document.indexOf(BEGIN) + BEGIN.length();
        String expected = document.substring(0, begin) + table() + document.substring(document.indexOf(END));
        Files.createDirectories(EXPECTED.getParent());
        Files.writeString(EXPECTED, expected);
        assertEquals(expected, document, () -> "copy " + EXPECTED.toAbsolutePath() + " to " + DOCUMENT);
    }

    private static String table() {
        List<String> lines = new ArrayList<>(List.of("| name | type | labels | meaning |", "|---|---|---|---|"));
        try (BoxcarMetrics metrics = new BoxcarMetrics("1.2.3")) {
            metrics.add(new ListenerMetrics("cache"));
            metrics.add(new LaneMetrics("redis-main", "127.0.0.1:6379"));
            metrics.add(new HttpMetrics("web", "127.0.0.1:8000"));
            metrics.add(new AccessLogMetrics());
            metrics.add(new CaptureMetrics("outbound", "redis"));
            metrics.add(TlsMetrics.ofListener("cache"));
            metrics.add(TlsMetrics.ofUpstream("redis-main"));
            metrics.add(CertificateMetrics.ofListener("cache"));
            metrics.add(CertificateMetrics.ofUpstream("redis-main", true));
            TextFormat text = TextFormat.parse(metrics.scrape());
            for (String prefix : List.of("boxcar_", "process_")) {
                text.names().stream()
                        .filter(name -> name.startsWith(prefix))
                        .sorted()
                        .forEach(name -> lines.add(row(text, name)));
            }
        }
        return String.join("\n", lines) + "\n";
    }

    private static String row(TextFormat text, String name) {
        Set<String> labels = text.labelNames(name);
        return "| `" + name + "` | " + text.type(name) + " | "
                + labels.stream().filter(label -> !label.equals("le")).collect(Collectors.joining(", ")) + " | "
                + text.help(name) + " |";
    }
}
