package io.boxcar.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@link WakeGateStress} in the jcstress harness for about 15 seconds. RATIONALE.md tells how to run it for long. */
class WakeGateStressTest {
    @Test
    @Timeout(120)
    void noWakeUpIsLost(@TempDir Path directory) throws IOException, InterruptedException {
        Path output = directory.resolve("output.txt");
        Process harness = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.openjdk.jcstress.Main",
                        "-t",
                        "WakeGateStress",
                        "-m",
                        "sanity",
                        "-iters",
                        "2",
                        "-time",
                        "200",
                        "-strideSize",
                        "256",
                        "-strideCount",
                        "40",
                        "-sc",
                        "false",
                        "-v",
                        "-r",
                        directory.resolve("report").toString())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        int exit;
        try {
            exit = harness.waitFor();
        } finally {
            harness.destroyForcibly();
        }
        String text = Files.readString(output);
        assertEquals(0, exit, text); // forbidden outcomes and broken forks make it 1
        assertTrue(text.contains("[OK] io.boxcar.batching.WakeGateStress.OfferAgainstPark"), text);
        assertTrue(text.contains("[OK] io.boxcar.batching.WakeGateStress.OfferAgainstOffer"), text);
    }
}
