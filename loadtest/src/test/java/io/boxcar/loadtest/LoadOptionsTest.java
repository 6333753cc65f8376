package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import picocli.CommandLine;

@ResourceLock(Resources.SYSTEM_ERR)
final class LoadOptionsTest {
    private record Outcome(int exit, String err) {}

    @Test
    void refusesEachOptionThatCannotBeWithOneLine() {
        List<String> each = List.of(
                "--connections 0",
                "--connections 100000",
                "--rate -1",
                "--pipeline 0",
                "--value-bytes 8",
                "--value-bytes 64..16",
                "--value-bytes many",
                "--mix 101",
                "--mget-percent 10",
                "--mget 2 --mget-percent 60",
                "--keys 0",
                "--key-distribution gauss",
                "--resp 4",
                "--steps 500,50",
                "--steps 10,20/s",
                "--steps x/s,y/s",
                "--steps 10,20 --ramp 1",
                "--ramp 20",
                "--seconds 0",
                "--insecure",
                "--tls --cert a.pem",
                "--tls --insecure --ca a.pem",
                "--json /no/such/folder/out.json",
                "--target nonsense:x");
        for (String options : each) {
            Outcome outcome = redis(options);
            assertEquals(2, outcome.exit(), options);
            assertTrue(outcome.err().startsWith("boxcar load redis: "), outcome.err());
            assertEquals(1, outcome.err().lines().count(), outcome.err());
        }
    }

    @Test
    void writesTheSettingsAndTheResultOfEachStepIntoAFile(@TempDir Path folder) throws IOException {
        try (RedisOrigin origin = RedisOrigin.start()) {
            Path file = folder.resolve("out.json");
            Outcome outcome = redis("--target 127.0.0.1:" + origin.port()
                    + " --steps 1,4 --seconds 0.2 --warmup 0.05 --value-bytes 16..256 --json " + file);
            assertEquals(0, outcome.exit(), outcome.err());
            JsonNode json = new ObjectMapper().readTree(Files.readString(file));
            assertEquals("16..256", json.at("/settings/valueBytes").asText());
            assertEquals(2, json.at("/steps").size());
            assertEquals(4, json.at("/steps/1/offered").asInt());
            long both = json.at("/steps/0/requests").asLong()
                    + json.at("/steps/1/requests").asLong();
            assertEquals(json.at("/requests").asLong(), both);
        }
    }

    @Test
    void endsWithOneWhereNobodyListens() throws IOException {
        assertEquals(1, redis("--target " + Loopback.freePort()).exit());
    }

    private static Outcome redis(String options) {
        List<String> arguments = new ArrayList<>(List.of(options.split(" ")));
        if (!arguments.contains("--target")) {
            arguments.addAll(List.of("--target", "127.0.0.1:1"));
        }
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            int exit = new CommandLine(new RedisLoadCommand()).execute(arguments.toArray(String[]::new));
            return new Outcome(exit, bytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setErr(before);
        }
    }
}
