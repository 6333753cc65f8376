package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;

/**
 * Finds the ends of requests in a client's byte stream. Owned by the client's event loop.
 *
 * <pre>
 *   START --'*'--> COUNT --n&gt;0--> LENGTH &lt;--> PAYLOAD --last argument--> START
 *     |              '--n&lt;=0 (no reply)------------------------------->
 *     '--else--> INLINE --'\n'---------------------------------------->
 * </pre>
 *
 * Accepts and refuses exactly what processMultibulkBuffer and processInlineBuffer of Redis 7.0 (networking.c) do,
 * including what they leave unchecked: the byte after a carriage return and the two bytes after an argument may be
 * anything. Arguments are skipped by arithmetic. Nothing is kept but positions and counts, whatever is announced.
 * The two limits of Redis for clients that have not authenticated are left to the upstream.
 */
final class RequestScanner {
    static final int INCOMPLETE = -1;
    static final int ERROR = -2;

    private enum State {
        START,
        COUNT,
        LENGTH,
        PAYLOAD,
        INLINE,
        FAILED
    }

    private final Limits limits;
    private final LengthLine line = new LengthLine();
    private final InlineLine inlineLine = new InlineLine();

    private State state = State.START;
    /** Add it to an index of the buffer to get the offset in the request. */
    private long base;

    private long seenBytes;
    private long payloadLeft;
    private int argumentCount;
    private int argumentsLeft;
    private int nameOffset;
    private int nameLength = -1;
    private int subnameOffset;
    private int subnameLength = -1;
    private boolean inline;
    private String errorText = "";

    RequestScanner(Limits limits) {
        this.limits = limits;
    }

    /**
     * Consumes in[from, to), starting where the last call stopped. Reads the buffer without moving its indexes.
     *
     * @return the index after the first request that ends; {@link #INCOMPLETE} if none does, everything consumed;
     *     {@link #ERROR}, now and for ever, see {@link #errorText()}
     */
    int scan(ByteBuf in, int from, int to) {
        if (state == State.START && from < to) {
            begin(in.getByte(from));
        }
        base = seenBytes - from;
        int index = from;
        while (index < to && state != State.FAILED) {
            index = switch (state) {
                case COUNT -> count(in, index, to);
                case LENGTH -> arguments(in, index, to);
                case PAYLOAD -> payload(index, to);
                case INLINE -> inline(in, index, to);
                case START, FAILED -> throw new IllegalStateException(state.name());
            };
            if (state == State.START) {
                seenBytes = base + index;
                return index;
            }
        }
        seenBytes = base + to;
        return state == State.FAILED ? ERROR : INCOMPLETE;
    }

    /** Forgets the pending request, or the error. */
    void restart() {
        state = State.START;
        seenBytes = 0;
    }

    private void begin(byte first) {
        seenBytes = 0;
        argumentCount = 0;
        argumentsLeft = 0;
        nameLength = -1;
        subnameLength = -1;
        inline = first != '*';
        if (inline) {
            inlineLine.begin();
            state = State.INLINE;
        } else {
            line.begin();
            state = State.COUNT;
        }
    }

    private int count(ByteBuf in, int index, int to) {
        if (line.atStart()) {
            long word = EightBytes.at(in, index, to);
            int end = EightBytes.carriageReturn(word);
            if (end < 7 && index + end + 2 <= to) {
                int count = EightBytes.decimal(word, end);
                if (count >= 0 && count <= limits.maxArguments()) {
                    counted(count);
                    return index + end + 2;
                }
            }
        }
        return countLine(in, index, to);
    }

    private int countLine(ByteBuf in, int from, int to) {
        for (int index = from; index < to; index++) {
            if (line.accept(in.getByte(index))) {
                if (!line.isNumber() || line.number() > limits.maxArguments()) {
                    return fail("Protocol error: invalid multibulk length");
                }
                counted((int) Math.max(0, line.number()));
                return index + 1;
            }
            if (line.length() > limits.maxInlineBytes()) {
                return fail("Protocol error: too big mbulk count string");
            }
        }
        return to;
    }

    private void counted(int count) {
        argumentCount = count;
        argumentsLeft = count;
        if (count == 0) {
            state = State.START;
        } else {
            line.begin();
            state = State.LENGTH;
        }
    }

