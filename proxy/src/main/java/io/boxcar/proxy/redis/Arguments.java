package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;

/**
 * Walks forward over the arguments of one array request that has arrived completely. Owned by the client's event loop.
 *
 * <p>The {@link RequestScanner} that found the end has judged every header, so here digits are just read.
 */
final class Arguments {
    /** More digits than this are no count of anything that fits into a request. */
    private static final int MAX_DIGITS = 9;

    private int count;
    private int number;
    private int index;
    private int length;

    /** Stands on argument 0, the name. */
    void atName(int requestIndex, RequestScanner scanner) {
        assert !scanner.inline() && scanner.atBoundary();
        count = scanner.argumentCount();
        number = 0;
        index = requestIndex + scanner.nameOffset();
        length = scanner.nameLength();
    }

    /** Stands on argument 1, which there must be. The scanner remembers where it is, so no byte is read. */
    void atFirst(int requestIndex, RequestScanner scanner) {
        assert scanner.atBoundary() && scanner.argumentCount() > 1;
        count = scanner.argumentCount();
        number = 1;
        index = requestIndex + scanner.subnameOffset();
        length = scanner.subnameLength();
    }

    /** Goes on to the next argument; false, and nothing else, on the last. */
    boolean next(ByteBuf inView) {
        if (number + 1 >= count) {
            return false;
        }
        number++;
        int at = index + length + 3;
        length = 0;
        for (byte next = inView.getByte(at); next != '\r'; next = inView.getByte(++at)) {
            length = length * 10 + (next - '0');
        }
        index = at + 2;
        return true;
    }

    /** Goes on to an argument that is not before the current one; false, and on the last, if there are not so many. */
    boolean goTo(ByteBuf inView, int wanted) {
        while (number < wanted) {
            if (!next(inView)) {
                return false;
            }
        }
        return true;
    }

    /** The upper-cased argument if it has at most eight bytes, to compare with {@link CommandTable#packed}; else 0. */
    long option(ByteBuf inView) {
        return length > 8 ? 0 : EightBytes.upperCase(EightBytes.at(inView, index, index + length));
    }

    /** The argument as a number that is not negative, or -1. */
    int number(ByteBuf inView) {
        if (length < 1 || length > MAX_DIGITS) {
            return -1;
        }
        int value = 0;
        for (int at = index; at < index + length; at++) {
            int digit = inView.getByte(at) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    /** Of all arguments, the name included. */
    int count() {
        return count;
    }

    /** Which argument this is; the name is 0. */
    int number() {
        return number;
    }

    /** Index in the buffer of the argument's first byte. */
    int index() {
        return index;
    }

    int length() {
        return length;
    }
}
