package io.boxcar.proxy.redis;

import io.boxcar.proxy.core.Scatter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides which requests travel in parts, where there are several endpoints. Owned by the client's event loop.
 *
 * <p>MSETNX sets all or nothing, so it is not split: the upstream refuses it when its keys live in several places.
 */
final class Splits {
    private static final Map<String, Gathering> BY_KEYS = Map.of(
            "MGET", Gathering.VALUES,
            "MSET", Gathering.FIRST,
            "DEL", Gathering.SUM,
            "UNLINK", Gathering.SUM,
            "EXISTS", Gathering.SUM,
            "TOUCH", Gathering.SUM);

    /** For each container, what is not listed of it goes to one endpoint. */
    private static final Map<String, Gathering> EVERYWHERE = Map.ofEntries(
            Map.entry("DBSIZE", Gathering.SUM),
            Map.entry("KEYS", Gathering.CONCATENATION),
            Map.entry("FLUSHALL", Gathering.FIRST),
            Map.entry("FLUSHDB", Gathering.FIRST),
            Map.entry("SCRIPT|LOAD", Gathering.FIRST),
            Map.entry("SCRIPT|FLUSH", Gathering.FIRST),
            Map.entry("SCRIPT|EXISTS", Gathering.MINIMA),
            Map.entry("FUNCTION|LOAD", Gathering.FIRST),
            Map.entry("FUNCTION|DELETE", Gathering.FIRST),
            Map.entry("FUNCTION|FLUSH", Gathering.FIRST),
            Map.entry("FUNCTION|RESTORE", Gathering.FIRST));

    private final Table table;
    private final CommandTable commands;
    private final KeyTable keyTable;
    private final Keys keys;

    /** What all clients share. */
    static final class Table {
        private final CommandTable commands;
        private final KeyTable keyTable;
        private final int scan;
        private final @Nullable Gathering[] byKeys;
        private final @Nullable Gathering[] everywhere;

        Table(CommandTable commands, KeyTable keyTable) {
            this.commands = commands;
            this.keyTable = keyTable;
            this.scan = commands.rowOf("SCAN");
            this.byKeys = byRow(BY_KEYS, commands);
            this.everywhere = byRow(EVERYWHERE, commands);
        }

        CommandTable commands() {
            return commands;
        }

        KeyTable keyTable() {
            return keyTable;
        }
    }

    Splits(Table table) {
        this.table = table;
        this.commands = table.commands;
        this.keyTable = table.keyTable;
        this.keys = new Keys(keyTable);
    }

    private static @Nullable Gathering[] byRow(Map<String, Gathering> gatherings, CommandTable commands) {
        @Nullable Gathering[] byRow = new @Nullable Gathering[commands.rows()];
        gatherings.forEach((name, gathering) -> byRow[commands.rowOf(name)] = gathering);
        return byRow;
    }

    /**
     * The parts of the request that the scanner has just found the end of, by the places of its keys.
     *
     * @param row of the request's command
     * @return null if it goes to one place as it is: nearly always, and then nothing is allocated. Also for inline requests, and
     *     for those with a number of arguments that Redis refuses
     */
    @Nullable
    Scatter byKeys(ByteBuf inView, int requestIndex, RequestScanner scanner, int row, KeyPlace placeOf) {
        Gathering gathering = row == CommandTable.ABSENT ? null : table.byKeys[row];
        if (gathering == null || scanner.inline()) {
            return null;
        }
        KeyPositions positions = keyTable.at(row);
        if (positions == null || (scanner.argumentCount() - 1) % positions.step() != 0) {
            return null;
        }
        if (keys.place(inView, requestIndex, scanner, row, placeOf) != Keys.APART) {
            return null;
        }
        boolean reads = commands.travel(row, inView, requestIndex, scanner) == Travel.SHARED_READ;
        return SplitRequest.of(inView, requestIndex, scanner, positions.step(), placeOf, gathering, reads);
    }

    /**
     * The parts of a request that concerns all endpoints; their places are the indexes of the endpoints.
     *
     * @param row of the request's command
     * @param endpoints those that have keys of their own, no replicas
     * @return null if one endpoint can answer it, and for inline requests
     */
    @Nullable
    Scatter everywhere(ByteBuf inView, int requestIndex, RequestScanner scanner, int row, int endpoints) {
        if (row == CommandTable.ABSENT || scanner.inline() || endpoints < 2) {
            return null;
        }
        if (row == table.scan) {
            return ScanOnAll.of(inView, requestIndex, scanner, endpoints);
        }
        Gathering gathering = table.everywhere[row];
        if (gathering == null) {
            return null;
        }
        int nameIndex = requestIndex + scanner.nameOffset();
        return new Broadcast(
                inView.toString(nameIndex, scanner.nameLength(), StandardCharsets.ISO_8859_1),
                gathering,
                commands.travel(row, inView, requestIndex, scanner) == Travel.SHARED_READ,
                ByteBufUtil.getBytes(inView, requestIndex, (int) scanner.knownBytes()),
                endpoints);
    }
}
