package io.boxcar.proxy.simulation;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Counts the buffers that are not released, and spoils those that are, so that a late reader reads nonsense. */
public final class SimAllocator extends AbstractByteBufAllocator {
    private final boolean traced;
    private final Map<Integer, Throwable> origins = new HashMap<>();
    private int live;
    private long liveBytes;
    private int made;

    /** @param traced whether to remember where each buffer was made */
    public SimAllocator(boolean traced) {
        this.traced = traced;
    }

    public int live() {
        return live;
    }

    /** Capacity of the buffers that are not released. */
    public long liveBytes() {
        return liveBytes;
    }

    /** Where the buffers were made that are not released; empty unless traced. */
    public Iterable<Throwable> origins() {
        return origins.values();
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return new Counted(this, initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return new Counted(this, initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }

    private static final class Counted extends UnpooledHeapByteBuf {
        private final SimAllocator owner;
        private final int number;

        Counted(SimAllocator owner, int initialCapacity, int maxCapacity) {
            super(owner, initialCapacity, maxCapacity);
            this.owner = owner;
            this.number = owner.made++;
            owner.live++;
            owner.liveBytes += capacity();
            if (owner.traced) {
                owner.origins.put(number, new Throwable("not released: made here"));
            }
        }

        @Override
        public ByteBuf capacity(int newCapacity) {
            owner.liveBytes += newCapacity - capacity();
            return super.capacity(newCapacity);
        }

        @Override
        protected void freeArray(byte[] array) {
            Arrays.fill(array, (byte) '!');
        }

        @Override
        protected void deallocate() {
            owner.liveBytes -= capacity();
            super.deallocate();
            owner.live--;
            owner.origins.remove(number);
        }
    }
}
