package io.boxcar.proxy.redis;

import io.boxcar.proxy.core.RequestDecoder;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether a transaction has arrived whole, so that it can travel in one piece on a shared connection.
 *
 * <pre>
 *   | MULTI | SET | GET | EXEC |   whole: nobody else's request can get in between
 *   | MULTI | SET | GE             not (yet): the client needs a connection of its own at once
 * </pre>
 * It looks ahead once for each MULTI, since without an EXEC the client is pinned and MULTI is not looked at again.
 */
final class TransactionScan {
    private static final int MAX_REQUESTS = 10_000;
    private static final int MAX_BYTES = 1024 * 1024;

    private final RedisCommands commands;
    private final RequestScanner scanner;
    private final @Nullable Placement placement;

    private int end;
    private int place;
    private int count;
    private boolean repeatable;
    private boolean slow;
    private boolean cut;

    /** @param scanner between two requests whenever {@link #isWhole} is called, and after it */
    TransactionScan(RedisCommands commands, RequestScanner scanner, @Nullable Placement placement) {
        this.commands = commands;
        this.scanner = scanner;
        this.placement = placement;
    }

    /** Whether the transaction whose MULTI ends at {@code from} is there up to its EXEC or DISCARD and may be shared; {@code unlisted} as in {@link RedisCommands#travel}. */
    boolean isWhole(ByteBuf inView, int from, boolean unlisted) {
        count = 1;
        repeatable = true;
        slow = false;
        cut = false;
        place = RequestDecoder.ANYWHERE;
        int limit = (int) Math.min(inView.writerIndex(), (long) from + MAX_BYTES);
        int start = from;
        while (count < MAX_REQUESTS && start < limit) {
            int next = scanner.scan(inView, start, limit);
            if (next < 0) {
                cut = next == RequestScanner.INCOMPLETE;
                scanner.restart();
                return false;
            }
            if (!scanner.empty()) {
                count++;
                int row = commands.table().rowOf(inView, start, scanner);
                Travel travel = commands.travel(row, inView, start, scanner, unlisted);
                if (!travel.isShared()) {
                    end = next;
                    return isEnd(row);
                }
                if (placement != null && !isInPlace(placement, inView, start, row)) {
                    scanner.restart();
                    return false;
                }
                repeatable &= travel == Travel.SHARED_READ;
                slow |= row != CommandTable.ABSENT
                        && commands.sizes().isInUse()
                        && commands.sizes().isSlow(row);
            }
            start = next;
        }
        scanner.restart();
        cut = start == inView.writerIndex();
        return false;
    }

    /** All keys of a transaction must be in one place; a cluster says itself when they are not. */
    private boolean isInPlace(Placement placing, ByteBuf inView, int start, int row) {
        boolean isWhole = placing.find(inView, start, scanner, row);
        if (place == RequestDecoder.ANYWHERE) {
            place = placing.place();
        }
        boolean fits = placing.place() == RequestDecoder.ANYWHERE || placing.place() == place;
        return isWhole && fits || !placing.makesRuns();
    }

    private boolean isEnd(int row) {
        if (row == CommandTable.ABSENT || scanner.argumentCount() != 1) {
            return false;
        }
        SessionCommand meaning = commands.meaning(row);
        repeatable |= meaning == SessionCommand.DISCARD;
        return meaning == SessionCommand.EXEC || meaning == SessionCommand.DISCARD;
    }

    /** Whether its end has not come, and nothing stands in the way of its being whole. */
    boolean isCut() {
        return cut;
    }

    /** Where its keys are, as far as the first says. */
    int place() {
        return place;
    }

    /** The index behind it. */
    int end() {
        return end;
    }

    /** Its requests, MULTI and EXEC included. */
    int count() {
        return count;
    }

    boolean isRepeatable() {
        return repeatable;
    }

    boolean isSlow() {
        return slow;
    }
}
