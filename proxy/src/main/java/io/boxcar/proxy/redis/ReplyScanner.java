package io.boxcar.proxy.redis;

import io.boxcar.proxy.core.ResponseDecoder;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Finds the ends of replies (RESP2 and RESP3) in an upstream's byte stream. Owned by the lane's event loop.
 *
 * <pre>
 *   ELEMENT --+ - : _ # , (--> LINE -------------------------.
 *      ^  '----$ ! = ;-------> LENGTH --n--> PAYLOAD --------|
 *      |  '----* ~ % &gt; |-----> LENGTH --owed += n or 2n------|
 *      '----------------------- owed -= 1 &lt;-----------------'   owed == 0: the reply has ended
 * </pre>
 *
 * {@code owed} counts the elements that are still to come, however deep they are nested, so an aggregate costs
 * nothing to remember. Only aggregates of unannounced length ("*?" up to ".") need a stack, which is bounded.
 * Lines end at CR LF; what they say is passed on unread. Follows the RESP3 specification, including its streamed
 * types, and RESP2's two nulls. Whatever cannot be a reply is an error, because a guess could pair a reply with
 * the wrong request; only the content of lines and the parity of streamed maps, which cannot, are left to the client.
 */
final class ReplyScanner implements ResponseDecoder {

    private enum State {
        ELEMENT,
        LINE,
        LENGTH,
        PAYLOAD,
        FAILED
    }

    /** Nothing that Redis holds comes near; it keeps every sum below within a {@code long}. */
    private static final long MAX_BULK_BYTES = 1L << 40;

    private static final long MAX_ELEMENTS = Integer.MAX_VALUE;
    private static final long MAX_OWED = 1L << 48;

    private static final long NULL = -1;
    private static final long STREAMED = -2;
    private static final long NO_LENGTH = -3;
    private static final int ERROR_START_BYTES = 32;
    private static final short CRLF = '\r' << 8 | '\n';

    private final int maxLineBytes;
    private final boolean pushesAllowed;
    private final long[] owedOutside;
    private final LengthLine length = new LengthLine();

    private State state = State.ELEMENT;
    private long owed;
    private int depth;
    /** Of the pending reply, past its attributes; 0 while unknown. */
    private byte replyType;
    /** Of the element whose header is arriving. */
    private byte type;

    private boolean inChunks;
    private boolean carriageReturn;
    private int lineBytes;
    private long payloadLeft;

    private int completed;
    private int boundary;
    private byte lastType;
    private final byte[] errorStart = new byte[ERROR_START_BYTES];
    private int errorStartLength;
    private String errorText = "";

    /**
     * @param maxLineBytes of a simple string, error or number, at least 8
     * @param maxDepth of streamed aggregates in each other; announced ones have no limit and cost nothing
     * @param pushesAllowed whether a push between replies is a message like them, which {@link #lastType} tells apart; else it is
     *     an error
     */
    ReplyScanner(int maxLineBytes, int maxDepth, boolean pushesAllowed) {
        assert maxLineBytes >= 8;
        this.maxLineBytes = maxLineBytes;
        this.pushesAllowed = pushesAllowed;
        this.owedOutside = new long[maxDepth];
    }

    /**
     * Consumes in[from, to), starting where the last call stopped, until maxReplies replies have ended. Reads the
     * buffer without moving its indexes.
     *
     * @return the index consumed to; or {@link #ERROR}, now and for ever, see {@link #errorText()}. If replies ended
     *     before the error, then this call returns the index after the last of them and the next call the error
     */
    @Override
    public int scan(ByteBuf in, int from, int to, int maxReplies) {
        completed = 0;
        int index = from;
        boundary = from;
        while (index < to && completed < maxReplies && state != State.FAILED) {
            index = switch (state) {
                case ELEMENT -> element(in, index, to);
                case LINE -> line(in, index, to);
                case LENGTH -> length(in, index, to);
                case PAYLOAD -> payload(in, index, to);
                case FAILED -> throw new IllegalStateException(state.name());
            };
            if (isAtBoundary()) {
                boundary = index;
            }
        }
        if (state == State.FAILED) {
            return completed > 0 ? boundary : ERROR;
        }
        return index;
    }

