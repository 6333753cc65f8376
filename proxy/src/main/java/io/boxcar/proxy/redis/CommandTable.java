package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Says how each command travels, from the table in {@code commands.txt}. Immutable, shared by all threads.
 *
 * <p>An open-addressing hash table whose keys are the upper-cased names packed into three {@code long}s, with the
 * length and, for a subcommand, its container: a look-up compares four numbers and allocates nothing.
 */
final class CommandTable {
    private static final String RESOURCE = "commands.txt";
    private static final int MAX_NAME_BYTES = 24;
    private static final int LONGS_PER_KEY = 4;
    /** The row of what the table does not list. */
    static final int ABSENT = -1;

    private static final int TOP_LEVEL = -1;

    private static final long BLOCK = packed("BLOCK");
    private static final long STREAMS = packed("STREAMS");
    private static final long COUNT = packed("COUNT");
    private static final long GROUP = packed("GROUP");

    private record Entry(String name, Travel travel) {
        boolean isSubcommand() {
            return name.contains("|") && !name.endsWith("|*");
        }
    }

    private final List<Entry> entries;
    private final long[] keys;
    private final Travel[] travels;
    private final @Nullable String[] names;
    private final boolean[] containers;
    private final boolean[] mayBlock;

    private CommandTable(List<Entry> entries) {
        int slots = Integer.highestOneBit(entries.size()) * 4;
        this.entries = entries;
        keys = new long[slots * LONGS_PER_KEY];
        travels = new Travel[slots];
        names = new String[slots];
        containers = new boolean[slots];
        mayBlock = new boolean[slots];
    }

    /** Reads the table that is part of the program. */
    static CommandTable load() {
        try (InputStream in = CommandTable.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing from the program");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static CommandTable parse(String text) {
        List<Entry> entries = new ArrayList<>();
        text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && line.charAt(0) != '#')
                .forEach(line -> {
                    String[] words = line.split("\\s+");
                    Travel travel = Travel.valueOf(words[0].replace('-', '_').toUpperCase(Locale.ROOT));
                    for (String name : Arrays.asList(words).subList(1, words.length)) {
                        entries.add(new Entry(name, travel));
                    }
                });
        return of(entries);
    }

    private static CommandTable of(List<Entry> entries) {
        CommandTable table = new CommandTable(List.copyOf(entries));
        // Containers first: the keys of their subcommands name the slot of the container.
        for (boolean subcommands : new boolean[] {false, true}) {
            for (Entry entry : entries) {
                if (entry.isSubcommand() == subcommands) {
                    table.put(entry.name(), entry.travel());
                }
            }
        }
        return table;
    }

    /**
     * This table and, behind it, what an upstream says of the commands that this table lacks. Of a command that is listed here
     * the upstream is not asked, nor of a subcommand of a container that is listed here.
     */
    CommandTable withLearned(CommandFlags upstream) {
        List<Entry> more = new ArrayList<>(entries);
        for (CommandFlags.Command command : upstream.commands()) {
            if (isNew(command)) {
                more.add(new Entry(command.tableName(), command.travel()));
            }
        }
        return more.size() == entries.size() ? this : of(more);
    }

    private boolean isNew(CommandFlags.Command command) {
        return command.container().length() <= MAX_NAME_BYTES
                && command.subname().length() <= MAX_NAME_BYTES
                && find(command.container(), TOP_LEVEL) == ABSENT;
    }

    private void put(String name, Travel travel) {
        String plain = name.replace("[BLOCK]", "").replace("|*", "");
        int bar = plain.indexOf('|');
        int container = TOP_LEVEL;
        if (bar >= 0) {
            container = find(plain.substring(0, bar), TOP_LEVEL);
            plain = plain.substring(bar + 1);
            if (container == ABSENT) {
                throw new IllegalArgumentException(name + " without its container");
            }
        }
        if (plain.isEmpty() || plain.length() > MAX_NAME_BYTES || find(plain, container) != ABSENT) {
            throw new IllegalArgumentException(name + " is empty, too long, or twice in the table");
        }
        ByteBuf bytes = Unpooled.copiedBuffer(plain, StandardCharsets.US_ASCII);
        long first = word(bytes, 0, plain.length(), 0);
        long second = word(bytes, 0, plain.length(), 1);
        long third = word(bytes, 0, plain.length(), 2);
        long rest = rest(plain.length(), container);
        int slot = slot(first, second, third, rest);
        while (keys[slot * LONGS_PER_KEY] != 0) {
            slot = (slot + 1) & (travels.length - 1);
        }
        keys[slot * LONGS_PER_KEY] = first;
        keys[slot * LONGS_PER_KEY + 1] = second;
        keys[slot * LONGS_PER_KEY + 2] = third;
        keys[slot * LONGS_PER_KEY + 3] = rest;
        travels[slot] = travel;
        names[slot] = plain.toUpperCase(Locale.ROOT);
        containers[slot] = name.endsWith("|*");
        mayBlock[slot] = name.endsWith("[BLOCK]");
    }

    private int find(String name, int container) {
        ByteBuf bytes = Unpooled.copiedBuffer(name, StandardCharsets.US_ASCII);
        return find(bytes, 0, name.length(), container);
    }

