package io.boxcar.loadtest;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a Redis load: keeps requests in flight, and checks that each response is its own. Owned by the load's
 * event loop.
 *
 * <p>Each value tells its key and its number ({@link RedisTokens}); responses come in the order of the requests. Of a key
 * that nobody else writes, the value is known exactly at the moment of a GET's response: that of the last acknowledged SET.
 * Another key's value, or an older one, proves that responses were swapped. Only after a SET that failed with an unknown
 * outcome may the value be that of either side of it. Of shared keys, a value has to be one of the key that was asked for.
 */
final class LoadConnection extends LoadClient {
    private static final byte[] NOTHING = new byte[0];
    private static final int NEVER = 0; // no number of a value

    private enum Kind {
        SET,
        GET,
        MGET,
        HELLO
    }

    private final RedisWork work;
    private final RedisMix mix;
    private final LoadTally tally;
    private final Ticker ticker;
    private final Runnable onLost;
    private final int pipeline;
    private final long responseLimitNs;
    private final boolean own;

    // Own keys, by their position.
    private final int firstKey;
    private final int[] sent;
    private final int[] acknowledged;
    private final boolean[] inDoubt;
    private int nextToSet;
    private int nextToGet;
    private int written; // keys that have been set; of the others there may be values of an earlier load

    // Requests in flight, by position modulo the length; those from flushed on are not written yet.
    private final Kind[] kinds;
    private final int[] keys; // mgetKeys for each request
    private final int[] numbers;
    private final long[] startsNs;
    private long head;
    private long flushed;
    private long tail;

    private @Nullable ChannelHandlerContext context;
    private boolean greeted;
    private byte[] partial = NOTHING;
    private int partialBytes;
    private int setTurn; // in percent, so that the kinds alternate evenly
    private int mgetTurn;

    LoadConnection(int number, RedisWork work, Ticker ticker, Runnable onLost) {
        LoadPlan plan = work.plan();
        this.work = work;
        this.ticker = ticker;
        this.onLost = onLost;
        mix = plan.mix();
        tally = work.tally();
        pipeline = plan.pipeline();
        responseLimitNs = plan.responseLimitNs();
        own = mix.ownKeys();
        firstKey = own ? (int) ((number - 1L) * mix.keys() % (RedisTokens.MAX_KEYS - mix.keys())) : 0;
        int ownKeys = own ? mix.keys() : 0;
        sent = new int[ownKeys];
        acknowledged = new int[ownKeys];
        inDoubt = new boolean[ownKeys];
        kinds = new Kind[pipeline];
        keys = new int[pipeline * mix.mgetKeys()];
        numbers = new int[pipeline];
        startsNs = new long[pipeline];
        greeted = mix.resp() == 2;
        setTurn = 100 - mix.setPercent(); // the first request is a SET
    }

    @Override
    boolean isIdle() {
        return head == tail;
    }

    @Override
    int room() {
        return context == null || !greeted ? 0 : pipeline - (int) (tail - head);
    }

    /** Gives up the requests in flight if the oldest has waited longer than the plan allows; the connection is lost. */
    @Override
    void checkAge(long nowNs) {
        if (head != flushed && nowNs - startsNs[slot(head)] > responseLimitNs) {
            failInFlight("no response within " + responseLimitNs / 1_000_000 + " ms");
            close();
        }
    }

