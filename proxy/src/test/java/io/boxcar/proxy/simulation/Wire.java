package io.boxcar.proxy.simulation;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** One direction of a simulated connection: bytes under way, in order, and how it ends. */
public final class Wire {
    /** Bytes under way at which the sender has to wait. */
    public final int capacity;

    /** No more bytes follow those that are here. */
    public boolean finished;

    private byte[] bytes = new byte[64];
    private int head;
    private int tail;

    public Wire(int capacity) {
        this.capacity = capacity;
    }

    public int size() {
        return tail - head;
    }

    public boolean isEmpty() {
        return tail == head;
    }

    public int space() {
        return Math.max(0, capacity - size());
    }

    public byte at(int index) {
        return bytes[head + index];
    }

    public void write(byte[] from, int offset, int count) {
        reserve(count);
        System.arraycopy(from, offset, bytes, tail, count);
        tail += count;
    }

    public void write(byte[] from) {
        write(from, 0, from.length);
    }

    /** Copies from the reader index on, without moving it. */
    public void write(ByteBuf fromView, int count) {
        reserve(count);
        fromView.getBytes(fromView.readerIndex(), bytes, tail, count);
        tail += count;
    }

    public void moveTo(ByteBuf to, int count) {
        to.writeBytes(bytes, head, count);
        head += count;
    }

    public void moveTo(Wire to, int count) {
        to.write(bytes, head, count);
        head += count;
    }

    public void skip(int count) {
        head += count;
    }

    public void clear() {
        head = tail;
    }

    public byte[] copy(int from, int to) {
        return Arrays.copyOfRange(bytes, head + from, head + to);
    }

    /** Whether the bytes from the first on equal the first {@code count} of {@code other}. */
    public boolean startsWith(byte[] other, int count) {
        return Arrays.equals(bytes, head, head + count, other, 0, count);
    }

    /** Index of the first such byte, or -1. */
    public int indexOf(char wanted, int from) {
        for (int i = head + from; i < tail; i++) {
            if (bytes[i] == wanted) {
                return i - head;
            }
        }
        return -1;
    }

    private void reserve(int count) {
        if (tail + count <= bytes.length) {
            return;
        }
        byte[] to = size() + count > bytes.length ? new byte[2 * (size() + count)] : bytes;
        System.arraycopy(bytes, head, to, 0, size());
        tail -= head;
        head = 0;
        bytes = to;
    }
}