    /** Takes whole arguments as long as they last. */
    private int arguments(ByteBuf in, int from, int to) {
        int index = from;
        while (index < to && line.atStart()) {
            long word = EightBytes.at(in, index, to);
            int end = EightBytes.carriageReturn(word);
            int payload = index + end + 2;
            if (end >= 7 || payload > to || EightBytes.byteAt(word, 0) != '$') {
                break;
            }
            int length = EightBytes.decimal(word, end);
            if (length < 0 || length > limits.maxBulkBytes()) {
                break;
            }
            argumentAt(payload, length);
            if (to - payload < length + 2) {
                payloadLeft = length + 2L;
                state = State.PAYLOAD;
                return payload;
            }
            index = payload + length + 2;
            if (--argumentsLeft == 0) {
                state = State.START;
                return index;
            }
        }
        return lengthLine(in, index, to);
    }

    private int lengthLine(ByteBuf in, int from, int to) {
        for (int index = from; index < to; index++) {
            if (line.accept(in.getByte(index))) {
                if (line.marker() != '$') {
                    return fail("Protocol error: expected '$', got '" + printable(line.marker()) + "'");
                }
                if (!line.isNumber() || line.number() < 0 || line.number() > limits.maxBulkBytes()) {
                    return fail("Protocol error: invalid bulk length");
                }
                argumentAt(index + 1, (int) line.number());
                payloadLeft = line.number() + 2;
                state = State.PAYLOAD;
                return index + 1;
            }
            if (line.length() > limits.maxInlineBytes()) {
                return fail("Protocol error: too big bulk count string");
            }
        }
        return to;
    }

    private void argumentAt(int payload, int length) {
        int argument = argumentCount - argumentsLeft;
        if (argument == 0) {
            nameOffset = (int) (base + payload);
            nameLength = length;
        } else if (argument == 1) {
            subnameOffset = (int) (base + payload);
            subnameLength = length;
        }
    }

    private int payload(int index, int to) {
        int skipped = (int) Math.min(payloadLeft, to - index);
        payloadLeft -= skipped;
        if (payloadLeft == 0) {
            if (--argumentsLeft == 0) {
                state = State.START;
            } else {
                line.begin();
                state = State.LENGTH;
            }
        }
        return index + skipped;
    }

    private int inline(ByteBuf in, int from, int to) {
        for (int index = from; index < to; index++) {
            if (inlineLine.accept(in.getByte(index))) {
                inlineKnown();
                if (!inlineLine.balanced()) {
                    return fail("Protocol error: unbalanced quotes in request");
                }
                state = State.START;
                return index + 1;
            }
            if (inlineLine.length() > limits.maxInlineBytes()) {
                return fail("Protocol error: too big inline request");
            }
        }
        inlineKnown();
        return to;
    }

    private void inlineKnown() {
        argumentCount = inlineLine.argumentCount();
        nameOffset = inlineLine.nameOffset();
        nameLength = inlineLine.nameLength();
        subnameOffset = inlineLine.subnameOffset();
        subnameLength = inlineLine.subnameLength();
    }

    private int fail(String text) {
        state = State.FAILED;
        errorText = text;
        return ERROR;
    }

    /** Redis replaces line ends in error texts by spaces. */
    private static char printable(byte value) {
        return value == '\r' || value == '\n' ? ' ' : (char) (value & 0xFF);
    }

    /** No part of a request is pending. */
    boolean atBoundary() {
        return state == State.START;
    }

    /** The request that just ended is one that Redis ignores without a reply: a blank inline line, "*0", "*-1". */
    boolean empty() {
        return state == State.START && argumentCount == 0;
    }

    /** The pending request, or else the one that just ended, is a line of words instead of an array. */
    boolean inline() {
        return inline;
    }

    /** Announced by an array; found so far in an inline request. */
    int argumentCount() {
        return argumentCount;
    }

    /** Offset of argument 0 from the first byte of the request; meaningful if {@link #nameLength()} is not -1. */
    int nameOffset() {
        return nameOffset;
    }

    /**
     * Bytes of argument 0, announced but perhaps not yet received, or -1 if not yet known. 0 also for an inline
     * name whose bytes are not its meaning: with escapes, or quoted in part.
     */
    int nameLength() {
        return nameLength;
    }

    /** Like {@link #nameOffset()}, of argument 1. */
    int subnameOffset() {
        return subnameOffset;
    }

    /** Like {@link #nameLength()}, of argument 1. */
    int subnameLength() {
        return subnameLength;
    }

    /** Bytes of the request so far and the announced rest of its current argument. */
    long knownBytes() {
        return seenBytes + (state == State.PAYLOAD ? payloadLeft : 0);
    }

    /** What Redis 7.0 sends after "-ERR " before it closes the connection; bytes above 127 as Latin-1. */
    String errorText() {
        return errorText;
    }
}
