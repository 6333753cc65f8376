package io.boxcar.proxy.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyTreeTest {
    private static final String OF_EVERY_TYPE =
            "*12\r\n+s\r\n:-7\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n_\r\n%1\r\n+k\r\n:1\r\n~1\r\n#t\r\n"
                    + "=7\r\ntxt:abc\r\n,1.5\r\n-ERR no\r\n!3\r\nBAD\r\n";

    @Test
    void readsEveryType() {
        assertEquals(
                Arrays.asList(
                        "s",
                        -7L,
                        "a\r\n",
                        null,
                        null,
                        null,
                        List.of("k", 1L),
                        List.of("t"),
                        "abc",
                        "1.5",
                        new ReplyTree.Failure("ERR no"),
                        new ReplyTree.Failure("BAD")),
                read(OF_EVERY_TYPE));
    }

    @Test
    void noPrefixOfAReplyIsOne() {
        for (int length = 0; length < OF_EVERY_TYPE.length(); length++) {
            assertInstanceOf(ReplyTree.Failure.class, read(OF_EVERY_TYPE.substring(0, length)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*2147483647\r\n+a\r\n",
                "%4611686018427387905\r\n+a\r\n",
                "$9223372036854775807\r\na\r\n",
                "$-2\r\n",
                "*-2\r\n",
                "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n+deep\r\n",
                ":x\r\n",
                "=3\r\ntxt\r\n",
                "?\r\n"
            })
    void whatIsNoReplyIsAFailureAndNoException(String text) {
        assertEquals(new ReplyTree.Failure("not a reply"), read(text));
    }

    private static @Nullable Object read(String text) {
        ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
        return ReplyTree.read(bytes);
    }
}
