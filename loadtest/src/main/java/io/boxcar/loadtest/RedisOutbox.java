package io.boxcar.loadtest;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Requests that are being written down, all of which go to one connection: an array, because patching bytes in one is
 * cheaper than in a buffer outside the heap. Owned by the thread that runs the load, and used by its connections by turns.
 */
final class RedisOutbox {
    private static final byte[] SET = ascii("*3\r\n$3\r\nSET\r\n$14\r\nboxcar:");
    private static final byte[] GET = ascii("*2\r\n$3\r\nGET\r\n$14\r\nboxcar:");
    private static final byte[] KEY = ascii("\r\n$14\r\nboxcar:");
    private static final byte[] HELLO = ascii("*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n");
    private static final int MIN_BYTES = 16 << 10;
    private static final int MAX_NUMBER_BYTES = 16;

    private final RedisTokens tokens;
    private final byte[] mget;
    private byte[] bytes = new byte[MIN_BYTES];
    private int length;

    RedisOutbox(RedisTokens tokens, int mgetKeys) {
        this.tokens = tokens;
        mget = ascii("*" + (mgetKeys + 1) + "\r\n$4\r\nMGET");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    void addSet(int key, int number) {
        int valueBytes = tokens.length(key, number);
        makeRoom(SET.length + RedisTokens.TOKEN_BYTES + valueBytes + 3 * MAX_NUMBER_BYTES);
        add(SET);
        length = RedisTokens.putKey(bytes, length, key);
        bytes[length] = '\r';
        bytes[length + 1] = '\n';
        bytes[length + 2] = '$';
        length = putNumber(length + 3, valueBytes);
        addLineEnd();
        length = tokens.putValue(bytes, length, key, number, valueBytes);
        addLineEnd();
    }

    void addGet(int key) {
        makeRoom(GET.length + RedisTokens.TOKEN_BYTES);
        add(GET);
        length = RedisTokens.putKey(bytes, length, key);
        addLineEnd();
    }

    /** The keys are at {@code from} and behind. */
    void addMget(int[] keys, int from, int count) {
        makeRoom(mget.length + count * (KEY.length + RedisTokens.TOKEN_BYTES) + MAX_NUMBER_BYTES);
        add(mget);
        for (int i = 0; i < count; i++) {
            add(KEY);
            length = RedisTokens.putKey(bytes, length, keys[from + i]);
        }
        addLineEnd();
    }

    void addHello() {
        makeRoom(HELLO.length);
        add(HELLO);
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** Sends all of it. */
    void flush(ChannelHandlerContext ctx) {
        ByteBuf out = ctx.alloc().directBuffer(length);
        out.writeBytes(bytes, 0, length);
        length = 0;
        ctx.writeAndFlush(out, ctx.voidPromise());
    }

    private void makeRoom(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    private void add(byte[] part) {
        System.arraycopy(part, 0, bytes, length, part.length);
        length += part.length;
    }

    private void addLineEnd() {
        bytes[length] = '\r';
        bytes[length + 1] = '\n';
        length += 2;
    }

    private int putNumber(int at, int number) {
        int digits = 1;
        for (int rest = number / 10; rest > 0; rest /= 10) {
            digits++;
        }
        int rest = number;
        for (int i = at + digits - 1; i >= at; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return at + digits;
    }
}
