package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Redis crashes under load, ten times: each request gets its own response or an explicit error, nothing is executed
 * twice, nothing acknowledged is lost, and traffic flows again within a second.
 *
 * <p>Redis has every command on disk before it answers, so that its lists tell in the end what was executed.
 */
@Tag("chaos")
final class KillAndRestartTest {
    private static final int CLIENTS = 200;
    private static final int KILLS = 10;
    private static final int BUSY_REQUESTS = 5; // of each client between two crashes, at least
    private static final long RECOVERY_LIMIT_MS = 1_000;
    private static final int WAIT_LIMIT_MS = 10_000;

    @Test
    @Timeout(90)
    void eachRequestGetsItsOwnResponseOrAnErrorThroughTenCrashes(@TempDir Path directory) throws Exception {
        try (RedisOrigin origin = RedisOrigin.startDurable(directory);
                Sidecar sidecar = startSidecar(origin);
                Clients clients = Clients.start(sidecar)) {
            long levelKb = 0;
            List<Long> recoveriesMs = new ArrayList<>();
            clients.awaitProgressOfAll("before the first crash");
            for (int kill = 1; kill <= KILLS; kill++) {
                origin.kill();
                clients.awaitFailureOfAny();
                origin.restart();
                recoveriesMs.add(millisUntilServed(sidecar));
                clients.awaitProgressOfAll("after crash " + kill);
                if (kill == 2) {
                    levelKb = residentKb(sidecar.pid());
                }
            }
            clients.stop();
            clients.assertNothingBroken();
            clients.assertExecutedAtMostOnce(origin);
            assertTrue(
                    recoveriesMs.stream().allMatch(ms -> ms <= RECOVERY_LIMIT_MS),
                    "milliseconds until served again: " + recoveriesMs);
            long finallyKb = residentKb(sidecar.pid());
            assertTrue(
                    finallyKb <= levelKb * 3 / 2 + 32 * 1024,
                    "resident memory grew from " + levelKb + " kB to " + finallyKb + " kB");
            assertTrue(sidecar.isAlive());
        }
    }

    private static Sidecar startSidecar(RedisOrigin origin) throws IOException, InterruptedException {
        Sidecar.Route route = new Sidecar.Route("redis", Loopback.freePort(), origin.address());
        return Sidecar.start(new Children(), Sidecar.MAIN_CLASS, List.of(route), Loopback.freePort());
    }