    /** Takes a whole short header at once, else what there is of it. */
    private int element(ByteBuf in, int index, int to) {
        long word = EightBytes.at(in, index, to);
        type = EightBytes.byteAt(word, 0);
        int end = EightBytes.carriageReturn(word);
        int next = index + end + 2;
        boolean whole = end > 0 && end < 7 && next <= to && EightBytes.byteAt(word, end + 1) == '\n';
        return switch (type) {
            case '+', '-', ':', '_', '#', ',', '(' -> {
                if (!begin()) {
                    yield ERROR;
                }
                errorStartLength = 0;
                if (whole) {
                    elementEnded();
                    yield next;
                }
                lineBytes = 1;
                carriageReturn = false;
                state = State.LINE;
                yield index + 1;
            }
            case '$', '*', '%', '~', '>', '|', '!', '=', ';', '.' -> {
                if (!begin()) {
                    yield ERROR;
                }
                int number = whole ? EightBytes.decimal(word, end) : EightBytes.NOT_SHORT;
                if (number != EightBytes.NOT_SHORT) {
                    yield announced(number, in, next, to);
                }
                length.begin();
                state = State.LENGTH;
                yield index;
            }
            default -> fail("unknown reply type 0x" + Integer.toHexString(type & 0xFF));
        };
    }

    /** Whether the element may start here. */
    private boolean begin() {
        if (inChunks != (type == ';')) {
            fail(inChunks ? "streamed string interrupted" : "chunk outside of a streamed string");
            return false;
        }
        if (inChunks) {
            return true;
        }
        if (type == '.') {
            return beginEnd();
        }
        if (owed == 0) {
            owed = 1;
        }
        boolean heading = replyType == 0 && owed == 1 && depth == 0;
        if (heading && type != '|') {
            replyType = type;
        }
        if (type == '>' && !(heading && pushesAllowed)) {
            fail(heading ? "unexpected push" : "push inside a reply");
            return false;
        }
        return true;
    }

    private boolean beginEnd() {
        if (depth == 0 || owed != 0) {
            fail("end of a streamed aggregate outside of one");
            return false;
        }
        return true;
    }

    private int length(ByteBuf in, int from, int to) {
        for (int index = from; index < to; index++) {
            byte next = in.getByte(index);
            if (length.accept(next)) {
                if (next != '\n') {
                    return fail("length not followed by CR LF");
                }
                state = State.ELEMENT;
                return announced(announcedLength(), in, index + 1, to);
            }
            if (length.garbage()) {
                return fail("invalid length");
            }
        }
        return to;
    }

    private long announcedLength() {
        if (length.streamed()) {
            return STREAMED;
        }
        if (!length.isNumber() || length.number() < NULL) {
            return length.length() == 1 ? NO_LENGTH : Long.MAX_VALUE;
        }
        return length.number();
    }

    /** The header of the element has ended at index and says n. */
    private int announced(long n, ByteBuf in, int index, int to) {
        boolean valid = switch (type) {
            case '$' -> n == STREAMED || (n >= NULL && n <= MAX_BULK_BYTES);
            case '!', '=', ';' -> n >= 0 && n <= MAX_BULK_BYTES;
            case '*' -> n == STREAMED || (n >= NULL && n <= MAX_ELEMENTS);
            case '~', '%' -> n == STREAMED || (n >= 0 && n <= MAX_ELEMENTS);
            case '.' -> n == NO_LENGTH;
            default -> n >= 0 && n <= MAX_ELEMENTS;
        };
        if (!valid || owed > MAX_OWED) {
            return fail("invalid length");
        }
        return switch (type) {
            case '$', '!', '=', ';' -> bulk(n, in, index, to);
            case '.' -> {
                owed = owedOutside[--depth];
                elementEnded();
                yield index;
            }
            case '|' -> {
                // The attribute precedes the element it belongs to, which stays owed.
                owed += 2 * n;
                yield index;
            }
            default -> aggregate(n, index);
        };
    }

