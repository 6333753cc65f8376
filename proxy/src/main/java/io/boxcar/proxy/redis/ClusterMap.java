package io.boxcar.proxy.redis;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.core.ClusterLayout;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which node of a Redis Cluster serves which slot, as one node said in its reply to {@code CLUSTER SLOTS}
 * (<a href="https://redis.io/docs/latest/commands/cluster-slots/">command page</a>). Immutable; used by any thread.
 *
 * <pre>
 *   slot --nodeIndexOf--> index --primaries()--> address
 *                               --replicasOf---> addresses
 * </pre>
 *
 * Nodes are sorted by address, so two nodes that agree, in whatever order, give equal maps. Redis itself leaves replicas out
 * that have failed or never synchronised; a failed primary stays until another node has taken its slots.
 */
final class ClusterMap {
    static final int SLOTS = 16384;

    /** The index of the node that serves a slot that nobody serves. */
    static final int NOBODY = -1;

    private static final int FIRST_NODE = 2;

    private final short[] nodeOfSlot;
    private final List<Address> primaries;
    private final List<List<Address>> replicas;
    private final int coveredSlots;

    private ClusterMap(short[] nodeOfSlot, List<Address> primaries, List<List<Address>> replicas, int coveredSlots) {
        this.nodeOfSlot = nodeOfSlot;
        this.primaries = primaries;
        this.replicas = replicas;
        this.coveredSlots = coveredSlots;
    }

    /**
     * Reads the reply, of RESP2 or RESP3.
     *
     * @param asked who answered: nodes without a host, or with an unknown one, are on the same
     * @return null if it is an error, or not what Redis answers
     */
    static @Nullable ClusterMap parse(ByteBuf replyView, Address asked) {
        if (!(ReplyTree.read(replyView) instanceof List<?> entries)) {
            return null;
        }
        List<Range> ranges = new ArrayList<>();
        for (Object entry : entries) {
            Range range = range(entry, asked);
            if (range == null) {
                return null;
            }
            ranges.add(range);
        }
        return of(ranges);
    }

    private record Range(int first, int last, Address primary, List<Address> replicas) {}

    private static @Nullable Range range(@Nullable Object entry, Address asked) {
        if (!(entry instanceof List<?> parts)
                || parts.size() <= FIRST_NODE
                || !(parts.get(0) instanceof Long first)
                || !(parts.get(1) instanceof Long last)
                || first < 0
                || first > last
                || last >= SLOTS) {
            return null;
        }
        List<Address> nodes = new ArrayList<>();
        for (Object part : parts.subList(FIRST_NODE, parts.size())) {
            Address node = node(part, asked);
            if (node == null) {
                return null;
            }
            nodes.add(node);
        }
        return new Range(first.intValue(), last.intValue(), nodes.getFirst(), nodes.subList(1, nodes.size()));
    }

    private static @Nullable Address node(@Nullable Object part, Address asked) {
        if (!(part instanceof List<?> fields)
                || fields.size() < 2
                || !(fields.get(0) == null || fields.get(0) instanceof String)
                || !(fields.get(1) instanceof Long port)
                || port < 1
                || port > 65535) {
            return null;
        }
        String host = fields.get(0) instanceof String preferred ? preferred : "";
        if (host.equals("?")) {
            host = fields.size() > 3 && fields.get(3) instanceof List<?> metadata ? ip(metadata) : "";
        }
        return address(host, port.intValue(), asked);
    }

    /** Of a node whose host name is preferred, but missing. */
    private static String ip(List<?> metadata) {
        int key = metadata.indexOf("ip");
        return key >= 0 && key + 1 < metadata.size() && metadata.get(key + 1) instanceof String ip ? ip : "";
    }

    /** An empty host is that of {@code asked}; who is asked over a Unix socket is on this host. */
    static Address address(String host, int port, Address asked) {
        if (!host.isEmpty()) {
            boolean bracketed = host.startsWith("[") && host.endsWith("]");
            return new Address.Tcp(bracketed ? host.substring(1, host.length() - 1) : host, port);
        }
        return switch (asked) {
            case Address.Tcp tcp -> new Address.Tcp(tcp.host(), port);
            case Address.Unix unix -> new Address.Tcp(Address.DEFAULT_HOST, port);
        };
    }

    private static @Nullable ClusterMap of(List<Range> ranges) {
        TreeMap<String, Address> byText = new TreeMap<>();
        ranges.forEach(range -> byText.put(range.primary().toString(), range.primary()));
        List<Address> primaries = List.copyOf(byText.values());
        List<SequencedSet<Address>> replicas = new ArrayList<>();
        primaries.forEach(primary -> replicas.add(new LinkedHashSet<>()));
        short[] nodeOfSlot = new short[SLOTS];
        Arrays.fill(nodeOfSlot, (short) NOBODY);
        int covered = 0;
        for (Range range : ranges) {
            int node = primaries.indexOf(range.primary());
            replicas.get(node).addAll(range.replicas());
            for (int slot = range.first(); slot <= range.last(); slot++) {
                if (nodeOfSlot[slot] != NOBODY) {
                    return null;
                }
                nodeOfSlot[slot] = (short) node;
                covered++;
            }
        }
        return new ClusterMap(
                nodeOfSlot, primaries, replicas.stream().map(ClusterMap::sorted).toList(), covered);
    }

    private static List<Address> sorted(SequencedSet<Address> addresses) {
        return addresses.stream()
                .sorted((a, b) -> a.toString().compareTo(b.toString()))
                .toList();
    }

    /** The index in {@link #primaries} of the node that serves this slot, or {@link #NOBODY}. */
    int nodeIndexOf(int slot) {
        return nodeOfSlot[slot];
    }

    /** The nodes that serve slots, each once, sorted. */
    List<Address> primaries() {
        return primaries;
    }

    /** Who follows the node with this index in {@link #primaries}, sorted; may be empty. */
    List<Address> replicasOf(int nodeIndex) {
        return replicas.get(nodeIndex);
    }

    /** How many slots have a node; {@link #SLOTS} in a cluster that is whole. */
    int coveredSlots() {
        return coveredSlots;
    }

    /** As the data path takes it. */
    ClusterLayout layout() {
        return new ClusterLayout(primaries, replicas, nodeOfSlot);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ClusterMap map
                && primaries.equals(map.primaries)
                && replicas.equals(map.replicas)
                && Arrays.equals(nodeOfSlot, map.nodeOfSlot);
    }

    @Override
    public int hashCode() {
        return Objects.hash(primaries, replicas, Arrays.hashCode(nodeOfSlot));
    }

    /** For the log: {@code 16384 slots on 127.0.0.1:7000 (+1 replica), 127.0.0.1:7001 (+0 replicas)}. */
    @Override
    public String toString() {
        List<String> nodes = new ArrayList<>();
        for (int i = 0; i < primaries.size(); i++) {
            int count = replicas.get(i).size();
            nodes.add(primaries.get(i) + " (+" + count + (count == 1 ? " replica)" : " replicas)"));
        }
        return coveredSlots + " slots on " + String.join(", ", nodes);
    }
}