    /** Time that a new client has to wait for its first answer that is no error; Redis itself answers already. */
    private static long millisUntilServed(Sidecar sidecar) throws Exception {
        long startNs = System.nanoTime();
        try (RespConnection probe = RespConnection.open(sidecar.listen(), WAIT_LIMIT_MS)) {
            await("an answer to a new client", () -> {
                try {
                    return probe.call("INCR", "probe") instanceof Long;
                } catch (IOException e) {
                    throw new AssertionError("the sidecar closed a client connection: " + e.getMessage(), e);
                }
            });
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
    }

    private static long residentKb(long pid) throws IOException {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - startNs > TimeUnit.MILLISECONDS.toNanos(WAIT_LIMIT_MS)) {
                throw new AssertionError("no " + what + " within " + WAIT_LIMIT_MS + " ms");
            }
            Thread.sleep(1);
        }
    }

    /** The busy connections, each on a virtual thread of its own. */
    private record Clients(List<Client> all, List<Thread> threads) implements AutoCloseable {
        static Clients start(Sidecar sidecar) throws IOException {
            Clients clients = new Clients(new ArrayList<>(), new ArrayList<>());
            for (int number = 0; number < CLIENTS; number++) {
                Client client = new Client(number, RespConnection.open(sidecar.listen(), WAIT_LIMIT_MS));
                clients.all.add(client);
                clients.threads.add(Thread.startVirtualThread(client));
            }
            return clients;
        }

        void awaitProgressOfAll(String when) throws InterruptedException {
            long[] before =
                    all.stream().mapToLong(client -> client.acknowledgedCount).toArray();
            await(
                    "progress of all clients " + when,
                    () -> all.stream()
                            .allMatch(client -> client.broken != null
                                    || client.acknowledgedCount > before[client.number] + BUSY_REQUESTS));
        }

        void awaitFailureOfAny() throws InterruptedException {
            long before = all.stream().mapToLong(client -> client.failedCount).sum();
            await(
                    "error while Redis is down",
                    () -> all.stream().mapToLong(client -> client.failedCount).sum() > before
                            || all.stream().anyMatch(client -> client.broken != null));
        }

        void stop() throws InterruptedException {
            all.forEach(client -> client.stopped = true);
            for (Thread thread : threads) {
                thread.join(WAIT_LIMIT_MS);
                assertTrue(!thread.isAlive(), "a request got neither a response nor an error");
            }
        }

        void assertNothingBroken() {
            List<Client> brokenOnes =
                    all.stream().filter(client -> client.broken != null).toList();
            assertTrue(
                    brokenOnes.isEmpty(),
                    () -> brokenOnes.size() + " clients, the first: " + brokenOnes.getFirst().broken);
        }

        void assertExecutedAtMostOnce(RedisOrigin origin) throws IOException {
            try (RespConnection redis = RespConnection.open(origin.address(), WAIT_LIMIT_MS)) {
                for (Client client : all) {
                    if (!(redis.call("LRANGE", client.list, "0", "-1") instanceof List<?> executed)) {
                        throw new AssertionError("no list " + client.list);
                    }
                    Set<Object> distinct = new HashSet<>(executed);
                    assertEquals(executed.size(), distinct.size(), () -> "executed twice: " + executed);
                    Set<String> lost = new HashSet<>(client.acknowledged);
                    lost.removeAll(distinct);
                    assertEquals(Set.of(), lost, "acknowledged, but not executed");
                    Set<Object> refused = new HashSet<>(client.refused);
                    refused.retainAll(distinct);
                    assertEquals(Set.of(), refused, "said not to be executed, but was");
                }
            }
        }

        @Override
        public void close() throws IOException {
            for (Client client : all) {
                client.connection.close();
            }
        }
    }

    /** One connection, one request at a time: a command that must not be repeated, then a question with a token. */
    private static final class Client implements Runnable {
        private final int number;
        private final String list;
        private final RespConnection connection;
        // Written by this client's thread, read by the test after it has ended.
        private final List<String> acknowledged = new ArrayList<>();
        private final List<String> refused = new ArrayList<>();
        // Written by this client's thread, read by the test at any time.
        private volatile long acknowledgedCount;
        private volatile long failedCount;
        private volatile @Nullable String broken;
        // Written by the test.
        private volatile boolean stopped;

        Client(int number, RespConnection connection) {
            this.number = number;
            this.list = "list:" + number;
            this.connection = connection;
        }

        @Override
        public void run() {
            try {
                for (int seq = 1; !stopped && broken == null; seq++) {
                    push(number + ":" + seq);
                    ask("token:" + number + ":" + seq);
                }
            } catch (IOException | InterruptedException | RuntimeException e) {
                broken = "no response: " + e;
            }
        }

        private void push(String element) throws IOException, InterruptedException {
            Object reply = connection.call("RPUSH", list, element);
            if (reply instanceof Long length && length > acknowledged.size()) {
                acknowledged.add(element);
                acknowledgedCount = acknowledged.size();
            } else if (reply instanceof RespConnection.Error error && isExpected(error)) {
                if (saysNotExecuted(error)) {
                    refused.add(element);
                }
                failed();
            } else {
                broken = "RPUSH of " + element + " was answered by " + reply;
            }
        }

        private void ask(String token) throws IOException, InterruptedException {
            Object reply = connection.call("ECHO", token);
            if (reply instanceof RespConnection.Error error && isExpected(error)) {
                failed();
            } else if (!token.equals(reply)) {
                broken = "ECHO " + token + " was answered by " + reply;
            }
        }

        private static boolean isExpected(RespConnection.Error error) {
            return error.text().startsWith("BOXCAR") || saysNotExecuted(error);
        }

        /** Redis itself says so while it loads its file; after BOXCARLOST and BOXCARTIMEOUT nobody knows. */
        private static boolean saysNotExecuted(RespConnection.Error error) {
            return error.text().startsWith("BOXCAR ") || error.text().startsWith("LOADING ");
        }

        private void failed() throws InterruptedException {
            failedCount++;
            Thread.sleep(2); // as an application would, rather than ask a dead server as fast as it can
        }
    }
}
