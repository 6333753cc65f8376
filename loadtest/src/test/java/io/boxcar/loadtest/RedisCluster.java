package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * A real Redis Cluster of processes on free ports of 127.0.0.1, which keeps nothing on disk. Owned by one thread.
 *
 * <pre>
 *   each: SET-CONFIG-EPOCH n   masters: ADDSLOTSRANGE   first: MEET all others   replicas: REPLICATE   until all agree
 * </pre>
 */
final class RedisCluster implements AutoCloseable {
    static final int SLOTS = 16384;

    private static final int LEAST_VERSION = 7; // --cluster-port, ADDSLOTSRANGE
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ANSWER_MS = 10_000;
    private static final int MIGRATED_AT_ONCE = 10;

    /** What a test does while a slot is half moved: imported, migrating, and with one of its keys, if it has any, moved. */
    @FunctionalInterface
    interface HalfWay {
        void at(int slot) throws Exception;
    }

    /** One process. It keeps its id and address when it is killed and started again, but not its keys. */
    static final class Node {
        private final RedisOrigin process;
        private final int busPort;
        private final String id;
        private @Nullable RespConnection connection;
        private boolean killed;

        private Node(RedisOrigin process, int busPort) throws IOException {
            this.process = process;
            this.busPort = busPort;
            this.id = String.valueOf(call("CLUSTER", "MYID"));
        }

        Address address() {
            return process.address();
        }

        int port() {
            return process.port();
        }

        String id() {
            return id;
        }

        /** A reply, whatever it is; over one connection, which is opened again when it is lost. */
        @Nullable
        Object call(String... words) throws IOException {
            try {
                if (connection == null) {
                    connection = RespConnection.open(address(), ANSWER_MS);
                }
                return connection.call(words);
            } catch (IOException e) {
                disconnect();
                throw e;
            }
        }

        /** A reply that is no error. */
        private @Nullable Object ask(String... words) throws IOException {
            Object reply = call(words);
            if (reply instanceof RespConnection.Error error) {
                throw new IOException(this + " said to " + String.join(" ", words) + ": " + error.text());
            }
            return reply;
        }

        private String text(String... words) throws IOException {
            return String.valueOf(ask(words));
        }

        private void disconnect() throws IOException {
            if (connection != null) {
                connection.close();
                connection = null;
            }
        }

        @Override
        public String toString() {
            return "node " + address();
        }
    }

    private final Path directory;
    private final List<Node> masters = new ArrayList<>();
    private final List<Node> replicas = new ArrayList<>();

    private RedisCluster(Path directory) {
        this.directory = directory;
    }

