package io.boxcar.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.boxcar.proxy.config.BoxcarConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunArgumentsTest {
    private static final Set<String> PROTOCOLS = Set.of("redis", "http");

    private record Ran(BoxcarConfig config, boolean takesOver) {}

    private final List<Ran> ran = new ArrayList<>();
    private final StringWriter err = new StringWriter();

    private final Runner runner = (source, takesOver, out, unused) -> {
        ran.add(new Ran(source.load(), takesOver));
        return Main.OK;
    };

    private int execute(String... arguments) {
        RunArguments run = RunArguments.of(arguments);
        assertNotNull(run);
        return run.execute(PROTOCOLS, runner, new PrintWriter(new StringWriter()), new PrintWriter(err, true));
    }

    private int executeWithPicocli(String... arguments) {
        return Main.commandLine(PROTOCOLS, runner, List.of())
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run",
                "run --redis 1=a:2 --redis=3=a:4,b:4 --http unix:/x=b:1",
                "run --admin off --take-over",
                "run --set loops=2 --set=upstreams.redis.batching.linger=1500us --admin=[::1]:9",
                "run --set admin.listen=\"127.0.0.1:1\"",
            })
    void readsTheSameAsPicocli(String line) {
        String[] arguments = line.split(" ");
        assertEquals(Main.OK, execute(arguments));
        assertEquals(Main.OK, executeWithPicocli(arguments));
        assertEquals(ran.get(1), ran.get(0));
    }

    @Test
    void readsTheFileToo(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("boxcar.conf"), "boxcar { loops = 3 }\n");
        assertEquals(Main.OK, execute("run", "--config", file.toString()));
        assertEquals(3, ran.getFirst().config().loops());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "check",
                "--help",
                "run --help",
                "run -h",
                "run here",
                "run --redis",
                "run --redis=",
                "run --confg x",
                "run --admin --set a=b",
                "run --admin off --admin off",
                "run --config a --config=b",
                "run --take-over --take-over",
                "run --take-over=true",
            })
    void leavesTheRestToPicocli(String line) {
        assertNull(RunArguments.of(line.split(" ")));
    }

    @Test
    void tellsWhatIsWrongAsPicocliWould() {
        String[] arguments = {"run", "--set", "lops=3"};
        assertEquals(Main.WRONG_USAGE, execute(arguments));
        String told = err.toString();
        err.getBuffer().setLength(0);
        assertEquals(Main.WRONG_USAGE, executeWithPicocli(arguments));
        assertEquals(told, err.toString());
        assertEquals("--set lops=3: boxcar.lops is not a known key; did you mean boxcar.loops?\n", told);
    }

    @Test
    void reportsAMistakeOfOurOwn() {
        RunArguments run = RunArguments.of("run");
        assertNotNull(run);
        Runner broken = (source, takesOver, out, unused) -> {
            throw new IllegalStateException("broken");
        };
        assertEquals(
                Main.CANNOT_SERVE,
                run.execute(PROTOCOLS, broken, new PrintWriter(new StringWriter()), new PrintWriter(err, true)));
        assertEquals(
                "boxcar: run failed; this is a mistake in Boxcar, please report it:",
                err.toString().lines().findFirst().orElseThrow());
    }
}
