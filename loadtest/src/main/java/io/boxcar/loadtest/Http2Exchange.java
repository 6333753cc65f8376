package io.boxcar.loadtest;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** A request in flight on a stream, and as much of its response as has come. Owned by the connection's event loop. */
final class Http2Exchange implements HttpResponse {
    private static final int MAX_KEPT_BYTES = 4_096;
    private static final byte[] NOTHING = new byte[0];

    private final long number;
    private final long dueNs;
    private final long sentNs;
    private byte[] kept = NOTHING;
    private int status;
    private long bodyBytes;

    Http2Exchange(long number, long dueNs, long sentNs) {
        this.number = number;
        this.dueNs = dueNs;
        this.sentNs = sentNs;
    }

    long number() {
        return number;
    }

    long dueNs() {
        return dueNs;
    }

    long sentNs() {
        return sentNs;
    }

    void takeStatus(CharSequence digits) {
        int value = 0;
        for (int i = 0; i < digits.length(); i++) {
            value = value * 10 + digits.charAt(i) - '0';
        }
        status = value;
    }

    void takeBody(ByteBuf contentView) {
        int had = keptBytes();
        int more = Math.min(MAX_KEPT_BYTES - had, contentView.readableBytes());
        if (more > 0) {
            kept = Arrays.copyOf(kept, had + more);
            contentView.getBytes(contentView.readerIndex(), kept, had, more);
        }
        bodyBytes += contentView.readableBytes();
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public long bodyBytes() {
        return bodyBytes;
    }

    @Override
    public int keptBytes() {
        return kept.length;
    }

    @Override
    public byte bodyByte(int index) {
        return kept[index];
    }
}
