package io.boxcar.proxy.core;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * One request that travels as several, to several places, and whose response is made of theirs. Used on the client's event loop; immutable; it keeps no buffer of
 * the client's, so it may be dropped at any time.
 */
public interface Scatter {
    /** Number of parts, at least 1. */
    int size();

    /** The i-th part, complete on the wire; the caller owns it. May be asked for again, to send the part again. */
    ByteBuf request(int i, ByteBufAllocator allocator);

    /** Where the i-th part goes: a cluster slot, or an endpoint's index. */
    int place(int i);

    /** Whether every part may be sent a second time after its outcome became unknown. */
    boolean isRepeatable();

    /**
     * The response, from those of the parts in their order, each one whole (may be an error reply). Takes them all, whatever
     * happens; the caller owns the result.
     */
    ByteBuf gather(ByteBuf[] responses, ByteBufAllocator allocator);
}
