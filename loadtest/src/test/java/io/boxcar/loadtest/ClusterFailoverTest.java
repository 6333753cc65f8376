package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A master dies and its replica takes its place: clients see errors only meanwhile, and go on afterwards on the connections
 * that they have.
 *
 * <p>What was acknowledged is still there, with two exceptions that are Redis's own. Replication is asynchronous: what was
 * acknowledged within {@link #SLACK_NS} before the kill may be lost ({@code WAIT} would tell, but it would also serialise
 * the load). And a write of unknown outcome may have been executed. So a counter that a client continues has, after the
 * failover, a value between what it had been told that long before the kill, and that of all its writes that were not
 * refused.
 */
@Tag("chaos")
class ClusterFailoverTest {
    private static final int CLIENTS = 50;
    private static final Duration NODE_TIMEOUT = Duration.ofMillis(1500);
    private static final long SLACK_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long CALM_MS = 2_000;

    /** From the moment that all nodes say that the cluster is whole again; a connection may be in its longest pause then. */
    private static final Duration RECOVERY_LIMIT = Duration.ofSeconds(5);

    @Test
    @Timeout(120)
    void errorsEndWithTheFailoverAndNothingIsLost() throws Exception {
        AtomicBoolean errorsAllowed = new AtomicBoolean();
        List<Client> clients = new ArrayList<>();
        try (RedisCluster cluster = RedisCluster.start(3, 1, NODE_TIMEOUT);
                LocalBoxcar boxcar = LocalBoxcar.before(cluster).ready();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    Client client = new Client(i, RespConnection.open(boxcar.address(), 20_000), errorsAllowed);
                    clients.add(client);
                    running.add(threads.submit(client::run));
                }
                awaitProgress("before the crash", Duration.ofSeconds(10), clients);
                Thread.sleep(
                        CALM_MS); // of load without an error, and so that what was acknowledged first is older than the
                // slack
                assertNothingBroken(clients);

                RedisCluster.Node victim = cluster.masters().getFirst();
                errorsAllowed.set(true);
                clients.forEach(client -> client.killedAtNs = System.nanoTime());
                cluster.kill(victim);
                RedisCluster.Node successor = cluster.replicas().getFirst();
                Eventually.isTrue(
                        "the replica is a master",
                        Duration.ofSeconds(30),
                        () -> String.valueOf(successor.call("ROLE")).startsWith("[master"));
                cluster.awaitWhole();
                awaitProgress("after the failover", RECOVERY_LIMIT, clients);
                errorsAllowed.set(false);
                Thread.sleep(CALM_MS);
                assertNothingBroken(clients);
                assertTrue(
                        clients.stream().anyMatch(client -> client.errors > 0),
                        "nobody noticed: the load did not reach the victim");

                cluster.restart(victim);
                cluster.awaitWhole();
                awaitProgress("after the return of the victim", RECOVERY_LIMIT, clients);
                assertNothingBroken(clients);
            } finally {
                clients.forEach(client -> client.stopped = true);
            }
            for (Future<?> client : running) {
                client.get(20, TimeUnit.SECONDS);
            }
            for (Client client : clients) {
                Object value = cluster.ownerOf(RedisCluster.slotOf(client.key)).call("GET", client.key);
                assertEquals(Long.toString(client.last), value, client.key);
            }
        } finally {
            for (Client client : clients) {
                client.connection.close();
            }
        }
    }

    /** Each client three times without an error in between. */
    private static void awaitProgress(String when, Duration patience, List<Client> clients) {
        long[] goals =
                clients.stream().mapToLong(client -> client.successes + 3).toArray();
        Eventually.isTrue("progress of all " + when, patience, () -> {
            assertNothingBroken(clients);
            return clients.stream()
                    .allMatch(client -> client.successes >= goals[client.number] && client.successesInARow >= 3);
        });
    }

    private static void assertNothingBroken(List<Client> clients) {
        for (Client client : clients) {
            String broken = client.broken;
            if (broken != null) {
                throw new AssertionError(broken);
            }
        }
    }

    private record Acknowledged(long count, long atNs) {}

    /** One connection and the counter that only it increments. */
    private static final class Client {
        private final int number;
        private final String key;
        private final RespConnection connection;
        private final AtomicBoolean errorsAllowed;
        private final Deque<Acknowledged> lately = new ArrayDeque<>();
        private long certain; // acknowledged longer ago than the slack, seen from the kill
        private long last; // acknowledged last
        private long unknown; // sent since, and perhaps executed
        private boolean behindAnError;
        // Written by this client's thread, read by the test.
        private volatile long successes;
        private volatile long successesInARow;
        private volatile long errors;
        private volatile @Nullable String broken;
        // Written by the test.
        private volatile boolean stopped;
        private volatile long killedAtNs;

        Client(int number, RespConnection connection, AtomicBoolean errorsAllowed) {
            this.number = number;
            this.key = "counter:" + number;
            this.connection = connection;
            this.errorsAllowed = errorsAllowed;
        }

        @Nullable
        Void run() throws InterruptedException {
            try {
                while (!stopped && broken == null) {
                    increment();
                    if (broken == null) {
                        read();
                    }
                }
            } catch (IOException | RuntimeException e) {
                broken = "client " + number + " has no connection any more: " + e;
            }
            return null;
        }

        private void increment() throws IOException, InterruptedException {
            switch (connection.call("INCR", key)) {
                case Long count -> counted(count);
                case RespConnection.Error error -> {
                    if (error.text().startsWith("BOXCARLOST ") || error.text().startsWith("BOXCARTIMEOUT ")) {
                        unknown++;
                    }
                    failed(error);
                }
                case null, default -> broken = "INCR " + key + " was answered by neither a number nor an error";
            }
        }

        private void counted(long count) {
            long least = behindAnError ? certain() + 1 : last + 1;
            if (count < least || count > last + unknown + 1) {
                broken = "INCR " + key + " gave " + count + ", not from " + least + " to " + (last + unknown + 1);
                return;
            }
            if (behindAnError) {
                // It comes from a node that has survived, which loses nothing any more.
                lately.clear();
                certain = count;
                behindAnError = false;
            }
            last = count;
            unknown = 0;
            acknowledged();
        }

        private void read() throws IOException, InterruptedException {
            Object reply = connection.call("GET", key);
            if (reply instanceof RespConnection.Error error) {
                failed(error);
            } else if (behindAnError) {
                successesInARow++; // what it should be is known again after the next increment
            } else if (Long.toString(last).equals(reply)) {
                successes++;
                successesInARow++;
            } else {
                broken = "GET " + key + " gave " + reply + " in place of " + last;
            }
        }

        private void acknowledged() {
            long nowNs = System.nanoTime();
            lately.addLast(new Acknowledged(last, nowNs));
            while (lately.size() > 1 && nowNs - lately.getFirst().atNs > 2 * SLACK_NS) {
                certain = lately.removeFirst().count;
            }
        }

        /** What had been acknowledged when the slack before the kill began. */
        private long certain() {
            long count = certain;
            for (Acknowledged earlier : lately) {
                if (earlier.atNs - (killedAtNs - SLACK_NS) <= 0) {
                    count = earlier.count;
                }
            }
            return count;
        }

        private void failed(RespConnection.Error error) throws InterruptedException {
            errors++;
            successesInARow = 0;
            behindAnError = true;
            if (!errorsAllowed.get()) {
                broken = "client " + number + " got an error while the cluster was whole: " + error.text();
            } else if (!error.text().startsWith("BOXCAR") && !error.text().startsWith("CLUSTERDOWN ")) {
                broken = "client " + number + " got an error that says nothing of a failure: " + error.text();
            }
            Thread.sleep(5); // as an application would, rather than ask a dead server as fast as it can
        }
    }
}
