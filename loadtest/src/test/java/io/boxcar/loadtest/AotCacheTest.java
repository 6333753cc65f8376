package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The AOT cache of the packaged distribution is in use, and where it cannot be, Boxcar serves without it and says so. */
@Timeout(120)
class AotCacheTest {
    private static final Path DISTRIBUTION =
            Path.of("..", "proxy", "target", "boxcar").toAbsolutePath().normalize();
    private static final String WITHOUT = "running without AOT cache";

    private static RedisOrigin redis;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(
                Files.isReadable(Path.of("/proc/self/maps")),
                "there is no /proc/self/maps here; the test of the AOT cache is skipped");
        assumeTrue(
                Files.exists(DISTRIBUTION.resolve("lib").resolve("boxcar.aot")),
                "the proxy is not packaged with an AOT cache (mvn package); its test is skipped");
        redis = RedisOrigin.start();
    }

    @AfterAll
    static void stop() {
        if (redis != null) {
            redis.close();
        }
    }

    private static SidecarProcess serving(Path distribution, String... environment) throws Exception {
        List<String> command = new ArrayList<>(List.of("env"));
        command.addAll(List.of(environment));
        command.addAll(List.of(
                distribution.resolve("bin").resolve("boxcar").toString(),
                "run",
                "--redis",
                "127.0.0.1:0=" + redis.address(),
                "--admin",
                "127.0.0.1:0"));
        return SidecarProcess.started(command);
    }

    private static void answers(SidecarProcess sidecar) throws Exception {
        try (Wire wire = sidecar.connect()) {
            assertEquals("+PONG\r\n", wire.ask("PING"));
        }
    }

    private static boolean hasMapped(SidecarProcess sidecar) throws Exception {
        return Files.readAllLines(Path.of("/proc", Long.toString(sidecar.pid()), "maps")).stream()
                .anyMatch(line -> line.endsWith("/lib/boxcar.aot"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"fast", "tiny"})
    void bothProfilesHaveItMapped(String profile) throws Exception {
        try (SidecarProcess sidecar = serving(DISTRIBUTION, "BOXCAR_PROFILE=" + profile)) {
            answers(sidecar);
            assertTrue(hasMapped(sidecar), sidecar::output);
            sidecar.terminate();
            assertEquals(0, sidecar.exitStatus());
            assertFalse(sidecar.output().contains(WITHOUT), sidecar::output);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-XX:-UseCompactObjectHeaders", "-XX:-UseSerialGC -XX:+UseZGC", "-Xshare:off"})
    void otherOptionsOfTheJvmDoWithoutAndSaySo(String options) throws Exception {
        try (SidecarProcess sidecar = serving(DISTRIBUTION, "BOXCAR_JAVA_OPTS=" + options)) {
            answers(sidecar);
            assertFalse(hasMapped(sidecar), sidecar::output);
            Eventually.isTrue("it is told", () -> sidecar.output().contains(WITHOUT));
        }
    }

    @Test
    void anotherCollectorThatTheCacheFitsKeepsIt() throws Exception {
        try (SidecarProcess sidecar = serving(DISTRIBUTION, "BOXCAR_JAVA_OPTS=-XX:-UseSerialGC -XX:+UseG1GC")) {
            answers(sidecar);
            assertTrue(hasMapped(sidecar), sidecar::output);
        }
    }

    @Test
    void aDistributionThatWasMovedKeepsItAndOneWithAnotherJarDoesNot(@TempDir Path dir) throws Exception {
        Path moved = dir.resolve("moved");
        Tool.run("", 60, List.of("cp", "-rp", DISTRIBUTION.toString(), moved.toString()))
                .orFail();
        try (SidecarProcess sidecar = serving(moved)) {
            answers(sidecar);
            assertTrue(hasMapped(sidecar), sidecar::output);
        }
        Tool.run("", 60, List.of("sh", "-c", "touch -d 2100-01-01 '" + moved + "'/lib/netty-common-*.jar"))
                .orFail();
        try (SidecarProcess sidecar = serving(moved)) {
            answers(sidecar);
            assertFalse(hasMapped(sidecar), sidecar::output);
            Eventually.isTrue("it is told", () -> sidecar.output().contains(WITHOUT));
        }
    }
}
