package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The clients of Node.js, whose tests are in {@code src/test/node}: they pass directly, and so they pass through Boxcar.
 * Skipped where there is no Node.js 20 or later, or where npm cannot get the clients.
 */
class NodeClientsTest {
    private static final Path SOURCES = Path.of("src", "test", "node");
    private static final Path INSTALLED = Path.of("target", "node");
    private static final String PASSWORD = "open sesame";
    private static final int OLDEST_NODE = 20;
    private static final long INSTALL_SECONDS = 120;
    private static final long TEST_SECONDS = 120;

    private static RedisOrigin redis;
    private static RedisOrigin locked;
    private static LocalBoxcar boxcar;
    private static LocalBoxcar lockedBoxcar;

    @BeforeAll
    static void start() throws Exception {
        Tool.assumeOnPath("node");
        Tool.assumeOnPath("npm");
        String version = Tool.run("", TEST_SECONDS, List.of("node", "--version"))
                .orFail()
                .strip();
        int major = Integer.parseInt(version.replaceAll("^v|\\..*", ""));
        assumeTrue(major >= OLDEST_NODE, "node is " + version + ", the clients need " + OLDEST_NODE + " or later");
        install();
        redis = RedisOrigin.start();
        locked = RedisOrigin.start();
        try (Wire wire = Wire.open(locked.address())) {
            wire.ask("CONFIG", "SET", "requirepass", PASSWORD);
        }
        boxcar = LocalBoxcar.before(redis).ready();
        lockedBoxcar = LocalBoxcar.before(locked).ready();
    }

    private static void install() throws Exception {
        Files.createDirectories(INSTALLED);
        try (var sources = Files.list(SOURCES)) {
            for (Path source : sources.filter(Files::isRegularFile).toList()) {
                Files.copy(source, INSTALLED.resolve(source.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Tool.Result npm = Tool.run(
                INSTALLED,
                Map.of(),
                new byte[0],
                INSTALL_SECONDS,
                List.of("npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=1"));
        assumeTrue(npm.status() == 0, () -> "npm could not get the clients; their tests are skipped:\n" + npm.output());
    }

    @AfterAll
    static void stop() throws IOException {
        if (lockedBoxcar != null) {
            lockedBoxcar.close();
            boxcar.close();
            locked.close();
            redis.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"ioredis, directly", "ioredis, through Boxcar", "node-redis, directly", "node-redis, through Boxcar"})
    void behavesAsItExpectsRedisTo(String client, String path) throws Exception {
        boolean direct = path.equals("directly");
        Map<String, String> environment = Map.of(
                "REDIS_PORT", String.valueOf(direct ? redis.port() : boxcar.port()),
                "REDIS_LOCKED_PORT", String.valueOf(direct ? locked.port() : lockedBoxcar.port()),
                "REDIS_PASSWORD", PASSWORD);
        Tool.run(
                        INSTALLED,
                        environment,
                        new byte[0],
                        TEST_SECONDS,
                        List.of("node", "--test-reporter=spec", client + ".test.mjs"))
                .orFail();
    }
}
