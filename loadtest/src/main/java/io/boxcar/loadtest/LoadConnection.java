package io.boxcar.loadtest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the load: keeps {@code pipeline} requests in flight and checks that each response is its own.
 * Owned by the load's event loop.
 *
 * <pre>
 *   SET boxcar:7 v7:000000000042:xxxx...   must be answered by +OK
 *   GET boxcar:7                           must be answered by the value of the last acknowledged SET
 * </pre>
 *
 * <p>Nobody else writes the key, and responses arrive in the order of the requests, so at the moment of a GET's
 * response the value is known exactly: another connection's value, or an older one of this connection, proves that
 * responses were swapped. Only after a SET that failed with an unknown outcome may the value be that of either side of
 * it.
 */
final class LoadConnection extends ChannelInboundHandlerAdapter implements LoadLoop.Client {
    private static final int SEQ_DIGITS = 12;
    private static final long GET = 0; // in kinds; a SET is there with its sequence number, which starts with 1

    private final LoadPlan plan;
    private final LoadTally tally;
    private final Ticker ticker;
    private final Runnable onLost;

    private final byte[] setRequest;
    private final int seqInSetRequest;
    private final byte[] getRequest;
    private final byte[] valuePrefix;
    private final ByteBuf expectedValue; // of the last acknowledged SET
    private final int seqInValue;

    // Requests in flight: kinds and times of writing, by position modulo the length.
    private final long[] kinds;
    private final long[] startsNs;
    private long head;
    private long tail;

    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf outgoing;
    private @Nullable ByteBuf partial;
    private int mix; // of setPercent, so that the kinds alternate evenly
    private long sentSeq;
    private long acknowledgedSeq;
    private boolean inDoubt;

