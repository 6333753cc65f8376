package io.boxcar.proxy.redis;

import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.RoutingConfig;
import io.boxcar.proxy.core.ClientHandle;
import io.boxcar.proxy.core.RequestDecoder;
import io.boxcar.proxy.core.Scatter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Where one client's requests belong, if there are several endpoints: by the cluster slots of their keys, or by consistent hashing.
 * Owned by the client's event loop.
 *
 * <pre>
 *   all keys in one place, or no key   -> that place, or anywhere
 *   keys in several places             -> parts, if the command can be split; else the upstream refuses it, or Boxcar does
 *   about all keys (DBSIZE, SCAN, ...) -> every endpoint
 * </pre>
 */
final class Placement {
    private static final String CROSS_SLOT = "-CROSSSLOT Keys in request don't hash to the same endpoint\r\n";

    /** What is the same for all clients of an upstream. */
    record Rules(
            RoutingConfig routing, KeyPlace placeOf, Splits.Table splits, LearnedCommands learned, int clusterRow) {
        static Rules of(RoutingConfig routing, KeyPlace placeOf, RedisCommands commands) {
            CommandTable table = commands.table();
            KeyTable keys = KeyTable.load(table, CommandFlags.NONE);
            return new Rules(
                    routing, placeOf, new Splits.Table(table, keys), commands.learned(), table.rowOf("CLUSTER"));
        }
    }

    private final Rules rules;
    private final ClientHandle client;
    private final Keys keys;
    private final Splits splits;

    private int place;
    private @Nullable Scatter parts;
    private boolean apart;

    Placement(Rules rules, ClientHandle client) {
        this.rules = rules;
        this.client = client;
        this.keys = new Keys(rules.splits.keyTable(), rules.learned);
        this.splits = new Splits(rules.splits);
    }

    private boolean isCluster() {
        return rules.routing.cluster();
    }

    /** Whether requests for the same place may travel as one run: not in a cluster, which may redirect each of them. */
    boolean makesRuns() {
        return !isCluster();
    }

    /**
     * Looks at the request that the scanner has just found the end of.
     *
     * @return whether it goes to one {@link #place} as it is
     */
    boolean find(ByteBuf in, int start, RequestScanner scanner, int row) {
        parts = null;
        apart = false;
        int found = keys.place(in, start, scanner, row, rules.placeOf);
        place = keys.firstPlace() >= 0 ? keys.firstPlace() : RequestDecoder.ANYWHERE;
        if (found == Keys.APART) {
            parts = rules.routing.split() ? splits.byKeys(in, start, scanner, row, rules.placeOf) : null;
            apart = parts == null && !isCluster(); // a cluster refuses it itself
        } else if (found == Keys.ANYWHERE) {
            Scatter everywhere = splits.everywhere(in, start, scanner, row, client.endpoints());
            parts = everywhere == null ? null : new OnEndpoints(everywhere);
        } else if (found == Keys.UNPLACED && !isCluster()) {
            apart = true;
        }
        return parts == null && !apart;
    }

    /**
     * Looks at a request whose end has not come yet.
     *
     * @return whether it is sure to go to one {@link #place} as it is
     */
    boolean findStart(ByteBuf in, int start, RequestScanner scanner, int row) {
        parts = null;
        apart = false;
        place = keys.placeOfStart(in, start, scanner, row, rules.placeOf);
        return place >= 0;
    }

    /** The first place, or {@link RequestDecoder#ANYWHERE}. */
    int place() {
        return place;
    }

    /** The parts, if it goes to several places. */
    @Nullable
    Scatter parts() {
        return parts;
    }

    /** Whether {@link #answer} may have one, so that the request cannot be part of a run. */
    boolean isAnswered(int row) {
        return isCluster() && row == rules.clusterRow;
    }

    /** Boxcar's own answer, or null if the request is to be sent. */
    @Nullable
    String answer(ByteBuf in, int start, RequestScanner scanner, int row, SessionCommand meaning, int resp) {
        if (apart) {
            return CROSS_SLOT;
        }
        if (!isCluster()) {
            return null;
        }
        return switch (meaning) {
            case READONLY, READWRITE, ASKING -> scanner.argumentCount() == 1 ? "+OK\r\n" : null;
            default ->
                row == rules.clusterRow && scanner.argumentCount() > 1 ? cluster(in, start, scanner, resp) : null;
        };
    }

    /** So that a client which knows of clusters comes to Boxcar with everything. */
    private @Nullable String cluster(ByteBuf in, int start, RequestScanner scanner, int resp) {
        String subcommand =
                in.toString(start + scanner.subnameOffset(), scanner.subnameLength(), StandardCharsets.ISO_8859_1);
        if (subcommand.equalsIgnoreCase("KEYSLOT") && scanner.argumentCount() == 3 && !scanner.inline()) {
            Arguments arguments = new Arguments();
            arguments.atFirst(start, scanner);
            arguments.goTo(in, 2);
            return VirtualCluster.keySlot(HashSlot.of(in, arguments.index(), arguments.length()));
        }
        return client.localAddress() instanceof InetSocketAddress local
                ? VirtualCluster.answer(
                        subcommand,
                        scanner.argumentCount(),
                        new Address.Tcp(local.getAddress().getHostAddress(), local.getPort()),
                        resp == 3)
                : null;
    }

    /** Parts that are for endpoints by their index, whatever places are otherwise. */
    private record OnEndpoints(Scatter parts) implements Scatter {
        @Override
        public int size() {
            return parts.size();
        }

        @Override
        public ByteBuf request(int i, ByteBufAllocator allocator) {
            return parts.request(i, allocator);
        }

        @Override
        public int place(int i) {
            return RequestDecoder.FIRST_ENDPOINT + parts.place(i);
        }

        @Override
        public boolean isRepeatable() {
            return parts.isRepeatable();
        }

        @Override
        public ByteBuf gather(ByteBuf[] responses, ByteBufAllocator allocator) {
            return parts.gather(responses, allocator);
        }
    }
}
