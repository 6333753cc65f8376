package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RedisLoadTest {
    private static final LoadWatcher NOBODY = new LoadWatcher() {};

    @Test
    void findsNothingWrongWithARedis() throws IOException {
        try (RedisOrigin origin = RedisOrigin.start()) {
            LoadResult result = RedisLoad.run(plan(origin.port(), 20, 4, 10_000), NOBODY);
            assertTrue(result.isClean(), result.describeTrouble());
            assertEquals(10_000, result.requests());
            assertEquals(10_000, result.latencyNs().getTotalCount());
        }
    }

    @Test
    void takesTheResponsesOfTwoConnectionsThatWereSwappedForMispaired() throws IOException {
        try (ScriptedRedis redis = new ScriptedRedis(ScriptedRedis.Fault.SWAP_ACROSS_CONNECTIONS)) {
            LoadResult result = RedisLoad.run(plan(redis.port(), 2, 1, 100), NOBODY);
            assertEquals(2, result.mispaired(), result.describeTrouble());
            assertEquals(Map.of(), result.errors());
        }
    }

    @Test
    void takesTheResponsesOfOneConnectionThatWereSwappedForMispaired() throws IOException {
        try (ScriptedRedis redis = new ScriptedRedis(ScriptedRedis.Fault.SWAP_WITHIN_CONNECTION)) {
            LoadResult result = RedisLoad.run(plan(redis.port(), 1, 4, 100), NOBODY);
            assertTrue(result.mispaired() > 0, result.describeTrouble());
        }
    }

    @Test
    void takesASurplusResponseForMispaired() throws IOException {
        try (ScriptedRedis redis = new ScriptedRedis(ScriptedRedis.Fault.ONE_TOO_MANY)) {
            LoadResult result = RedisLoad.run(plan(redis.port(), 1, 1, 100), NOBODY);
            assertTrue(result.mispaired() > 0, result.describeTrouble());
        }
    }

    @Test
    void countsErrorsByTheirText() throws IOException {
        try (ScriptedRedis redis = new ScriptedRedis(ScriptedRedis.Fault.ERROR)) {
            LoadResult result = RedisLoad.run(plan(redis.port(), 1, 1, 100), NOBODY);
            assertEquals(Map.of("BOXCARLOST outcome unknown after # ms", 1L), result.errors());
            assertEquals(0, result.mispaired());
        }
    }

    @Test
    void countsALostConnectionAndGoesOnWithANewOne() throws IOException {
        try (ScriptedRedis redis = new ScriptedRedis(ScriptedRedis.Fault.CLOSE)) {
            LoadResult result = RedisLoad.run(plan(redis.port(), 1, 1, 100), NOBODY);
            assertEquals(Map.of("connection closed before the response", 1L), result.errors());
            assertEquals(100, result.requests());
        }
    }

    @Test
    void countsAResponseThatNeverComes() throws IOException {
        try (ScriptedRedis redis = new ScriptedRedis(ScriptedRedis.Fault.SILENCE)) {
            LoadResult result = RedisLoad.run(plan(redis.port(), 1, 1, 100), NOBODY);
            assertEquals(Map.of("no response within # ms", 1L), result.errors());
            assertEquals(100, result.requests());
        }
    }

    @Test
    void saysWhatItCannotConnectTo() throws IOException {
        int port = Loopback.freePort().port();
        IOException failure = assertThrows(IOException.class, () -> RedisLoad.run(plan(port, 1, 1, 1), NOBODY));
        assertTrue(
                String.valueOf(failure.getMessage()).startsWith("cannot connect to 127.0.0.1:" + port),
                failure.getMessage());
    }

    /** Ends after {@code requests}; the ten seconds are only there to end a test that fails. */
    private static LoadPlan plan(int port, int connections, int pipeline, long requests) {
        return new LoadPlan(
                "127.0.0.1",
                port,
                connections,
                pipeline,
                64,
                50,
                0,
                TimeUnit.SECONDS.toNanos(10),
                requests,
                TimeUnit.MILLISECONDS.toNanos(500));
    }
}