    LoadConnection(int number, LoadPlan plan, LoadTally tally, Ticker ticker, Runnable onLost) {
        this.plan = plan;
        this.tally = tally;
        this.ticker = ticker;
        this.onLost = onLost;
        String key = "boxcar:" + number;
        String prefix = "v" + number + ":";
        byte[] value = new byte[plan.valueBytes()];
        Arrays.fill(value, (byte) 'x');
        valuePrefix = prefix.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(valuePrefix, 0, value, 0, valuePrefix.length);
        seqInValue = valuePrefix.length;
        Arrays.fill(value, seqInValue, seqInValue + SEQ_DIGITS, (byte) '0');
        value[seqInValue + SEQ_DIGITS] = ':';
        expectedValue = Unpooled.wrappedBuffer(value);
        String set = "*3\r\n$3\r\nSET\r\n$" + key.length() + "\r\n" + key + "\r\n$" + value.length + "\r\n";
        seqInSetRequest = set.length() + seqInValue;
        setRequest = (set + new String(value, StandardCharsets.US_ASCII) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        getRequest =
                ("*2\r\n$3\r\nGET\r\n$" + key.length() + "\r\n" + key + "\r\n").getBytes(StandardCharsets.US_ASCII);
        kinds = new long[plan.pipeline()];
        startsNs = new long[plan.pipeline()];
        mix = 100 - plan.setPercent(); // the first request is a SET
    }

    @Override
    public boolean isIdle() {
        return head == tail;
    }

    /** Gives up the requests in flight if the oldest has waited longer than the plan allows; the connection is lost. */
    @Override
    public void checkAge(long nowNs) {
        if (head != tail && nowNs - startsNs[slot(head)] > plan.responseLimitNs()) {
            failInFlight("no response within " + plan.responseLimitNs() / 1_000_000 + " ms");
            close();
        }
    }

    @Override
    public void close() {
        if (context != null) {
            context.close();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        long nowNs = ticker.nanoTime();
        while (tail - head < plan.pipeline() && !tally.isStopped()) {
            addRequest(ctx, nowNs);
        }
        writeOut(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (partial != null) {
            partial.writeBytes(in);
            in.release();
            in = partial;
            partial = null;
        }
        long nowNs = ticker.nanoTime();
        try {
            while (in.isReadable() && takeReply(in, nowNs)) {
                if (!tally.isStopped()) {
                    addRequest(ctx, nowNs);
                }
            }
            if (in.isReadable()) {
                partial = ctx.alloc().buffer(in.readableBytes() + plan.valueBytes());
                partial.writeBytes(in);
            }
        } finally {
            in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        writeOut(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context = null;
        failInFlight("connection closed before the response");
        if (partial != null) {
            partial.release();
            partial = null;
        }
        onLost.run();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failInFlight("connection failed before the response: " + cause.getMessage());
        ctx.close();
    }

    private void failInFlight(String text) {
        int count = (int) (tail - head);
        if (count > 0) {
            tally.error(text, count);
            head = tail;
            inDoubt = true;
        }
        if (outgoing != null) {
            outgoing.release();
            outgoing = null;
        }
    }

    private void addRequest(ChannelHandlerContext ctx, long nowNs) {
        int slot = slot(tail++);
        startsNs[slot] = nowNs;
        ByteBuf out = outgoing;
        if (out == null) {
            out = ctx.alloc().directBuffer(setRequest.length * plan.pipeline());
            outgoing = out;
        }
        mix += plan.setPercent();
        if (mix >= 100) {
            mix -= 100;
            kinds[slot] = ++sentSeq;
            int start = out.writerIndex();
            out.writeBytes(setRequest);
            putSeq(out, start + seqInSetRequest, sentSeq);
        } else {
            kinds[slot] = GET;
            out.writeBytes(getRequest);
        }
    }

    private void writeOut(ChannelHandlerContext ctx) {
        ByteBuf out = outgoing;
        if (out != null) {
            outgoing = null;
            ctx.writeAndFlush(out, ctx.voidPromise());
        }
    }

    /** Takes one whole reply from {@code in} and checks it; false if it is not all there yet. */
    private boolean takeReply(ByteBuf in, long nowNs) {
        int start = in.readerIndex();
        int lineEnd = in.indexOf(start, in.writerIndex(), (byte) '\n');
        if (lineEnd < 0) {
            return false;
        }
        byte type = in.getByte(start);
        int end = lineEnd + 1;
        int bulkBytes = -1;
        if (type == '$') {
            bulkBytes = parseLength(in, start + 1, lineEnd - 1);
            if (bulkBytes >= 0) {
                end += bulkBytes + 2;
                if (in.writerIndex() < end) {
                    return false;
                }
            }
        }
        if (head == tail) {
            tally.mispaired(); // nothing was asked
            in.skipBytes(in.readableBytes());
            close();
            return false;
        }
        int slot = slot(head++);
        long kind = kinds[slot];
        switch (type) {
            case '-' -> {
                tally.error(in.toString(start + 1, lineEnd - 1 - (start + 1), StandardCharsets.UTF_8), 1);
                inDoubt |= kind != GET;
            }
            case '+' -> checkSimple(in, start, lineEnd, kind);
            case '$' -> checkValue(in, lineEnd + 1, bulkBytes, kind);
            default -> tally.mispaired();
        }
        tally.answered(nowNs - startsNs[slot]);
        in.readerIndex(end);
        return true;
    }

    private void checkSimple(ByteBuf in, int start, int lineEnd, long kind) {
        boolean ok = lineEnd - start == 4 && in.getByte(start + 1) == 'O' && in.getByte(start + 2) == 'K';
        if (!ok || kind == GET) {
            tally.mispaired();
            return;
        }
        acknowledgedSeq = kind;
        putSeq(expectedValue, seqInValue, kind);
        inDoubt = false;
    }

    private void checkValue(ByteBuf in, int start, int bytes, long kind) {
        if (kind != GET) {
            tally.mispaired();
        } else if (bytes < 0) {
            if (acknowledgedSeq > 0) {
                tally.error("GET found nothing where a SET was acknowledged", 1);
            }
        } else if (bytes != plan.valueBytes() || !ByteBufUtil.equals(in, start, expectedValue, 0, bytes)) {
            checkOtherValue(in, start, bytes);
        }
    }

    /** Not the value of the last acknowledged SET. */
    private void checkOtherValue(ByteBuf in, int start, int bytes) {
        long seq = bytes == plan.valueBytes() ? seqOfOwnValue(in, start) : -1;
        if (seq < acknowledgedSeq || seq > sentSeq) {
            tally.mispaired();
        } else if (!inDoubt) {
            // Its own, but of a SET behind it: a GET that was repeated after a reconnect can see that.
            tally.error("GET saw the value of a later SET", 1);
        }
    }

    /** The sequence number in a value of this connection, -1 if it is another's. */
    private long seqOfOwnValue(ByteBuf in, int start) {
        for (int i = 0; i < valuePrefix.length; i++) {
            if (in.getByte(start + i) != valuePrefix[i]) {
                return -1;
            }
        }
        long seq = 0;
        for (int i = 0; i < SEQ_DIGITS; i++) {
            int digit = in.getByte(start + valuePrefix.length + i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            seq = seq * 10 + digit;
        }
        return seq;
    }

    private int slot(long position) {
        return (int) (position % kinds.length);
    }

    private static int parseLength(ByteBuf in, int from, int to) {
        int value = 0;
        for (int i = from; i < to; i++) {
            int digit = in.getByte(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1; // "-1", which is nil
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private static void putSeq(ByteBuf buffer, int index, long seq) {
        long rest = seq;
        for (int i = SEQ_DIGITS - 1; i >= 0; i--) {
            buffer.setByte(index + i, (int) ('0' + rest % 10));
            rest /= 10;
        }
    }
}
