package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Reads the chunked coding, RFC 9112 section 7.1: the payload without sizes and extensions. Owned by the event loop of the
 * connection that the body comes from; for one body after the other.
 *
 * <pre>
 *   SIZE_LINE --n&gt;0--&gt; DATA --&gt; DATA_END --CR LF--&gt; SIZE_LINE
 *       '------0-----&gt; LAST --CR LF--&gt; ENDED
 *                        '--else--&gt; TRAILERS --empty line--&gt; ENDED
 * </pre>
 */
public final class ChunkedBody {
    private enum State {
        SIZE_LINE,
        DATA,
        DATA_CR,
        DATA_LF,
        LAST,
        LAST_LF,
        TRAILERS,
        ENDED,
        REFUSED
    }

    private final ChunkSizeLine line;
    private final TrailerFields trailers;
    private final int maxExtensionBytes;
    private State state = State.SIZE_LINE;
    private long chunkLeft;
    private long extensionBytes;
    private String reason = "";

    /**
     * @param maxLineBytes of a chunk size with its extensions and line end
     * @param trailerLimits of the trailer section; its {@code maxHeaderBytes} also limits the extensions of all chunks together
     */
    public ChunkedBody(int maxLineBytes, HeadLimits trailerLimits) {
        line = new ChunkSizeLine(maxLineBytes);
        trailers = new TrailerFields(trailerLimits);
        maxExtensionBytes = trailerLimits.maxHeaderBytes();
    }

    /** Begins with another body. */
    public void reset() {
        state = State.SIZE_LINE;
        extensionBytes = 0;
        line.begin();
        trailers.begin();
    }

    /**
     * Takes bytes by advancing the reader index, none from behind the end of the body. What is not taken when this returns a
     * slice must be there in the next call, where or in which buffer does not matter.
     *
     * @return payload that shares the buffer's bytes, for the caller to release; null when nothing more can be had from these
     *     bytes: they are all taken, or the body has ended, or is refused
     */
    public @Nullable ByteBuf read(ByteBuf in) {
        while (in.isReadable()) {
            switch (state) {
                case SIZE_LINE -> sizeLine(in);
                case DATA -> {
                    int length = (int) Math.min(chunkLeft, in.readableBytes());
                    chunkLeft -= length;
                    if (chunkLeft == 0) {
                        state = State.DATA_CR;
                    }
                    return in.readRetainedSlice(length);
                }
                case DATA_CR ->
                    state = in.readByte() == '\r' ? State.DATA_LF : refuse("a chunk is longer than its size");
                case DATA_LF -> {
                    state = in.readByte() == '\n' ? State.SIZE_LINE : refuse("a carriage return without a line feed");
                    line.begin();
                }
                case LAST -> last(in);
                case LAST_LF ->
                    state = in.readByte() == '\n' ? State.ENDED : refuse("a carriage return without a line feed");
                case TRAILERS -> trailers(in);
                case ENDED, REFUSED -> {
                    return null;
                }
            }
        }
        return null;
    }

    private void sizeLine(ByteBuf in) {
        int index = in.readerIndex();
        int end = in.writerIndex();
        while (index < end && !line.isDone() && !line.isRefused()) {
            line.accept(in.getByte(index++));
        }
        in.readerIndex(index);
        if (line.isRefused()) {
            state = refuse(line.reason());
        } else if (line.isDone()) {
            extensionBytes += line.extensionBytes();
            chunkLeft = line.size();
            state = extensionBytes > maxExtensionBytes
                    ? refuse("the chunk extensions are too large")
                    : chunkLeft > 0 ? State.DATA : State.LAST;
        }
    }

    private void last(ByteBuf in) {
        if (in.getByte(in.readerIndex()) == '\r') {
            in.skipBytes(1);
            state = State.LAST_LF;
        } else {
            trailers.begin();
            state = State.TRAILERS;
        }
    }

    private void trailers(ByteBuf in) {
        ScanResult result = trailers.read(in);
        if (result == ScanResult.COMPLETE) {
            state = State.ENDED;
        } else if (result == ScanResult.REFUSED) {
            state = refuse(trailers.reason());
        }
    }

    private State refuse(String newReason) {
        reason = newReason;
        return State.REFUSED;
    }

    /** The last byte of the body has been taken. */
    public boolean isEnded() {
        return state == State.ENDED;
    }

    /** The coding is broken; nothing behind the payload so far can be trusted, so the connection must end. */
    public boolean isRefused() {
        return state == State.REFUSED;
    }

    /** Why the body was refused, for people. */
    public String reason() {
        return reason;
    }

    /**
     * The trailer fields of an ended body, once, in lines {@code name: value CRLF} without an empty one, for the caller to release;
     * null if there are none. Fields that frame, route, authenticate or belong to the connection are left out.
     */
    public @Nullable ByteBuf takeTrailers(ByteBufAllocator allocator) {
        return trailers.take(allocator);
    }

    /** Appends the line before a chunk of this many bytes, at least 1. */
    public static void writeSize(ByteBuf out, long bytes) {
        int shift = 60 - (Long.numberOfLeadingZeros(bytes | 1) & ~3);
        for (; shift >= 0; shift -= 4) {
            int digit = (int) (bytes >>> shift) & 0xF;
            out.writeByte(digit < 10 ? '0' + digit : 'a' - 10 + digit);
        }
        out.writeByte('\r').writeByte('\n');
    }
}
