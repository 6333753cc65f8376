package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;

/** Says where a key lives. Immutable. */
interface KeyPlace {
    /** The place of the key in {@code inView[index, index + length)}: a cluster slot, or an endpoint's index; not negative. */
    int of(ByteBuf inView, int index, int length);
}
