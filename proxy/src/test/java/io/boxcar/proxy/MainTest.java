package io.boxcar.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.BoxcarConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class MainTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<BoxcarConfig> ran = new ArrayList<>();
    private final List<CliCommand> others = new ArrayList<>();
    private int runnerReturns = Main.OK;

    @Test
    void runPassesTheConfigurationOnAndReturnsTheExitCode() {
        assertEquals(0, boxcar("run"));
        assertEquals(6380, port(ran.getFirst().listeners().getFirst().listen()));
        runnerReturns = Main.CANNOT_SERVE;
        assertEquals(1, boxcar("run"));
    }

    @Test
    void runTakesEveryOptionRepeatedly() {
        assertEquals(
                0,
                boxcar(
                        "run",
                        "--redis",
                        "1=a:2",
                        "--redis=3=a:4,b:4",
                        "--admin",
                        "off",
                        "--set",
                        "loops=2",
                        "--set",
                        "upstreams.redis-2.connections=3"));
        BoxcarConfig config = ran.getFirst();
        assertEquals(2, config.listeners().size());
        assertEquals(2, config.loops());
        assertEquals(3, config.upstreams().get(1).connections());
    }

    @Test
    void aWrongConfigurationIsToldLineByLineAndNothingRuns() {
        assertEquals(2, boxcar("run", "--http", "1=2", "--set", "lops=3"));
        assertEquals("""
                --set lops=3: boxcar.lops is not a known key; did you mean boxcar.loops?
                --http 1=2: boxcar.listeners.http.protocol = http is not supported yet by this build; it knows redis
                """, err.toString());
        assertEquals(List.of(), ran);
    }

    @Test
    void checkPrintsAConfigurationThatReadsBackTheSame(@TempDir Path dir) throws Exception {
        String[] options = {
            "--redis", "unix:/a=b:1,[::1]:2", "--admin", "off", "--set", "upstreams.redis.batching.linger=1500us"
        };
        assertEquals(0, boxcar(with("check", options)));
        Path file = Files.writeString(dir.resolve("printed.conf"), out.toString());
        assertEquals(0, boxcar("run", "--config", file.toString()));
        assertEquals(0, boxcar(with("run", options)));
        assertEquals(ran.get(0), ran.get(1));
        assertTrue(out.toString().contains("linger=\"1500 us\""), out::toString);
    }

    @Test
    void checkDoesNotPrintAPassword() {
        String password = "upstreams.redis.auth.password=s3cret";
        assertEquals(0, boxcar("check", "--set", "upstreams.redis.auth.user=me", "--set", password));
        assertTrue(out.toString().contains("password=\"***\""), out::toString);
        assertEquals(2, boxcar("check", "--set", password, "--set", "upstreams.redis.pasword=s3cret"));
        assertFalse(out.toString().contains("s3cret"), out::toString);
        assertFalse(err.toString().contains("s3cret"), err::toString);
    }

    @Test
    void checkTellsMistakesOnStandardErrorOnly(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("wrong.conf"), "boxcar {\n  loops = 0\n}\n");
        assertEquals(2, boxcar("check", "--config", file.toString()));
        assertEquals("", out.toString());
        assertEquals(file + ":2: boxcar.loops = 0 is out of range; it must be from 1 to 256\n", err.toString());
    }

    @Test
    void checkOpensTheFilesOfTls() {
        assertEquals(
                2,
                boxcar(
                        "check",
                        "--redis",
                        "1=2",
                        "--set",
                        "listeners.redis.tls.cert=/no/such.pem",
                        "--set",
                        "listeners.redis.tls.key=/no/such.key"));
        assertEquals("boxcar.listeners.redis.tls.cert = /no/such.pem: there is no such file\n", err.toString());
    }

    @Test
    void versionPrintsTheVersionsOfBoxcarAndTheJdk() {
        assertEquals(0, boxcar("version"));
        assertTrue(out.toString().matches("boxcar .+\nJDK " + Runtime.version().feature() + ".+\n"), out::toString);
    }

    @Test
    void withoutArgumentsPrintsTheUsageOnStandardError() {
        assertEquals(2, boxcar());
        assertTrue(err.toString().contains("Commands:\n"), err::toString);
        assertEquals("", out.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--help", "-h", "help", "run --help", "help run", "check --help", "help check", "version -h"})
    void helpGoesToStandardOutput(String arguments) {
        assertEquals(0, boxcar(arguments.split(" ")));
        assertTrue(out.toString().contains("Usage: boxcar"), out::toString);
        assertEquals("", err.toString());
    }

    @Test
    void anUnknownOptionIsNamedWithTheOneThatWasMeant() {
        assertEquals(2, boxcar("run", "--confg", "x"));
        assertTrue(err.toString().startsWith("boxcar: Unknown option"), err::toString);
        assertTrue(err.toString().contains("--config"), err::toString);
        assertTrue(err.toString().endsWith("Try: boxcar run --help\n"), err::toString);
    }

    @Test
    void anUnknownCommandIsNamedWithTheOneThatWasMeant() {
        assertEquals(2, boxcar("chek"));
        assertTrue(err.toString().contains("'chek'"), err::toString);
        assertTrue(err.toString().contains("boxcar check"), err::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "demo --once", "load redis --target x", "origin", "compare"})
    void aCommandOfAModuleThatIsLeftOutSaysSo(String arguments) {
        assertEquals(2, boxcar(arguments.split(" ")));
        assertTrue(err.toString().contains("is part of the module loadtest"), err::toString);
    }

    @Test
    void aModuleCanAddACommand() {
        others.add(Demo::new);
        assertEquals(7, boxcar("demo"));
        assertEquals(0, boxcar("demo", "--help"));
        assertEquals(0, boxcar("--help"));
        assertTrue(out.toString().contains("A demo of another module."), out::toString);
    }

    @Test
    void aMistakeOfOurOwnIsReportedAsSuch() {
        others.add(Broken::new);
        assertEquals(1, boxcar("broken"));
        assertTrue(err.toString().startsWith("boxcar: broken failed; this is a mistake in Boxcar"), err::toString);
    }

    @Command(name = "demo", header = "A demo of another module.")
    static final class Demo implements Callable<Integer> {
        @Mixin
        private final HelpOption help = new HelpOption();

        @Override
        public Integer call() {
            return 7;
        }
    }

    @Command(name = "broken")
    static final class Broken implements Callable<Integer> {
        @Override
        public Integer call() {
            throw new IllegalStateException("broken");
        }
    }

    private int boxcar(String... arguments) {
        Runner runner = (source, takesOver, o, e) -> {
            ran.add(source.load());
            return runnerReturns;
        };
        CommandLine commandLine = Main.commandLine(Set.of("redis"), runner, others)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    private static String[] with(String command, String[] options) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of(options));
        return arguments.toArray(String[]::new);
    }

    private static int port(Address address) {
        return ((Address.Tcp) address).port();
    }
}
