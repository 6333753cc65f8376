package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RedisOriginTest {
    @Test
    void answersWhenStarted() throws IOException {
        try (RedisOrigin origin = RedisOrigin.start();
                RespConnection connection = RespConnection.open(origin.address(), 5_000)) {
            assertEquals("OK", connection.call("SET", "a", "1"));
            assertEquals("1", connection.call("GET", "a"));
        }
    }

    @Test
    void isGoneAfterKillAndAnswersOnTheSamePortAfterRestart() throws IOException {
        try (RedisOrigin origin = RedisOrigin.start()) {
            int port = origin.port();
            long pid = origin.pid();
            origin.kill();
            assertFalse(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
            assertThrows(IOException.class, () -> RespConnection.open(origin.address(), 5_000));
            origin.restart();
            assertEquals(port, origin.port());
            assertNotEquals(pid, origin.pid());
            try (RespConnection connection = RespConnection.open(origin.address(), 5_000)) {
                assertEquals("PONG", connection.call("PING"));
            }
        }
    }

    @Test
    void keepsWhatWasAcknowledgedThroughAKillIfDurable(@TempDir Path directory) throws IOException {
        try (RedisOrigin origin = RedisOrigin.startDurable(directory)) {
            try (RespConnection connection = RespConnection.open(origin.address(), 5_000)) {
                assertEquals(1L, connection.call("RPUSH", "list", "a"));
            }
            origin.restart();
            try (RespConnection connection = RespConnection.open(origin.address(), 5_000)) {
                assertEquals(List.of("a"), connection.call("LRANGE", "list", "0", "-1"));
            }
        }
    }

    @Test
    void listensOnAUnixSocket(@TempDir Path directory) throws IOException {
        try (RedisOrigin origin = RedisOrigin.startOnUnixSocket(directory.resolve("redis.sock"));
                RespConnection connection = RespConnection.open(origin.address(), 5_000)) {
            assertEquals("PONG", connection.call("PING"));
        }
    }

    @Test
    void saysWhichServersWereTriedAndWhyTheyDidNotStart() throws IOException {
        try (RedisOrigin first = RedisOrigin.start()) {
            Address taken = first.address();
            IOException failure =
                    assertThrows(IOException.class, () -> RedisOrigin.start(new Children(), taken, List.of()));
            String message = String.valueOf(failure.getMessage());
            assertTrue(message.contains(taken.toString()), message);
            assertTrue(message.contains("embedded-redis: "), message);
            assertTrue(message.contains("Address already in use"), message);
        }
    }
}
