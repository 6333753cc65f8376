package io.boxcar.loadtest;

import java.io.IOException;
import java.io.PrintStream;
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

    /**
     * Looks whether the files can be written, before the load.
     *
     * @throws IllegalArgumentException if not; says why
     */
    void check() {
        check("--json", json);
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
        if (json != null) {
            String document = new LoadReport(settings, result).json();
            if (json.equals(STANDARD_OUTPUT)) {
                System.out.print(document);
                System.out.flush();
            } else {
                Files.writeString(Path.of(json), document, StandardCharsets.UTF_8);
            }
        }
    }
}