    /**
     * How the request travels that the scanner has just scanned, or is scanning and has received the name of.
     *
     * <p>Unknown commands, and names that are not complete yet, are {@link Travel#PINNED_FOR_LIFE}.
     *
     * @param requestIndex where the request starts in the buffer
     */
    Travel classify(ByteBuf in, int requestIndex, RequestScanner scanner) {
        return travel(rowOf(in, requestIndex, scanner), in, requestIndex, scanner);
    }

    /**
     * The row that speaks of the request, so that one look-up serves everything known by command. The parameters are those of
     * {@link #classify}.
     *
     * @return below {@link #rows()}; or {@link #ABSENT} for unknown commands and for names that are not complete yet
     */
    int rowOf(ByteBuf in, int requestIndex, RequestScanner scanner) {
        int row = find(in, requestIndex + scanner.nameOffset(), scanner.nameLength(), TOP_LEVEL);
        if (row == ABSENT || !containers[row] || scanner.argumentCount() <= 1) {
            return row;
        }
        int length = scanner.subnameLength();
        int index = requestIndex + scanner.subnameOffset();
        if (length < 0 || index > in.writerIndex() - length) {
            return ABSENT;
        }
        int subcommand = find(in, index, length, row);
        return subcommand == ABSENT ? row : subcommand;
    }

    /** The row of a command as the table names it, without marks: "GET", "CLIENT|ID", "CLIENT" for all else of CLIENT. */
    int rowOf(String name) {
        int bar = name.indexOf('|');
        if (bar < 0) {
            return find(name, TOP_LEVEL);
        }
        int container = find(name.substring(0, bar), TOP_LEVEL);
        return container == ABSENT ? ABSENT : find(name.substring(bar + 1), container);
    }

    /** The name in capitals, without a subcommand, of the command that is there in any case; null if the table has none such. */
    @Nullable
    String nameOf(ByteBuf in, int index, int length) {
        int row = find(in, index, length, TOP_LEVEL);
        return row == ABSENT ? null : names[row];
    }

    /** Rows are below this number. */
    int rows() {
        return travels.length;
    }

    /** What {@link #classify} says, when {@link #rowOf} has already found the row. */
    Travel travel(int row, ByteBuf in, int requestIndex, RequestScanner scanner) {
        if (row == ABSENT) {
            return Travel.PINNED_FOR_LIFE;
        }
        return mayBlock[row] && asksToBlock(in, requestIndex, scanner) ? Travel.PINNED_ONCE : travels[row];
    }

    /**
     * Walks the options of XREAD and XREADGROUP up to STREAMS, after which come keys. When in doubt the answer is
     * yes: for inline requests, which only people type, and for requests that have not arrived completely.
     */
    private static boolean asksToBlock(ByteBuf in, int requestIndex, RequestScanner scanner) {
        if (scanner.inline() || !scanner.atBoundary()) {
            return true;
        }
        int index = requestIndex + scanner.nameOffset() + scanner.nameLength() + 2;
        int skip = 0;
        for (int argument = 1; argument < scanner.argumentCount(); argument++) {
            int length = 0;
            int digit = index + 1;
            for (byte next = in.getByte(digit); next != '\r'; next = in.getByte(++digit)) {
                length = length * 10 + (next - '0');
            }
            index = digit + 2;
            if (skip > 0) {
                skip--;
            } else if (length <= 8) {
                long option = EightBytes.upperCase(EightBytes.at(in, index, index + length));
                if (option == BLOCK || option == STREAMS) {
                    return option == BLOCK;
                }
                skip = option == COUNT ? 1 : option == GROUP ? 2 : 0;
            }
            index += length + 2;
        }
        return false;
    }

    private int find(ByteBuf in, int index, int length, int container) {
        if (length <= 0 || length > MAX_NAME_BYTES || index > in.writerIndex() - length) {
            return ABSENT;
        }
        long first = word(in, index, length, 0);
        long second = word(in, index, length, 1);
        long third = word(in, index, length, 2);
        long rest = rest(length, container);
        int slot = slot(first, second, third, rest);
        while (keys[slot * LONGS_PER_KEY] != 0) {
            int key = slot * LONGS_PER_KEY;
            if (keys[key] == first && keys[key + 1] == second && keys[key + 2] == third && keys[key + 3] == rest) {
                return slot;
            }
            slot = (slot + 1) & (travels.length - 1);
        }
        return ABSENT;
    }

    private int slot(long first, long second, long third, long rest) {
        long hash = ((first * 31 + second) * 31 + third) * 31 + rest;
        return (int) ((hash * 0x9E3779B97F4A7C15L) >>> 40) & (travels.length - 1);
    }

    private static long rest(int length, int container) {
        return (long) container << 8 | length;
    }

    private static long word(ByteBuf in, int index, int length, int number) {
        int from = number * 8;
        return from >= length ? 0 : EightBytes.upperCase(EightBytes.at(in, index + from, index + length));
    }

    /** At most eight letters, as {@link EightBytes#at} reads them. */
    static long packed(String option) {
        ByteBuf bytes = Unpooled.copiedBuffer(option, StandardCharsets.US_ASCII);
        return EightBytes.at(bytes, 0, option.length());
    }
}
