package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code bin/benchmarks} would run, and what it says when it cannot; not a benchmark is run. */
@Timeout(60)
final class BenchmarksTest {
    private static final Path CHECKOUT = Path.of("..");

    private static String sources() throws IOException {
        StringBuilder all = new StringBuilder();
        for (String module : List.of("batching", "metrics", "proxy")) {
            try (Stream<Path> files = Files.walk(CHECKOUT.resolve(module).resolve("src/test/java"))) {
                for (Path file : files.filter(path -> path.toString().endsWith("Benchmark.java"))
                        .toList()) {
                    all.append(Files.readString(file));
                }
            }
        }
        return all.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "BatchRing",
                "Batcher",
                "DeparturePolicy",
                "InOrderInFlight",
                "ByIdInFlight",
                "ResponseWindow",
                "DeadlineQueue",
                "MovingAverage",
                "ActivityWindow",
                "Histogram",
                "RequestScanner",
                "ReplyScanner",
                "RedisRequestDecoder",
                "CommandTable",
                "HashSlot",
                "Ketama",
                "DirectCopy",
                "RequestHead",
                "ResponseHead",
                "ChunkedBody",
                "RequestHeads",
                "JsonLine"
            })
    void everyHotTypeHasABenchmark(String type) throws IOException {
        assertTrue(Pattern.compile("\\b" + type + "[.(<]").matcher(sources()).find(), type);
    }

    @Test
    void unknownOptionIsNamed() throws IOException, InterruptedException {
        Process process = new ProcessBuilder("bin/benchmarks", "--fast")
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(2, process.waitFor(), said);
        assertEquals("benchmarks: unknown option --fast; see --help\n", said);
    }
}
