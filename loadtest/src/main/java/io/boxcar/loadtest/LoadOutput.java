package io.boxcar.loadtest;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the result of a load goes; options of the commands. */
final class LoadOutput {
    private static final String STANDARD_OUTPUT = "-";

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write the result as JSON, too; - for the standard output, where nothing else appears then.")
    private @Nullable String json;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Write the result as a page with plots, too; it needs no other file.")
    private @Nullable String html;

    @Option(
            names = "--metrics",
            paramLabel = "URL",
            description =
                    "The metrics of a Boxcar that the load goes through, as http://127.0.0.1:9901/metrics: the page"
                            + " then shows how many requests it put into its batches.")
    private @Nullable URI metrics;

    private @Nullable BatchSizes batchesBefore;

    /**
     * Looks whether the files can be written, before the load.
     *
     * @throws IllegalArgumentException if not; says why
     */
    void check() {
        check("--json", json);
        check("--html", html);
        if (metrics != null && (html == null || metrics.getHost() == null)) {
            throw new IllegalArgumentException("--metrics needs --html, and a URL as http://127.0.0.1:9901/metrics");
        }
    }

    /** To be called right before the load. */
    void begin() throws IOException {
        batchesBefore = metrics == null ? null : BatchSizes.read(metrics);
    }

    private static void check(String option, @Nullable String file) {
        if (file == null || file.equals(STANDARD_OUTPUT)) {
            return;
        }
        Path folder = Path.of(file).toAbsolutePath().getParent();
        if (Files.isDirectory(Path.of(file)) || folder == null || !Files.isDirectory(folder)) {
            throw new IllegalArgumentException(option + " " + file + ": not a file that could be written");
        }
    }

    /** Where text for people goes. */
    PrintStream text() {
        return STANDARD_OUTPUT.equals(json) ? System.err : System.out;
    }

    Progress progress() {
        return Progress.on(text());
    }

    /** Writes the result everywhere. */
    void write(Map<String, Object> settings, LoadResult result) throws IOException {
        text().print(result.describe());
        text().flush();
        LoadReport report = new LoadReport(settings, result);
        if (html != null) {
            LoadPage.of(report, batches()).write(Path.of(html));
        }
        if (json != null) {
            String document = report.json();
            if (json.equals(STANDARD_OUTPUT)) {
                System.out.print(document);
                System.out.flush();
            } else {
                Files.writeString(Path.of(json), document, StandardCharsets.UTF_8);
            }
        }
    }

    private @Nullable BatchSizes batches() throws IOException {
        return metrics == null || batchesBefore == null
                ? null
                : BatchSizes.read(metrics).since(batchesBefore);
    }
}
