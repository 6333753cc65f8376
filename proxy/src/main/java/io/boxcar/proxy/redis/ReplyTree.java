package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole reply as objects, for the few replies that Boxcar reads itself: an integer is a {@link Long}, an array, set or map
 * a {@link List} (a map of its keys and values in turn), a null is null, anything else a {@link String} of one char per byte,
 * and an error a {@link Failure}. Makes garbage; not for the data path. Owned by the caller of {@link #read}.
 */
final class ReplyTree {
    private static final int MAX_DEPTH = 8;

    /** An error that is, or is in, the reply. */
    record Failure(String text) {}

    private static final class Malformed extends Exception {
        private static final long serialVersionUID = 1;

        Malformed() {
            super(null, null, false, false);
        }
    }

    private final ByteBuf in;
    private int next;

    private ReplyTree(ByteBuf in) {
        this.in = in;
        this.next = in.readerIndex();
    }

    /** The reply that the readable bytes start with; a {@link Failure} if they are no whole reply. */
    static @Nullable Object read(ByteBuf replyView) {
        try {
            return new ReplyTree(replyView).element(MAX_DEPTH);
        } catch (Malformed e) {
            return new Failure("not a reply");
        }
    }

    private @Nullable Object element(int depth) throws Malformed {
        if (depth == 0 || next >= in.writerIndex()) {
            throw new Malformed();
        }
        byte type = in.getByte(next++);
        String line = line();
        return switch (type) {
            case '+', '#', ',', '(' -> line;
            case '-' -> new Failure(line);
            case '_' -> null;
            case ':' -> number(line);
            case '$' -> line.equals("-1") ? null : bytes(line);
            case '!' -> new Failure(bytes(line));
            case '=' -> verbatim(bytes(line));
            case '*' -> line.equals("-1") ? null : elements(number(line), depth);
            case '~', '>' -> elements(number(line), depth);
            case '%' -> elements(2 * number(line), depth);
            default -> throw new Malformed();
        };
    }

    private List<@Nullable Object> elements(long count, int depth) throws Malformed {
        // Each element has three bytes at least: a count that cannot be true must not reserve memory.
        if (count < 0 || count > (in.writerIndex() - next) / 3) {
            throw new Malformed();
        }
        List<@Nullable Object> elements = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            elements.add(element(depth - 1));
        }
        return elements;
    }

    private String line() throws Malformed {
        int end = in.indexOf(next, in.writerIndex(), (byte) '\r');
        if (end < 0 || end + 1 >= in.writerIndex() || in.getByte(end + 1) != '\n') {
            throw new Malformed();
        }
        String line = in.toString(next, end - next, StandardCharsets.ISO_8859_1);
        next = end + 2;
        return line;
    }

    private String bytes(String length) throws Malformed {
        long count = number(length);
        if (count < 0 || count > in.writerIndex() - next - 2) {
            throw new Malformed();
        }
        String text = in.toString(next, (int) count, StandardCharsets.ISO_8859_1);
        next += (int) count + 2;
        return text;
    }

    /** Without its "txt:". */
    private static String verbatim(String text) throws Malformed {
        if (text.length() < 4) {
            throw new Malformed();
        }
        return text.substring(4);
    }

    private static long number(String digits) throws Malformed {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new Malformed();
        }
    }
}
