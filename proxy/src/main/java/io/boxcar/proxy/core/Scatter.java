package io.boxcar.proxy.core;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** One request that travels as several, to several places, and whose response is made of theirs. */
public interface Scatter {
    int size();

    /** The i-th part, complete on the wire; the caller owns it. */
    ByteBuf request(int i, ByteBufAllocator allocator);

    /** Where it goes: a cluster slot, or an endpoint's index. */
    int place(int i);

    boolean isRepeatable();

    /**
     * The response, from those of the parts in their order, each one whole (it may be an error). Takes them all; the caller owns
     * the result.
     */
    ByteBuf gather(ByteBuf[] responses, ByteBufAllocator allocator);
}
