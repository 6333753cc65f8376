package io.boxcar.proxy.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** All that a {@link ReplyScanner} says about a byte stream that is fed to it in pieces. */
record ReplyScan(List<Reply> replies, String end) {
    static final int MAX_LINE_BYTES = 4096;
    static final int MAX_DEPTH = 4;

    record Reply(int end, boolean error) {}

    static ReplyScan of(byte[] bytes, Pieces pieces, boolean pushesAllowed) {
        return of(bytes, pieces, new ReplyScanner(MAX_LINE_BYTES, MAX_DEPTH, pushesAllowed));
    }

    /** Each piece is a buffer of its own without a spare byte, so reading outside of it throws. */
    static ReplyScan of(byte[] bytes, Pieces pieces, ReplyScanner scanner) {
        List<Reply> replies = new ArrayList<>();
        int from = 0;
        for (int cut = 0; cut <= pieces.cuts().length; cut++) {
            int to = cut < pieces.cuts().length ? pieces.cuts()[cut] : bytes.length;
            ByteBuf piece = Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, from, to));
            int index = 0;
            while (index < to - from) {
                int next = scanner.scan(piece, index, to - from, 1);
                if (next == ReplyScanner.ERROR) {
                    assertEquals(ReplyScanner.ERROR, scanner.scan(piece, to - from, to - from, 1), "errors stay");
                    return new ReplyScan(replies, "error " + scanner.errorText());
                }
                assertTrue(next > index, "progress");
                index = next;
                if (scanner.completed() == 1) {
                    assertTrue(scanner.isAtBoundary());
                    replies.add(new Reply(from + index, scanner.lastWasError()));
                } else {
                    assertEquals(to - from, index, "everything consumed");
                }
            }
            from = to;
        }
        return new ReplyScan(replies, scanner.isAtBoundary() ? "" : "incomplete");
    }

    String describe() {
        boolean lastIsError = !replies.isEmpty() && replies.getLast().error();
        return replies.size() + " replies" + (lastIsError ? "!" : "") + (end.isEmpty() ? "" : ", " + end);
    }
}
