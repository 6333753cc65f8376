package io.boxcar.proxy.simulation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Who of the scripted nodes serves which slot; slots move now and then, some of them key by key. */
final class SimCluster {
    private static final int SLOTS = 16384;

    private final int nodes;
    private final int[] owners = new int[SLOTS];

    /** Slots on their way, and where to. */
    private final Map<Integer, Integer> migrating = new HashMap<>();

    /** By client and key, the number of the last write that was executed. */
    private final Map<String, Integer> lastWrites = new HashMap<>();

    SimCluster(int nodes) {
        this.nodes = nodes;
        for (int slot = 0; slot < SLOTS; slot++) {
            owners[slot] = slot * nodes / SLOTS;
        }
    }

    /** A slot of a key that clients use goes elsewhere, at once or step by step. */
    void change(RandomGenerator random) {
        int slot = slot(Workload.key(random));
        int to = random.nextInt(nodes);
        Integer target = migrating.remove(slot);
        if (target != null) {
            owners[slot] = target;
        } else if (to != owners[slot] && random.nextBoolean()) {
            migrating.put(slot, to);
        } else {
            owners[slot] = to;
        }
    }

    /** What the node says instead of executing a command with this key, or null if it serves it. */
    @Nullable
    String redirection(int node, String key, boolean asking) {
        int slot = slot(key);
        int owner = owners[slot];
        Integer target = migrating.get(slot);
        if (node == owner) {
            boolean hasGone = key.hashCode() % 2 == 0;
            return target != null && hasGone ? "-ASK " + slot + " 127.0.0.1:" + (target + 1) + "\r\n" : null;
        }
        return target != null && node == target && asking
                ? null
                : "-MOVED " + slot + " 127.0.0.1:" + (owner + 1) + "\r\n";
    }

    /** As {@code CLUSTER SLOTS} has it. */
    String slots() {
        StringBuilder ranges = new StringBuilder();
        int count = 0;
        for (int from = 0, to; from < SLOTS; from = to) {
            for (to = from; to < SLOTS && owners[to] == owners[from]; to++) {}
            String host = "$9\r\n127.0.0.1\r\n";
            ranges.append(
                    "*3\r\n:" + from + "\r\n:" + (to - 1) + "\r\n*2\r\n" + host + ":" + (owners[from] + 1) + "\r\n");
            count++;
        }
        return "*" + count + "\r\n" + ranges;
    }

    /** Whether a request on this key comes behind all later writes of its client. */
    boolean isInOrder(Request request, String key, boolean writes) {
        String whose = request.client.number + " " + key;
        int last = lastWrites.getOrDefault(whose, -1);
        if (writes) {
            lastWrites.put(whose, request.number);
        }
        return last < request.number;
    }

    private static int slot(String key) {
        int crc = 0;
        for (byte next : key.getBytes(ISO_8859_1)) {
            crc ^= (next & 0xFF) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            }
        }
        return crc & 0x3FFF;
    }
}
