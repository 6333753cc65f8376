package io.boxcar.loadtest;

import io.netty.buffer.ByteBuf;

/** What the connections of a Redis load share, as all of them run on one thread. Owned by that thread. */
final class RedisWork {
    private static final int MIN_INBOX_BYTES = 64 << 10;

    private final LoadPlan plan;
    private final LoadTally tally;
    private final Dispatch dispatch;
    private final RedisTokens tokens;
    private final RedisOutbox outbox;
    private final KeyChoice choice;
    private byte[] inbox = new byte[MIN_INBOX_BYTES];
    private boolean preparing;
    private int prepared;
    private int written;

    RedisWork(LoadPlan plan, LoadTally tally, Dispatch dispatch) {
        this.plan = plan;
        this.tally = tally;
        this.dispatch = dispatch;
        RedisMix mix = plan.mix();
        tokens = new RedisTokens(mix.minValueBytes(), mix.maxValueBytes());
        outbox = new RedisOutbox(tokens, mix.mgetKeys());
        choice = new KeyChoice(mix.distribution(), mix.keys());
    }

    LoadPlan plan() {
        return plan;
    }

    LoadTally tally() {
        return tally;
    }

    Dispatch dispatch() {
        return dispatch;
    }

    RedisTokens tokens() {
        return tokens;
    }

    RedisOutbox outbox() {
        return outbox;
    }

    /** Whether all that is sent is one SET of each shared key. */
    boolean isPreparing() {
        return preparing;
    }

    void setPreparing(boolean on) {
        preparing = on;
    }

    /** The next shared key that has no value yet; -1 if all of them have. */
    int nextUnprepared() {
        return prepared < plan.mix().keys() ? prepared++ : -1;
    }

    int sharedKey() {
        return choice.getAsInt();
    }

    /** For a value of a shared key. */
    int nextNumber() {
        written = written + 1 & Integer.MAX_VALUE;
        return written;
    }

    /** {@code partial} and what {@code in} has, one behind the other. */
    byte[] inbox(byte[] partial, int partialBytes, ByteBuf in) {
        int bytes = partialBytes + in.readableBytes();
        if (inbox.length < bytes) {
            inbox = new byte[Math.max(bytes, inbox.length * 2)];
        }
        System.arraycopy(partial, 0, inbox, 0, partialBytes);
        in.readBytes(inbox, partialBytes, in.readableBytes());
        return inbox;
    }

    /** The part of the inbox that is not a whole reply yet, for its connection to keep. */
    byte[] keep(byte[] partial, int from, int to) {
        byte[] kept = partial.length >= to - from ? partial : new byte[Math.max(2 * partial.length, to - from)];
        System.arraycopy(inbox, from, kept, 0, to - from);
        return kept;
    }
}
