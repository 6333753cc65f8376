package io.boxcar.proxy.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.boxcar.proxy.config.Address;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedirectTest {
    private static final Address ASKED = new Address.Tcp("10.0.0.9", 7000);

    @ParameterizedTest
    @CsvSource({
        "-MOVED 3999 127.0.0.1:6381, MOVED, 3999, 127.0.0.1, 6381",
        "-ASK 0 127.0.0.1:1, ASK, 0, 127.0.0.1, 1",
        "-MOVED 16383 redis-0.example:65535, MOVED, 16383, redis-0.example, 65535",
        "-MOVED 3999 ::1:6381, MOVED, 3999, ::1, 6381",
        "-ASK 3999 2001:db8::ff00:42:8329:6381, ASK, 3999, 2001:db8::ff00:42:8329, 6381",
        "-MOVED 3999 [2001:db8::1]:6381, MOVED, 3999, 2001:db8::1, 6381",
        "-MOVED 3999 :6381, MOVED, 3999, 10.0.0.9, 6381",
        "-ASK 3999 :6381, ASK, 3999, 10.0.0.9, 6381"
    })
    void readsWhoIsToBeAsked(String line, Redirect.Kind kind, int slot, String host, int port) {
        assertEquals(new Redirect(kind, slot, new Address.Tcp(host, port)), parse(line + "\r\n", ASKED));
    }

    @Test
    void aNodeWithoutAHostIsOnTheHostOfAUnixSocket() {
        assertEquals(
                new Redirect(Redirect.Kind.MOVED, 1, new Address.Tcp("127.0.0.1", 6381)),
                parse("-MOVED 1 :6381\r\n", new Address.Unix("/run/redis.sock")));
    }

    @Test
    void aNodeWithoutTheHostNameThatIsPreferredIsNotToBeFound() {
        assertEquals(new Redirect(Redirect.Kind.MOVED, 1, null), parse("-MOVED 1 ?:6381\r\n", ASKED));
    }

    @ParameterizedTest
    @CsvSource({
        "-TRYAGAIN Multiple keys request during rehashing of slot, TRYAGAIN",
        "-CLUSTERDOWN The cluster is down, CLUSTERDOWN",
        "-CLUSTERDOWN Hash slot not served, CLUSTERDOWN",
        "-CLUSTERDOWN, CLUSTERDOWN"
    })
    void readsThatNobodyIs(String line, Redirect.Kind kind) {
        assertEquals(new Redirect(kind, -1, null), parse(line + "\r\n", ASKED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "-MOVED",
                "-MOVED\r\n",
                "-MOVED 3999\r\n",
                "-MOVED 3999 \r\n",
                "-MOVED 3999 host\r\n",
                "-MOVED 3999 host:\r\n",
                "-MOVED 3999 host:0\r\n",
                "-MOVED 3999 host:65536\r\n",
                "-MOVED 3999 host:6381 more\r\n",
                "-MOVED  3999 host:6381\r\n",
                "-MOVED 16384 host:6381\r\n",
                "-MOVED -1 host:6381\r\n",
                "-MOVED 999999999999 host:6381\r\n",
                "-MOVED x host:6381\r\n",
                "-MOVEDON 1 host:6381\r\n",
                "-moved 1 host:6381\r\n",
                "-MOVED 3999 127.0.0.1:6381",
                "-ERR MOVED 1 host:6381\r\n",
                "+MOVED 1 host:6381\r\n",
                "$26\r\n-MOVED 3999 127.0.0.1:6381\r\n"
            })
    void anythingElseIsNone(String text) {
        assertNull(parse(text, ASKED));
    }

    @Test
    void anEndlessLineIsNone() {
        assertNull(parse("-MOVED 1 " + "x".repeat(1000) + ":6381\r\n", ASKED));
    }

    @Test
    void readsAtAnyIndexAndMovesNone() {
        ByteBuf bytes = Unpooled.copiedBuffer("+OK\r\n-ASK 5 h:7\r\n+OK\r\n", StandardCharsets.US_ASCII);
        assertNull(Redirect.parse(bytes, 0, ASKED));
        assertEquals(new Redirect(Redirect.Kind.ASK, 5, new Address.Tcp("h", 7)), Redirect.parse(bytes, 5, ASKED));
        assertNull(Redirect.parse(bytes, bytes.writerIndex(), ASKED));
        assertEquals(0, bytes.readerIndex());
    }

    @Test
    void noGarbageIsAnException() {
        Random random = new Random(1);
        byte[] alphabet = "-MOVEDASK 0123456789:?[]\r\n".getBytes(StandardCharsets.US_ASCII);
        byte[] line = "-MOVED 3999 127.0.0.1:6381\r\n".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 100_000; i++) {
            byte[] garbage = line.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                garbage[random.nextInt(garbage.length)] = alphabet[random.nextInt(alphabet.length)];
            }
            Redirect.parse(Unpooled.wrappedBuffer(garbage, 0, random.nextInt(garbage.length + 1)), 0, ASKED);
        }
    }

    private static @Nullable Redirect parse(String text, Address asked) {
        return Redirect.parse(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII), 0, asked);
    }
}
