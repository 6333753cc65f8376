package io.boxcar.proxy.core;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The bytes received on one connection and not yet taken on. Owned by the connection's event loop. */
public final class ReceivedBytes {
    private static final long NOT_PARTIAL = Long.MIN_VALUE;

    private @Nullable ByteBuf bytes;

    /** Bytes received since the client connected. */
    private long received;

    /** When the first byte came of a request that is not complete. */
    private long partialSinceNs = NOT_PARTIAL;

    /** What there is, read from its reader index on; null if there is nothing. */
    @Nullable
    public ByteBuf bytes() {
        return bytes;
    }

    /** How many bytes had been received before those that are here. */
    public long position() {
        return received - length();
    }

    /** How many bytes are here. */
    public int length() {
        ByteBuf b = bytes;
        return b == null ? 0 : b.readableBytes();
    }

    /** How many bytes have been received. */
    public long received() {
        return received;
    }

    /** Takes what came, behind what was left over, in a buffer that nothing else holds. */
    public void add(ByteBuf arrived) {
        received += arrived.readableBytes();
        ByteBuf before = bytes;
        if (before == null) {
            bytes = arrived;
            return;
        }
        ByteBuf joined = before;
        if (before.refCnt() > 1 || before.writableBytes() < arrived.readableBytes()) {
            joined = before.alloc().buffer(Math.max(256, 2 * (before.readableBytes() + arrived.readableBytes())));
            DirectCopy.append(joined, before, before.readerIndex(), before.readableBytes(), true);
            before.release();
        }
        DirectCopy.append(joined, arrived, arrived.readerIndex(), arrived.readableBytes(), true);
        arrived.release();
        bytes = joined;
    }

    /** Puts what was taken in front of what is there; takes it. */
    public void putBack(ByteBuf taken) {
        ByteBuf behind = bytes;
        if (behind == null) {
            bytes = taken;
            return;
        }
        ByteBuf joined = taken.alloc().buffer(taken.readableBytes() + behind.readableBytes());
        joined.writeBytes(taken).writeBytes(behind);
        taken.release();
        behind.release();
        bytes = joined;
    }

    /** Whole requests have been looked at as far as they go; what is left lies here until the rest of it comes. */
    public void keepLeftOver(long nowNs) {
        ByteBuf b = bytes;
        int length = length();
        if (b == null || length == 0) {
            release();
            return;
        }
        if (partialSinceNs == NOT_PARTIAL) {
            partialSinceNs = nowNs;
        }
        // It may lie for long, so it must not hold a read buffer that is much larger than itself.
        if (b.refCnt() > 1 || b.maxWritableBytes() == 0 || b.capacity() > 4 * length + 256) {
            ByteBuf copy = b.alloc().buffer(Math.max(64, length));
            DirectCopy.append(copy, b, b.readerIndex(), length, true);
            b.release();
            bytes = copy;
        }
    }

    /** A request has been found: what lies here is not a part of one that is waited for. */
    public void requestFound() {
        partialSinceNs = NOT_PARTIAL;
    }

    /** Whether the rest of a request has been awaited for longer than {@code timeoutNs}; 0 is no limit. */
    public boolean isLate(long nowNs, long timeoutNs) {
        return timeoutNs > 0 && partialSinceNs != NOT_PARTIAL && nowNs - partialSinceNs > timeoutNs;
    }

    /** Skips {@code length} bytes and returns the buffer they are in, which the caller shares or, at its end, owns alone. */
    public ByteBuf takeShare(int length) {
        ByteBuf b = present();
        if (length == b.readableBytes()) {
            bytes = null;
            return b;
        }
        b.skipBytes(length);
        return b.retain();
    }

    /** As {@link #takeShare}, but what is returned has just those bytes. */
    public ByteBuf take(int length) {
        ByteBuf b = present();
        if (length == b.readableBytes()) {
            bytes = null;
            return b;
        }
        return b.readRetainedSlice(length);
    }

    public void skip(int length) {
        ByteBuf b = present();
        b.skipBytes(length);
        if (!b.isReadable()) {
            release();
        }
    }

    private ByteBuf present() {
        ByteBuf b = bytes;
        if (b == null) {
            throw new IllegalStateException("nothing has been received");
        }
        return b;
    }

    public void release() {
        partialSinceNs = NOT_PARTIAL;
        ByteBuf b = bytes;
        if (b != null) {
            bytes = null;
            b.release();
        }
    }
}
