package io.boxcar.proxy.redis;

import io.boxcar.proxy.accesslog.AccessEntry;
import io.netty.buffer.ByteBuf;

/**
 * Names the commands of requests that were found complete, for the access log. What the table does not list is called
 * {@code OTHER}: where a command should be a secret may stand, of a client that sends what it should not. Immutable.
 */
final class CommandNames {
    private static final String OTHER = "OTHER";

    private final CommandTable table;

    CommandNames(CommandTable table) {
        this.table = table;
    }

    /** @param count of the requests that begin at {@code start}, all of them complete but perhaps the last */
    void describe(ByteBuf in, int start, int count, AccessEntry to) {
        int end = in.writerIndex();
        int index = start;
        int left = count;
        while (left > 0 && index < end) {
            boolean isInline = in.getByte(index) != '*';
            int name = isInline ? index : behindLine(in, behindLine(in, index));
            int length = isInline ? lengthOfWord(in, index) : number(in, behindLine(in, index) + 1);
            boolean isEmpty = isInline ? length == 0 : number(in, index + 1) == 0;
            if (!isEmpty && (!to.command(name(in, name, length)) || --left == 0)) {
                return;
            }
            index = isInline ? behindLineFeed(in, index) : behindRequest(in, index);
        }
    }

    private String name(ByteBuf in, int index, int length) {
        String name = table.nameOf(in, index, length);
        return name == null ? OTHER : name;
    }

    private static int lengthOfWord(ByteBuf in, int index) {
        int end = index;
        while (end < in.writerIndex() && in.getByte(end) > ' ') {
            end++;
        }
        return end - index;
    }

    private static int behindRequest(ByteBuf in, int index) {
        int arguments = number(in, index + 1);
        int at = behindLine(in, index);
        for (int i = 0; i < arguments && at < in.writerIndex(); i++) {
            int length = number(in, at + 1);
            int from = behindLine(in, at);
            at = length > in.writerIndex() - from ? in.writerIndex() : from + length + 2;
        }
        return at;
    }

    /** As for the {@link RequestScanner}, a line of a count or length ends with a carriage return and any other byte. */
    private static int behindLine(ByteBuf in, int index) {
        int end = index >= in.writerIndex() ? -1 : in.indexOf(index, in.writerIndex(), (byte) '\r');
        return end < 0 ? in.writerIndex() : Math.min(end + 2, in.writerIndex());
    }

    private static int behindLineFeed(ByteBuf in, int index) {
        int end = in.indexOf(index, in.writerIndex(), (byte) '\n');
        return end < 0 ? in.writerIndex() : end + 1;
    }

    /** The number here, or 0 if there is none or it is negative. */
    private static int number(ByteBuf in, int index) {
        int number = 0;
        for (int i = index; i < in.writerIndex() && in.getByte(i) >= '0' && in.getByte(i) <= '9'; i++) {
            number = 10 * number + in.getByte(i) - '0';
        }
        return Math.max(0, number);
    }
}
