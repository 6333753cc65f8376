package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Finds the keys of one request after the other. Owned by the client's event loop.
 *
 * <pre>
 *   if (keys.find(in, requestIndex, scanner, row) &gt; 0) {
 *       do {
 *           ... keys.index(), keys.length() ...
 *       } while (keys.next(in));
 *   }
 * </pre>
 *
 * The request must be the one that the scanner has just found the end of. Where the first argument is the first key, which it
 * mostly is, no byte is read. Follows the key specifications of Redis 7.0 (commands/*.json, and the *GetKeys functions of db.c
 * for keys that move); it also takes what they refuse, because it is the upstream's business to answer that.
 */
final class Keys {
    /** There may be keys, and where is not known: an inline request with several, or a command that nobody has described. */
    static final int UNKNOWN = -1;

    /** {@link #place}: the request has no keys. */
    static final int ANYWHERE = -1;

    /** {@link #place}: the keys live in different places. */
    static final int APART = -2;

    /** {@link #place}: {@link #UNKNOWN} keys. */
    static final int UNPLACED = -3;

    private static final long STREAMS = CommandTable.packed("STREAMS");
    private static final long BLOCK = CommandTable.packed("BLOCK");
    private static final long COUNT = CommandTable.packed("COUNT");
    private static final long GROUP = CommandTable.packed("GROUP");
    private static final long LIMIT = CommandTable.packed("LIMIT");
    private static final long GET = CommandTable.packed("GET");
    private static final long BY = CommandTable.packed("BY");
    private static final long STORE = CommandTable.packed("STORE");
    private static final long STOREDIS = CommandTable.packed("STOREDIS");
    private static final long AUTH = CommandTable.packed("AUTH");
    private static final long AUTH2 = CommandTable.packed("AUTH2");
    private static final long KEYS = CommandTable.packed("KEYS");

    private static final int FIRST_OPTION_OF_SORT = 2;
    private static final int FIRST_OPTION_OF_GEORADIUS = 5;
    private static final int FIRST_OPTION_OF_MIGRATE = 6;

    private final KeyTable table;
    private final @Nullable LearnedCommands learned;
    private final Arguments arguments = new Arguments();
    /** Looks ahead, where the number of keys, or the second key, must be known before the first key is passed. */
    private final Arguments ahead = new Arguments();

    private int count;
    /** Keys from the current one on. */
    private int left;

    private int step;
    /** Of the second key if the first is apart from the others, else 0. */
    private int secondNumber;

    private int firstPlace;

    Keys(KeyTable table) {
        this(table, null);
    }

    /** @param learned the commands that the table does not list, or null if all of those are unknown */
    Keys(KeyTable table, @Nullable LearnedCommands learned) {
        this.table = table;
        this.learned = learned;
    }

    /**
     * Stands on the first key, if there is one.
     *
     * @param row of the {@link CommandTable} that the {@link KeyTable} was made for
     * @return the number of keys, keys given twice counted twice; or {@link #UNKNOWN}
     */
    int find(ByteBuf inView, int requestIndex, RequestScanner scanner, int row) {
        count = 0;
        left = 0;
        secondNumber = 0;
        LearnedCommands.Learned unlisted = null;
        if (row == CommandTable.ABSENT) {
            unlisted = learned == null ? null : learned.find(inView, requestIndex, scanner);
            if (unlisted == null) {
                return UNKNOWN;
            }
        }
        KeyPositions positions = unlisted == null ? table.at(row) : unlisted.keys();
        if (positions == null) {
            return 0;
        }
        int last = scanner.argumentCount() - 1;
        if (last < 1) {
            return 0;
        }
        if (scanner.inline()) {
            return findInline(positions, requestIndex, scanner);
        }
        return switch (positions.kind()) {
            case RANGE -> range(inView, requestIndex, scanner, positions);
            case COUNTED -> counted(inView, requestIndex, scanner, positions);
            case STREAMS -> streams(inView, requestIndex, scanner);
            case SORT, GEORADIUS -> firstAndStored(inView, requestIndex, scanner, positions.kind());
            case MIGRATE -> migrate(inView, requestIndex, scanner);
            case MOVABLE -> UNKNOWN;
        };
    }

    /**
     * The place of all keys of the request; the other parameters are those of {@link #find}. Where one request may not reach
     * several places, and for commands that {@link Splits} does not split, an upstream that is a cluster refuses what is
     * {@link #APART}; servers that do not know of each other cannot, so it must not be sent to them.
     *
     * @return the place, or {@link #ANYWHERE}, {@link #APART} or {@link #UNPLACED}
     */
    int place(ByteBuf inView, int requestIndex, RequestScanner scanner, int row, KeyPlace placeOf) {
        int found = find(inView, requestIndex, scanner, row);
        if (found <= 0) {
            firstPlace = ANYWHERE;
            return found == 0 ? ANYWHERE : UNPLACED;
        }
        firstPlace = placeOf.of(inView, index(), length());
        while (next(inView)) {
            if (placeOf.of(inView, index(), length()) != firstPlace) {
                return APART;
            }
        }
        return firstPlace;
    }

    /**
     * The place of a request that may not have come whole, if it has one key, which is its first argument and has come; else
     * {@link #UNPLACED}. The other parameters are those of {@link #find}.
     */
    int placeOfStart(ByteBuf inView, int requestIndex, RequestScanner scanner, int row, KeyPlace placeOf) {
        KeyPositions positions = row == CommandTable.ABSENT ? null : table.at(row);
        int index = requestIndex + scanner.subnameOffset();
        int length = scanner.subnameLength();
        if (positions == null || scanner.inline() || length < 0 || index > inView.writerIndex() - length) {
            return UNPLACED;
        }
        boolean single = positions.kind() == KeyPositions.Kind.RANGE
                && positions.first() == 1
                && lastKey(positions, scanner.argumentCount()) == 1;
        return single ? placeOf.of(inView, index, length) : UNPLACED;
    }

    /** Of the first key that the last {@link #place} found, or {@link #ANYWHERE}. */
    int firstPlace() {
        return firstPlace;
    }

    /** People who type get as far as one key that is the first word, and whose bytes are its meaning. */
    private int findInline(KeyPositions positions, int requestIndex, RequestScanner scanner) {
        boolean single = positions.kind() == KeyPositions.Kind.RANGE
                && positions.first() == 1
                && lastKey(positions, scanner.argumentCount()) == 1;
        if (!single || scanner.subnameLength() <= 0) {
            return UNKNOWN;
        }
        arguments.atFirst(requestIndex, scanner);
        return found(1, 1);
    }

    private int range(ByteBuf in, int requestIndex, RequestScanner scanner, KeyPositions positions) {
        int first = positions.first();
        int last = lastKey(positions, scanner.argumentCount());
        if (first > last) {
            return 0;
        }
        arguments.atFirst(requestIndex, scanner);
        arguments.goTo(in, first);
        return found((last - first) / positions.step() + 1, positions.step());
    }

    private static int lastKey(KeyPositions positions, int argumentCount) {
        int last = positions.last();
        return last < 0 ? argumentCount + last : Math.min(last, argumentCount - 1);
    }

    private int counted(ByteBuf in, int requestIndex, RequestScanner scanner, KeyPositions positions) {
        arguments.atFirst(requestIndex, scanner);
        int countAt = positions.countAt();
        ahead.atFirst(requestIndex, scanner);
        int announced = ahead.goTo(in, countAt) ? ahead.number(in) : 0;
        int room = (scanner.argumentCount() - 1 - countAt) / positions.step();
        int keys = announced > room ? 0 : Math.max(0, announced);
        if (positions.first() > 0) {
            secondNumber = countAt + 1;
            return found(1 + keys, positions.step());
        }
        if (keys > 0) {
            arguments.goTo(in, countAt + 1);
        }
        return found(keys, positions.step());
    }

    private int streams(ByteBuf in, int requestIndex, RequestScanner scanner) {
        arguments.atFirst(requestIndex, scanner);
        do {
            long option = arguments.option(in);
            if (option == STREAMS) {
                int keys = (scanner.argumentCount() - 1 - arguments.number()) / 2;
                arguments.next(in);
                return found(keys, 1);
            }
            int skip = option == GROUP ? 2 : option == COUNT || option == BLOCK ? 1 : 0;
            if (!arguments.goTo(in, arguments.number() + skip)) {
                return 0;
            }
        } while (arguments.next(in));
        return 0;
    }

    private int firstAndStored(ByteBuf in, int requestIndex, RequestScanner scanner, KeyPositions.Kind kind) {
        boolean sort = kind == KeyPositions.Kind.SORT;
        arguments.atFirst(requestIndex, scanner);
        ahead.atFirst(requestIndex, scanner);
        boolean more = ahead.goTo(in, sort ? FIRST_OPTION_OF_SORT : FIRST_OPTION_OF_GEORADIUS);
        while (more) {
            long option = ahead.option(in);
            if (option == STORE || (!sort && isStoreDist(in))) {
                more = ahead.next(in);
                secondNumber = more ? ahead.number() : secondNumber;
            } else if (sort) {
                int skip = option == LIMIT ? 2 : option == GET || option == BY ? 1 : 0;
                more = ahead.goTo(in, ahead.number() + skip);
            }
            more = more && ahead.next(in);
        }
        return found(secondNumber > 0 ? 2 : 1, 1);
    }

    private boolean isStoreDist(ByteBuf in) {
        int index = ahead.index();
        return ahead.length() == 9
                && EightBytes.upperCase(in.getLong(index)) == STOREDIS
                && (in.getByte(index + 8) | 0x20) == 't';
    }

    private int migrate(ByteBuf in, int requestIndex, RequestScanner scanner) {
        arguments.atFirst(requestIndex, scanner);
        if (!arguments.goTo(in, 3)) {
            return 0;
        }
        if (arguments.length() > 0) {
            return found(1, 1);
        }
        boolean more = arguments.goTo(in, FIRST_OPTION_OF_MIGRATE);
        while (more) {
            long option = arguments.option(in);
            if (option == KEYS) {
                int keys = scanner.argumentCount() - 1 - arguments.number();
                arguments.next(in);
                return found(keys, 1);
            }
            int skip = option == AUTH2 ? 2 : option == AUTH ? 1 : 0;
            more = arguments.goTo(in, arguments.number() + skip) && arguments.next(in);
        }
        return 0;
    }

    private int found(int keys, int stepBetween) {
        count = keys;
        left = keys;
        step = stepBetween;
        return keys;
    }

    /** Goes on to the next key; false on the last, and if there is none. */
    boolean next(ByteBuf inView) {
        if (left <= 1) {
            return false;
        }
        boolean second = left == count;
        left--;
        int number = second && secondNumber > 0 ? secondNumber : arguments.number() + step;
        boolean there = arguments.goTo(inView, number);
        assert there;
        return true;
    }

    /** Index in the buffer of the current key's first byte. */
    int index() {
        return arguments.index();
    }

    int length() {
        return arguments.length();
    }
}
