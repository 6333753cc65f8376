package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** Walks over whole replies in a buffer, one at a time. For handshakes, not for the data path. */
final class Replies {
    private final ByteBuf view;
    private final ReplyScanner scanner = new ReplyScanner(1024 * 1024, 16, false);
    private int from;
    private int to;

    Replies(ByteBuf view) {
        this.view = view;
        this.to = view.readerIndex();
    }

    /** Goes to the next reply; false if there is none, or what is there is not one. */
    boolean next() {
        from = to;
        int end = scanner.scan(view, from, view.writerIndex(), 1);
        if (end == ReplyScanner.ERROR || scanner.completed() == 0) {
            return false;
        }
        to = end;
        return true;
    }

    boolean isError() {
        return scanner.lastWasError();
    }

    /** The first line of the reply, without its end. */
    String line() {
        int end = view.indexOf(from, to, (byte) '\r');
        return view.toString(from, end - from, StandardCharsets.ISO_8859_1);
    }

    /** What it says of commands, if it is the reply to COMMAND INFO. */
    CommandFlags commandFlags() {
        return CommandFlags.parse(view.slice(from, to - from), 0);
    }

    /** The reply as it came; the caller owns it. */
    ByteBuf copy() {
        return view.copy(from, to - from);
    }
}
