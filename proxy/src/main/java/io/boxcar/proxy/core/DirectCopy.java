package io.boxcar.proxy.core;

import io.netty.buffer.ByteBuf;

/** Copies between direct buffers without making an object, which {@code ByteBuf.writeBytes} does. */
public final class DirectCopy {
    private DirectCopy() {}

    /**
     * Appends {@code length} bytes that begin at {@code index}.
     *
     * @param isOwn whether no other event loop may be using {@code fromView}: then the view that the buffer keeps of itself is used
     */
    public static void append(ByteBuf to, ByteBuf fromView, int index, int length, boolean isOwn) {
        if (!isOwn || !fromView.hasMemoryAddress()) {
            to.writeBytes(fromView, index, length);
            return;
        }
        ByteBuf whole = fromView;
        ByteBuf outer;
        while ((outer = whole.unwrap()) != null) {
            whole = outer;
        }
        int from = (int) (fromView.memoryAddress() - whole.memoryAddress()) + index;
        int at = to.writerIndex();
        to.ensureWritable(length);
        to.internalNioBuffer(at, length).put(whole.internalNioBuffer(from, length));
        to.writerIndex(at + length);
    }
}
