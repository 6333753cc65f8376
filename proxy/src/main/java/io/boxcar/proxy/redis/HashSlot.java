package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;

/**
 * The slot of a key in a Redis Cluster: CRC16 (XMODEM: polynomial 0x1021, from zero, nothing reflected) modulo 16384, of the
 * hash tag if there is one (<a href="https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/">cluster
 * specification</a>, "Key distribution model" and "Hash tags").
 */
final class HashSlot {
    static final int SLOTS = 16384;

    private static final int[] CRC16 = table();

    private HashSlot() {}

    private static int[] table() {
        int[] table = new int[256];
        for (int value = 0; value < table.length; value++) {
            int crc = value << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            }
            table[value] = crc & 0xFFFF;
        }
        return table;
    }

    /** The slot of the key in {@code inView[index, index + length)}. */
    static int of(ByteBuf inView, int index, int length) {
        int from = index;
        int to = index + length;
        int open = inView.indexOf(from, to, (byte) '{');
        if (open >= 0) {
            int close = inView.indexOf(open + 1, to, (byte) '}');
            if (close > open + 1) {
                from = open + 1;
                to = close;
            }
        }
        return crc16(inView, from, to) & (SLOTS - 1);
    }

    static int crc16(ByteBuf inView, int from, int to) {
        int crc = 0;
        for (int index = from; index < to; index++) {
            crc = ((crc << 8) & 0xFFFF) ^ CRC16[(crc >>> 8) ^ (inView.getByte(index) & 0xFF)];
        }
        return crc;
    }
}
