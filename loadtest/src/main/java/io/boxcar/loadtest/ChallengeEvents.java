package io.boxcar.loadtest;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * The events of the one-million-request challenge, each sent exactly once: event i is
 * {@code {"userId":"user_"+i%75000,"value":i%1000}}. Owned by the thread that runs the load.
 */
final class ChallengeEvents implements HttpScript {
    static final int USERS = 75_000;
    static final int VALUES = 1_000;

    private static final int CREATED = 201;
    private static final byte[] EVENT_ID = ascii("\r\nevent-id: ");
    private static final byte[] END_OF_HEAD = ascii("\r\n\r\n");
    private static final byte[] USER = ascii("{\"userId\":\"user_");
    private static final byte[] VALUE = ascii("\",\"value\":");
    private static final int FIXED_BODY_BYTES = USER.length + VALUE.length + 1;

    private final byte[] head;
    private final long count;
    private final boolean withIds;
    private long sent;
    private long acknowledged;

    /** {@code withIds} adds a header with the event's number, by which an origin can tell an event that comes twice. */
    ChallengeEvents(String authority, long count, boolean withIds) {
        head = ascii("POST /event HTTP/1.1\r\nHost: " + authority
                + "\r\nContent-Type: application/json\r\nContent-Length: ");
        this.count = count;
        this.withIds = withIds;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public long write(ByteBuf out) {
        if (sent == count) {
            return NO_MORE;
        }
        long user = sent % USERS;
        long value = sent % VALUES;
        out.writeBytes(head);
        writeNumber(out, FIXED_BODY_BYTES + digits(user) + digits(value));
        if (withIds) {
            out.writeBytes(EVENT_ID);
            writeNumber(out, sent);
        }
        out.writeBytes(END_OF_HEAD).writeBytes(USER);
        writeNumber(out, user);
        out.writeBytes(VALUE);
        writeNumber(out, value);
        out.writeByte('}');
        return sent++;
    }

    private static int digits(long number) {
        int digits = 1;
        for (long rest = number / 10; rest > 0; rest /= 10) {
            digits++;
        }
        return digits;
    }

    private static void writeNumber(ByteBuf out, long number) {
        int end = out.writerIndex() + digits(number);
        out.ensureWritable(end - out.writerIndex());
        long rest = number;
        for (int i = end - 1; i >= out.writerIndex(); i--) {
            out.setByte(i, (int) ('0' + rest % 10));
            rest /= 10;
        }
        out.writerIndex(end);
    }

    @Override
    public boolean isHead() {
        return false;
    }

    @Override
    public Verdict judge(long number, HttpResponse response) {
        if (response.status() == CREATED) {
            acknowledged++;
            return Verdict.RIGHT;
        }
        return Verdict.FAILED;
    }

    long sent() {
        return sent;
    }

    long acknowledged() {
        return acknowledged;
    }
}