    /**
     * Starts the processes and returns when all of them say that the cluster is whole. Skips the calling test, with a
     * message, if there is no Redis 7 on the PATH.
     *
     * @param nodeTimeout after which silence a node counts as failed, and a replica takes its place soon; long, if nothing is
     *     to fail on a busy machine
     */
    static RedisCluster start(int masterCount, int replicasOfEach, Duration nodeTimeout) throws IOException {
        RedisCluster cluster = new RedisCluster(Files.createTempDirectory("redis-cluster-for-test"));
        try {
            for (int i = 0; i < masterCount; i++) {
                cluster.masters.add(cluster.startNode(nodeTimeout));
            }
            for (int i = 0; i < masterCount * replicasOfEach; i++) {
                cluster.replicas.add(cluster.startNode(nodeTimeout));
            }
            cluster.form();
            return cluster;
        } catch (IOException | RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    private Node startNode(Duration nodeTimeout) throws IOException {
        int number = masters.size() + replicas.size();
        Path home = Files.createDirectory(directory.resolve(Integer.toString(number)));
        int busPort = Loopback.freePort().port();
        RedisOrigin process = number == 0
                ? startFirst(options(home, busPort, nodeTimeout))
                : startProcess(options(home, busPort, nodeTimeout));
        try {
            return new Node(process, busPort);
        } catch (IOException | RuntimeException e) {
            process.close();
            throw e;
        }
    }

    private static List<String> options(Path home, int busPort, Duration nodeTimeout) {
        return List.of(
                "--dir", home.toString(),
                "--cluster-enabled", "yes",
                "--cluster-port", Integer.toString(busPort),
                "--cluster-node-timeout", Long.toString(nodeTimeout.toMillis()),
                "--cluster-allow-replica-migration", "no",
                "--repl-diskless-sync-delay", "0",
                "--repl-ping-replica-period", "1");
    }

    private static RedisOrigin startProcess(List<String> options) throws IOException {
        return RedisOrigin.start(new Children(), Loopback.port(0), options);
    }

    /** With a look at its version before it is told what an older one does not understand. */
    private static RedisOrigin startFirst(List<String> options) throws IOException {
        int version;
        try (RedisOrigin probe = RedisOrigin.start()) {
            version = version(probe);
        } catch (IOException e) {
            assumeTrue(false, "no redis-server, so no cluster: " + e.getMessage());
            throw e;
        }
        assumeTrue(
                version >= LEAST_VERSION,
                "the redis-server that was found is a " + version + ", these tests of clusters need a "
                        + LEAST_VERSION);
        return startProcess(options);
    }

    private static int version(RedisOrigin redis) throws IOException {
        try (RespConnection connection = RespConnection.open(redis.address(), ANSWER_MS)) {
            String info = String.valueOf(connection.call("INFO", "server"));
            String version = info.lines()
                    .filter(line -> line.startsWith("redis_version:"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no version in " + info));
            return Integer.parseInt(version.substring(version.indexOf(':') + 1, version.indexOf('.')));
        }
    }

    private void form() throws IOException {
        List<Node> all = nodes();
        for (int i = 0; i < all.size(); i++) {
            all.get(i).ask("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
        }
        for (int i = 0; i < masters.size(); i++) {
            masters.get(i)
                    .ask(
                            "CLUSTER",
                            "ADDSLOTSRANGE",
                            Integer.toString(SLOTS * i / masters.size()),
                            Integer.toString(SLOTS * (i + 1) / masters.size() - 1));
        }
        for (Node other : all.subList(1, all.size())) {
            all.getFirst()
                    .ask(
                            "CLUSTER",
                            "MEET",
                            "127.0.0.1",
                            Integer.toString(other.port()),
                            Integer.toString(other.busPort));
        }
        awaitAll("all know all", node -> {
            String known = node.text("CLUSTER", "NODES");
            return known.lines().count() == all.size() && !known.contains("handshake");
        });
        for (int i = 0; i < replicas.size(); i++) {
            replicas.get(i).ask("CLUSTER", "REPLICATE", masters.get(i % masters.size()).id);
        }
        awaitWhole();
    }

    private interface Check {
        boolean holdsFor(Node node) throws IOException;
    }

    private void awaitAll(String what, Check check) {
        Eventually.isTrue(what, PATIENCE, () -> {
            for (Node node : live()) {
                if (!check.holdsFor(node)) {
                    return false;
                }
            }
            return true;
        });
    }

    /** Waits until each process that runs says that the cluster serves all slots, and each replica has what its master has. */
    void awaitWhole() {
        awaitAll("the cluster is whole", RedisCluster::isWhole);
    }

    private static boolean isWhole(Node node) throws IOException {
        String replication = node.text("INFO", "replication");
        return node.text("CLUSTER", "INFO").contains("cluster_state:ok")
                && node.text("CLUSTER", "INFO").contains("cluster_slots_ok:" + SLOTS)
                && (replication.contains("role:master") || replication.contains("master_link_status:up"));
    }

    /** Those that are masters at the start, in the order of their slots. */
    List<Node> masters() {
        return List.copyOf(masters);
    }

    /** Those that are replicas at the start; the i-th follows the master i modulo their count. */
    List<Node> replicas() {
        return List.copyOf(replicas);
    }

    List<Node> nodes() {
        return Stream.concat(masters.stream(), replicas.stream()).toList();
    }

    private List<Node> live() {
        return nodes().stream().filter(node -> !node.killed).toList();
    }

    static int slotOf(String key) {
        return JedisClusterCRC16.getSlot(key);
    }

    /** The node that says that it serves this slot. */
    Node ownerOf(int slot) throws IOException {
        for (Node node : live()) {
            for (String line : node.text("CLUSTER", "NODES").split("\n")) {
                if (line.contains("myself,master") && serves(line.split(" "), slot)) {
                    return node;
                }
            }
        }
        throw new IOException("nobody serves slot " + slot);
    }

    /** The slots of a line of CLUSTER NODES are its ninth word and those behind it: N, N-M, or [ while they move. */
    private static boolean serves(String[] words, int slot) {
        for (int i = 8; i < words.length; i++) {
            if (!words[i].startsWith("[")) {
                String[] range = words[i].split("-");
                if (Integer.parseInt(range[0]) <= slot && slot <= Integer.parseInt(range[range.length - 1])) {
                    return true;
                }
            }
        }
        return false;
    }

    /** A key of this slot that starts with the prefix. */
    static String keyOf(int slot, String prefix) {
        for (int i = 0; ; i++) {
            String key = prefix + i;
            if (slotOf(key) == slot) {
                return key;
            }
        }
    }

    /**
     * Moves slots with their keys while clients use them, as {@code redis-cli --cluster reshard} does.
     *
     * @param from serves them all
     */
    void moveSlots(Node from, Node to, List<Integer> slots, HalfWay halfWay) throws Exception {
        for (int number : slots) {
            String slot = Integer.toString(number);
            to.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", from.id);
            from.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", to.id);
            migrate(from, to, slot, 1);
            halfWay.at(number);
            while (migrate(from, to, slot, MIGRATED_AT_ONCE)) {}
            // The new owner first: if the old one were, both would send clients to each other until it knows.
            to.ask("CLUSTER", "SETSLOT", slot, "NODE", to.id);
            from.ask("CLUSTER", "SETSLOT", slot, "NODE", to.id);
            for (Node node : live()) {
                if (node != from && node != to && node.text("ROLE").startsWith("[master")) {
                    node.ask("CLUSTER", "SETSLOT", slot, "NODE", to.id);
                }
            }
        }
    }

    /** Whether there was anything to migrate. */
    private static boolean migrate(Node from, Node to, String slot, int atOnce) throws IOException {
        if (!(from.ask("CLUSTER", "GETKEYSINSLOT", slot, Integer.toString(atOnce)) instanceof List<?> keys)
                || keys.isEmpty()) {
            return false;
        }
        List<String> command = new ArrayList<>(List.of(
                "MIGRATE", "127.0.0.1", Integer.toString(to.port()), "", "0", Integer.toString(ANSWER_MS), "KEYS"));
        keys.forEach(key -> command.add(String.valueOf(key)));
        from.ask(command.toArray(String[]::new));
        return true;
    }

    /** SIGKILL; the others find out after the node timeout. */
    void kill(Node node) throws IOException {
        node.disconnect();
        node.process.kill();
        node.killed = true;
    }

    /** Starts it again at the same address, as the same node of the cluster and without keys. */
    void restart(Node node) throws IOException {
        node.disconnect();
        node.process.restart();
        node.killed = false;
    }

    @Override
    public void close() throws IOException {
        for (Node node : nodes()) {
            node.disconnect();
            node.process.close();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