    private int aggregate(long n, int index) {
        if (n == STREAMED) {
            if (depth == owedOutside.length) {
                return fail("streamed aggregates nested too deep");
            }
            owedOutside[depth++] = owed;
            owed = 0;
            return index;
        }
        if (n > 0) {
            owed += type == '%' ? 2 * n : n;
        }
        elementEnded();
        return index;
    }

    private int bulk(long n, ByteBuf in, int index, int to) {
        if (n < 0 || (inChunks && n == 0)) {
            inChunks = n == STREAMED;
            if (!inChunks) {
                elementEnded();
            }
            return index;
        }
        if (to - index < n + 2) {
            payloadLeft = n + 2;
            state = State.PAYLOAD;
            return index;
        }
        int end = index + (int) n;
        if (in.getShort(end) != CRLF) {
            return fail("string not followed by CR LF");
        }
        payloadEnded();
        return end + 2;
    }

    private int payload(ByteBuf in, int from, int to) {
        int index = from;
        if (payloadLeft > 2) {
            int skipped = (int) Math.min(payloadLeft - 2, to - index);
            payloadLeft -= skipped;
            index += skipped;
        }
        while (index < to && payloadLeft > 0) {
            byte expected = payloadLeft-- == 2 ? (byte) '\r' : (byte) '\n';
            if (in.getByte(index++) != expected) {
                return fail("string not followed by CR LF");
            }
        }
        if (payloadLeft == 0) {
            state = State.ELEMENT;
            payloadEnded();
        }
        return index;
    }

    private int line(ByteBuf in, int from, int to) {
        int index = from;
        while (index < to) {
            if (carriageReturn && in.getByte(index) == '\n') {
                state = State.ELEMENT;
                elementEnded();
                return index + 1;
            }
            if (carriageReturn) {
                lineBytes++;
            }
            int found = in.indexOf(index, to, (byte) '\r');
            carriageReturn = found >= 0;
            int end = carriageReturn ? found : to;
            if (type == '-') {
                keepStart(in, index, end);
            }
            lineBytes += end - index;
            if (lineBytes > maxLineBytes) {
                return fail("line too long");
            }
            index = carriageReturn ? found + 1 : to;
        }
        return index;
    }

    private void keepStart(ByteBuf in, int index, int end) {
        int length = Math.min(end - index, ERROR_START_BYTES - errorStartLength);
        in.getBytes(index, errorStart, errorStartLength, length);
        errorStartLength += length;
    }

    private void payloadEnded() {
        if (!inChunks) {
            elementEnded();
        }
    }

    private void elementEnded() {
        owed--;
        if (owed == 0 && depth == 0) {
            replyEnded();
        }
    }

    private void replyEnded() {
        completed++;
        lastType = replyType;
        replyType = 0;
    }

    private int fail(String text) {
        state = State.FAILED;
        errorText = text;
        return ERROR;
    }

    /** Replies that ended in the last call. */
    @Override
    public int completed() {
        return completed;
    }

    /** No part of a reply is pending. */
    @Override
    public boolean isAtBoundary() {
        return state == State.ELEMENT && owed == 0 && depth == 0;
    }

    /** The last reply that ended was an error ("-" or "!"). */
    @Override
    public boolean lastWasError() {
        return lastType == '-' || lastType == '!';
    }

    /** The first byte of the last reply or push that ended, attributes aside. */
    byte lastType() {
        return lastType;
    }

    /**
     * EXEC and DISCARD end a transaction unless they are refused for their own sake, which Redis before 6.2 does without
     * EXECABORT. A redirection ends it too.
     */
    @Override
    public boolean leftOpen() {
        if (lastType != '-') {
            return lastType == '!';
        }
        String text = new String(errorStart, 0, errorStartLength, StandardCharsets.ISO_8859_1);
        return !TransactionEnd.isSaidBy(text);
    }

    @Override
    public int boundary() {
        return boundary;
    }

    @Override
    public String errorText() {
        return errorText;
    }
}
