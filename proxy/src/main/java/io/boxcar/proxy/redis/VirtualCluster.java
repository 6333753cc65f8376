package io.boxcar.proxy.redis;

import io.boxcar.proxy.config.Address;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The cluster that a client of Boxcar sees: one node, which is Boxcar at the address that the client connected to, and which
 * serves all slots; so that a cluster-aware client comes to Boxcar with everything. Its replies have the form of those of
 * Redis 7.0 (<a href="https://redis.io/docs/latest/commands/cluster-slots/">command pages</a>). Stateless; used by any thread.
 */
final class VirtualCluster {
    private static final int NO_ARGUMENTS = 2;

    private static final String INFO = "cluster_state:ok\r\n"
            + "cluster_slots_assigned:16384\r\n"
            + "cluster_slots_ok:16384\r\n"
            + "cluster_slots_pfail:0\r\n"
            + "cluster_slots_fail:0\r\n"
            + "cluster_known_nodes:1\r\n"
            + "cluster_size:1\r\n"
            + "cluster_current_epoch:1\r\n"
            + "cluster_my_epoch:1\r\n"
            + "cluster_stats_messages_sent:0\r\n"
            + "cluster_stats_messages_received:0\r\n"
            + "total_cluster_links_buffer_limit_exceeded:0\r\n";

    private VirtualCluster() {}

    /**
     * The reply to a {@code CLUSTER} subcommand, or null if it is not one about who serves what, or is not written right.
     * {@code KEYSLOT} has {@link #keySlot}.
     *
     * @param argumentCount all arguments, {@code CLUSTER} and the subcommand included
     * @param local where the client reached Boxcar: the local address of its connection
     */
    static @Nullable String answer(String subcommand, int argumentCount, Address local, boolean resp3) {
        if (argumentCount != NO_ARGUMENTS) {
            return null;
        }
        return switch (subcommand.toUpperCase(Locale.ROOT)) {
            case "SLOTS" -> slots(local, resp3);
            case "SHARDS" -> shards(local, resp3);
            case "NODES" -> verbatim(nodes(local), resp3);
            case "INFO" -> verbatim(INFO, resp3);
            case "MYID" -> bulk(nodeId(local));
            case "LINKS" -> "*0\r\n";
            default -> null;
        };
    }

    /** The reply to {@code CLUSTER KEYSLOT} for a key of this slot. */
    static String keySlot(int slot) {
        return integer(slot);
    }

    private static String slots(Address local, boolean resp3) {
        return "*1\r\n*3\r\n" + integer(0) + integer(ClusterMap.SLOTS - 1) + "*4\r\n" + bulk(host(local))
                + integer(port(local)) + bulk(nodeId(local)) + (resp3 ? "%0\r\n" : "*0\r\n");
    }

    private static String shards(Address local, boolean resp3) {
        return "*1\r\n" + map(2, resp3)
                + bulk("slots") + "*2\r\n" + integer(0) + integer(ClusterMap.SLOTS - 1)
                + bulk("nodes") + "*1\r\n" + map(7, resp3)
                + bulk("id") + bulk(nodeId(local))
                + bulk("port") + integer(port(local))
                + bulk("ip") + bulk(host(local))
                + bulk("endpoint") + bulk(host(local))
                + bulk("role") + bulk("master")
                + bulk("replication-offset") + integer(0)
                + bulk("health") + bulk("online");
    }

    /** With the port of a cluster bus as Redis chooses it, and nobody listens on. */
    private static String nodes(Address local) {
        int port = port(local);
        return nodeId(local) + " " + host(local) + ":" + port + "@" + (port + 10_000)
                + " myself,master - 0 0 1 connected 0-" + (ClusterMap.SLOTS - 1) + "\n";
    }

    /** The same for all clients of an address, also after a restart, or a client might take it for another cluster. */
    private static String nodeId(Address local) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return HexFormat.of().formatHex(sha1.digest(("boxcar " + local).getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    /** Empty, which means the node that was asked, for a Unix socket. */
    private static String host(Address local) {
        return switch (local) {
            case Address.Tcp tcp -> tcp.host();
            case Address.Unix unix -> "";
        };
    }

    private static int port(Address local) {
        return switch (local) {
            case Address.Tcp tcp -> tcp.port();
            case Address.Unix unix -> 0;
        };
    }

    private static String map(int entries, boolean resp3) {
        return resp3 ? "%" + entries + "\r\n" : "*" + 2 * entries + "\r\n";
    }

    private static String integer(int number) {
        return ":" + number + "\r\n";
    }

    private static String bulk(String text) {
        return "$" + text.length() + "\r\n" + text + "\r\n";
    }

    private static String verbatim(String text, boolean resp3) {
        return resp3 ? "=" + (text.length() + 4) + "\r\ntxt:" + text + "\r\n" : bulk(text);
    }
}