    @Override
    void close() {
        if (context != null) {
            context.close();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        if (greeted) {
            work.dispatch().hasRoom(this);
        } else {
            add(Kind.HELLO, ticker.nanoTime());
            flush();
        }
    }

    private int add(Kind kind, long dueNs) {
        int slot = slot(tail++);
        kinds[slot] = kind;
        startsNs[slot] = dueNs;
        return slot;
    }

    @Override
    boolean send(long dueNs) {
        if (work.isPreparing()) {
            int key = work.nextUnprepared();
            if (key >= 0) {
                int slot = add(Kind.SET, dueNs);
                keys[slot * mix.mgetKeys()] = key;
                numbers[slot] = work.nextNumber();
            }
            return key >= 0;
        }
        setTurn += mix.setPercent();
        mgetTurn += mix.mgetPercent();
        if (setTurn >= 100) {
            setTurn -= 100;
            addSet(add(Kind.SET, dueNs));
        } else if (mgetTurn >= 100) {
            mgetTurn -= 100;
            int slot = add(Kind.MGET, dueNs);
            for (int i = 0; i < mix.mgetKeys(); i++) {
                keys[slot * mix.mgetKeys() + i] = keyToGet();
            }
        } else {
            int slot = add(Kind.GET, dueNs);
            keys[slot * mix.mgetKeys()] = keyToGet();
        }
        return true;
    }

    private void addSet(int slot) {
        int at = slot * mix.mgetKeys();
        if (own) {
            int position = nextToSet;
            nextToSet = position + 1 == sent.length ? 0 : position + 1;
            written = Math.max(written, position + 1);
            keys[at] = firstKey + position;
            numbers[slot] = ++sent[position];
        } else {
            keys[at] = work.sharedKey();
            numbers[slot] = work.nextNumber();
        }
    }

    private int keyToGet() {
        if (!own) {
            return work.sharedKey();
        }
        int position = nextToGet;
        nextToGet = position + 1 >= written ? 0 : position + 1;
        return firstKey + position;
    }

    @Override
    void flush() {
        ChannelHandlerContext ctx = context;
        if (ctx == null || flushed == tail) {
            return;
        }
        RedisOutbox out = work.outbox();
        for (; flushed != tail; flushed++) {
            int slot = slot(flushed);
            int at = slot * mix.mgetKeys();
            switch (kinds[slot]) {
                case SET -> out.addSet(keys[at], numbers[slot]);
                case GET -> out.addGet(keys[at]);
                case MGET -> out.addMget(keys, at, mix.mgetKeys());
                case HELLO -> out.addHello();
            }
        }
        out.flush(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        int to = partialBytes + in.readableBytes();
        byte[] inbox;
        try {
            inbox = work.inbox(partial, partialBytes, in);
        } finally {
            in.release();
        }
        long nowNs = ticker.nanoTime();
        int at = 0;
        while (at < to) {
            int end = takeReply(inbox, at, to, nowNs);
            if (end == RespReply.INCOMPLETE) {
                break;
            }
            at = end;
        }
        partialBytes = to - at;
        if (partialBytes > 0) {
            partial = work.keep(partial, at, to);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (room() > 0) {
            work.dispatch().hasRoom(this);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context = null;
        work.dispatch().isGone(this);
        failInFlight("connection closed before the response");
        onLost.run();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failInFlight("connection failed before the response: " + cause.getMessage());
        ctx.close();
    }

    private void failInFlight(String text) {
        int count = (int) (flushed - head);
        if (count > 0) {
            tally.error(text, count);
        }
        head = tail;
        flushed = tail;
    }

    /** Takes one whole reply and checks it; the position behind it, or {@link RespReply#INCOMPLETE}. */
    private int takeReply(byte[] in, int from, int to, long nowNs) {
        int lineEnd = RespReply.lineEnd(in, from, to);
        if (lineEnd == RespReply.INCOMPLETE) {
            return RespReply.INCOMPLETE;
        }
        byte type = in[from];
        int end = lineEnd;
        int bulkBytes = RespReply.NO_NUMBER;
        if (type == '$') {
            bulkBytes = RespReply.number(in, from + 1, lineEnd - 2);
            end = bulkBytes == RespReply.NO_NUMBER ? lineEnd : lineEnd + bulkBytes + 2;
        } else if (type == '*' || type == '%') {
            end = RespReply.end(in, from, to);
        }
        if (end > to || end == RespReply.INCOMPLETE) {
            return RespReply.INCOMPLETE;
        }
        if (head == flushed) {
            tally.mispaired(); // nothing was asked
            close();
            return to;
        }
        int slot = slot(head++);
        long startNs = startsNs[slot];
        Kind kind = kinds[slot];
        switch (type) {
            case '-' -> fail(in, from, lineEnd, slot);
            case '+' -> checkSimple(in, from, lineEnd, slot);
            case '$' -> {
                if (kind == Kind.GET) {
                    checkValue(in, lineEnd, bulkBytes, keys[slot * mix.mgetKeys()]);
                } else {
                    tally.mispaired();
                }
            }
            case '_' -> {
                if (kind == Kind.GET) {
                    checkValue(in, lineEnd, RespReply.NO_NUMBER, keys[slot * mix.mgetKeys()]);
                } else {
                    tally.mispaired();
                }
            }
            case '*' -> checkValues(in, from, lineEnd, slot);
            case '%' -> {
                greeted = true;
                if (kind != Kind.HELLO) {
                    tally.mispaired();
                }
            }
            default -> tally.mispaired();
        }
        if (kind != Kind.HELLO) {
            tally.answered(nowNs - startNs);
        }
        return end;
    }

    private void fail(byte[] in, int from, int lineEnd, int slot) {
        String text = new String(in, from + 1, Math.max(0, lineEnd - from - 3), StandardCharsets.UTF_8);
        if (kinds[slot] == Kind.HELLO) {
            tally.error("HELLO 3 was answered with " + text, 1);
            close();
            return;
        }
        tally.error(text, 1);
        if (own && kinds[slot] == Kind.SET) {
            inDoubt[keys[slot * mix.mgetKeys()] - firstKey] = true;
        }
    }

    private void checkSimple(byte[] in, int from, int lineEnd, int slot) {
        boolean ok = lineEnd - from == 5 && in[from + 1] == 'O' && in[from + 2] == 'K';
        if (!ok || kinds[slot] != Kind.SET) {
            tally.mispaired();
        } else if (own && !work.isPreparing()) {
            int position = keys[slot * mix.mgetKeys()] - firstKey;
            acknowledged[position] = numbers[slot];
            inDoubt[position] = false;
        }
    }

    private void checkValues(byte[] in, int from, int lineEnd, int slot) {
        if (kinds[slot] != Kind.MGET || RespReply.number(in, from + 1, lineEnd - 2) != mix.mgetKeys()) {
            tally.mispaired();
            return;
        }
        int at = lineEnd;
        for (int i = 0; i < mix.mgetKeys(); i++) {
            int valueAt = RespReply.lineEnd(in, at, in.length);
            if (in[at] != '$' && in[at] != '_') {
                tally.mispaired();
                return;
            }
            int bytes = RespReply.number(in, at + 1, valueAt - 2);
            checkValue(in, valueAt, bytes, keys[slot * mix.mgetKeys() + i]);
            at = bytes == RespReply.NO_NUMBER ? valueAt : valueAt + bytes + 2;
        }
    }

    private void checkValue(byte[] in, int at, int bytes, int key) {
        int known = own ? acknowledged[key - firstKey] : NEVER;
        if (bytes == RespReply.NO_NUMBER) {
            if (!own || known != NEVER) {
                tally.error("nothing was found where a SET was acknowledged", 1);
            }
            return;
        }
        int number = work.tokens().number(in, at, bytes, key);
        if (number == RedisTokens.STRANGE) {
            tally.mispaired();
        } else if (own && number != known) {
            checkOtherValue(number, key - firstKey);
        }
    }

    /** Not the value of the last acknowledged SET. */
    private void checkOtherValue(int number, int position) {
        if (number < acknowledged[position] || number > sent[position]) {
            tally.mispaired();
        } else if (!inDoubt[position]) {
            // Its own, but of a SET behind it: a GET that was repeated after a reconnect can see that.
            tally.error("GET saw the value of a later SET", 1);
        }
    }

    private int slot(long position) {
        return (int) (position % pipeline);
    }
}
