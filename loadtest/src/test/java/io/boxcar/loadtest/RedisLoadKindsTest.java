package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a Redis load can ask for, and over what. */
final class RedisLoadKindsTest {
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final LoadWatcher NOBODY = new LoadWatcher() {};

    @Test
    void readsSeveralKeysAtOnceWithEitherProtocol() throws IOException {
        try (RedisOrigin origin = RedisOrigin.start()) {
            for (int resp = 2; resp <= 3; resp++) {
                RedisMix mix = new RedisMix(30, 40, 3, 5, KeyDistribution.OWN, 16, 300, resp);
                assertClean(run(origin.address(), mix, 4));
            }
        }
    }

    @Test
    void sharesKeysThatAllHaveAValue() throws IOException {
        try (RedisOrigin origin = RedisOrigin.start();
                RespConnection control = RespConnection.open(origin.address(), 5_000)) {
            for (KeyDistribution distribution : List.of(KeyDistribution.UNIFORM, KeyDistribution.ZIPF)) {
                assertClean(run(origin.address(), new RedisMix(20, 20, 4, 500, distribution, 16, 4096, 2), 8));
            }
            assertEquals(500L, control.call("DBSIZE"));
        }
    }

    @Test
    void takesTheValueOfAnotherKeyForMispaired() throws IOException {
        try (ScriptedRedis redis = new ScriptedRedis(ScriptedRedis.Fault.SWAP_ACROSS_CONNECTIONS)) {
            RedisMix mix = new RedisMix(50, 0, 1, 4, KeyDistribution.UNIFORM, 64, 64, 2);
            LoadResult result = RedisLoad.run(
                    new LoadPlan(
                            LoadTarget.of(new Address.Tcp("127.0.0.1", redis.port())),
                            mix,
                            1,
                            LoadSchedule.of(new LoadLevel(2, 0), 0, LIMIT_NS),
                            100,
                            LIMIT_NS),
                    NOBODY);
            assertFalse(result.isClean());
        }
    }

    @Test
    void speaksOverAUnixSocket(@TempDir Path folder) throws IOException {
        try (RedisOrigin origin = RedisOrigin.startOnUnixSocket(folder.resolve("redis.sock"))) {
            assertClean(run(origin.address(), RedisMix.of(64, 50), 1));
        }
    }

    @Test
    void sendsAtARateInAnOpenLoopAndInSteps() throws IOException {
        try (RedisOrigin origin = RedisOrigin.start()) {
            long ms = TimeUnit.MILLISECONDS.toNanos(1);
            LoadSchedule steps =
                    new LoadSchedule(List.of(new LoadLevel(4, 500), new LoadLevel(4, 1_000)), 0, 50 * ms, 400 * ms);
            LoadResult result = RedisLoad.run(
                    new LoadPlan(LoadTarget.of(origin.address()), RedisMix.of(64, 50), 2, steps, 0, LIMIT_NS), NOBODY);
            assertClean(result);
            assertEquals(2, result.steps().size());
            LoadStep last = result.steps().getLast();
            assertEquals(1_000, last.offered());
            assertTrue(last.requests() <= 1_000 * last.seconds() + 10, "sent " + last.requests());
        }
    }

    @Test
    void growsInConnections() throws IOException {
        try (RedisOrigin origin = RedisOrigin.start()) {
            long ms = TimeUnit.MILLISECONDS.toNanos(1);
            LoadSchedule ramp = new LoadSchedule(List.of(new LoadLevel(20, 0)), 200 * ms, 50 * ms, 400 * ms);
            assertClean(RedisLoad.run(
                    new LoadPlan(LoadTarget.of(origin.address()), RedisMix.of(64, 50), 1, ramp, 0, LIMIT_NS), NOBODY));
        }
    }

    @Test
    void saysWhatToDoWhenTheFileLimitIsTooLow() {
        IOException refusal = assertThrows(IOException.class, () -> FileLimit.check(10_000, 4_096));
        assertEquals(
                "10000 connections need more than the 4096 open files that this process may have; raise the limit"
                        + " before the start: ulimit -n 10100",
                refusal.getMessage());
    }

    @Test
    void choosesTheFirstKeysMostOftenByZipf() {
        KeyChoice choice = new KeyChoice(KeyDistribution.ZIPF, 1_000);
        int[] counts = new int[1_000];
        for (int i = 0; i < 200_000; i++) {
            counts[choice.getAsInt()]++;
        }
        assertTrue(counts[0] > counts[1] && counts[1] > counts[9] && counts[9] > counts[99]);
        assertEquals(8.0, (double) counts[0] / counts[7], 2.0);
    }

    private static LoadResult run(Address address, RedisMix mix, int pipeline) throws IOException {
        LoadPlan plan = new LoadPlan(
                LoadTarget.of(address),
                mix,
                pipeline,
                LoadSchedule.of(new LoadLevel(5, 0), 0, LIMIT_NS),
                5_000,
                LIMIT_NS);
        return RedisLoad.run(plan, NOBODY);
    }

    private static void assertClean(LoadResult result) {
        assertTrue(result.isClean(), result.describeTrouble());
        assertTrue(result.requests() > 0);
    }
}
