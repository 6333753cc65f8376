package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class HashSlotTest {
    private static int slot(String key) {
        ByteBuf in = Unpooled.copiedBuffer("{x}" + key + "}", ISO_8859_1);
        return HashSlot.of(in, 3, key.length());
    }

    @Test
    void isXmodem() {
        assertEquals(0x31C3, HashSlot.crc16(Unpooled.copiedBuffer("123456789", ISO_8859_1), 0, 9));
    }

    @Test
    void followsTheExamplesOfTheSpecification() {
        assertEquals(0x31C3, slot("123456789"));
        assertEquals(12182, slot("foo"));
        assertEquals(slot("user1000"), slot("{user1000}.following"));
        assertEquals(slot("user1000"), slot("{user1000}.followers"));
        assertEquals(slot("{bar"), slot("foo{{bar}}zap"));
        assertEquals(slot("bar"), slot("foo{bar}{zap}"));
        assertNotEquals(slot("bar"), slot("foo{}{bar}"));
        assertEquals(0, slot(""));
    }

    @Test
    void agreesWithRedis() throws Exception {
        String busPort = "" + RedisServer.freePort();
        try (RedisServer server = RedisServer.start("--cluster-enabled", "yes", "--cluster-port", busPort);
                RedisClient redis = new RedisClient(server.port())) {
            SplittableRandom random = new SplittableRandom(1);
            for (int i = 0; i < 2000; i++) {
                String key = Mutation.text(random, "{}ab\u00ff\r\n\0", random.nextInt(12));
                assertEquals(redis.call("CLUSTER", "KEYSLOT", key), ":" + slot(key) + "\r\n", key);
            }
        }
    }
}
