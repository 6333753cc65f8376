package io.boxcar.proxy.redis;

import io.boxcar.proxy.core.Scatter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** A request about all keys, or about what every endpoint must have: the same to each, by the endpoint's index. */
final class Broadcast implements Scatter {
    private static final int[] ANY_ORDER = {};

    private final String command;
    private final Gathering gathering;
    private final boolean reads;
    private final byte[] request;
    private final int endpoints;

    /** @param request complete on the wire; not copied */
    Broadcast(String command, Gathering gathering, boolean reads, byte[] request, int endpoints) {
        this.command = command;
        this.gathering = gathering;
        this.reads = reads;
        this.request = request;
        this.endpoints = endpoints;
    }

    @Override
    public int size() {
        return endpoints;
    }

    @Override
    public ByteBuf request(int i, ByteBufAllocator allocator) {
        return allocator.buffer(request.length).writeBytes(request);
    }

    @Override
    public int place(int i) {
        return i;
    }

    @Override
    public boolean isRepeatable() {
        return reads;
    }

    @Override
    public ByteBuf gather(ByteBuf[] responses, ByteBufAllocator allocator) {
        return gathering.of(command, !reads, ANY_ORDER, responses, allocator);
    }
}
