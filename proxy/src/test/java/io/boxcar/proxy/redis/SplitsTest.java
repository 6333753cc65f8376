package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.core.Scatter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SplitsTest {
    private static final CommandTable COMMANDS = CommandTable.load();
    private static final KeyTable KEYS = KeyTable.load(COMMANDS, CommandFlags.NONE);
    private static final UnpooledByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

    /** The place of a key is its last digit. */
    private static int lastDigit(ByteBuf in, int index, int length) {
        return in.getByte(index + length - 1) - '0';
    }

    static @Nullable Scatter byKeys(String request, KeyPlace places) {
        ByteBuf in = Unpooled.copiedBuffer("xyz" + request, ISO_8859_1);
        RequestScanner scanner = new RequestScanner(Limits.REDIS);
        assertEquals(in.writerIndex(), scanner.scan(in, 3, in.writerIndex()));
        int row = COMMANDS.rowOf(in, 3, scanner);
        Scatter scatter = new Splits(new Splits.Table(COMMANDS, KEYS)).byKeys(in, 3, scanner, row, places);
        in.setZero(0, in.writerIndex()).release();
        return scatter;
    }

    static @Nullable Scatter everywhere(String request, int endpoints) {
        ByteBuf in = Unpooled.copiedBuffer("xyz" + request, ISO_8859_1);
        RequestScanner scanner = new RequestScanner(Limits.REDIS);
        assertEquals(in.writerIndex(), scanner.scan(in, 3, in.writerIndex()));
        int row = COMMANDS.rowOf(in, 3, scanner);
        Scatter scatter = new Splits(new Splits.Table(COMMANDS, KEYS)).everywhere(in, 3, scanner, row, endpoints);
        in.setZero(0, in.writerIndex()).release();
        return scatter;
    }

    static String wire(String... arguments) {
        return RedisClient.request(arguments).toString(ISO_8859_1);
    }

    private static Scatter split(String request) {
        Scatter scatter = byKeys(wire(request.split(" ")), SplitsTest::lastDigit);
        assertNotNull(scatter, request);
        return scatter;
    }

    private static Scatter broadcast(int endpoints, String request) {
        Scatter scatter = everywhere(wire(request.split(" ")), endpoints);
        assertNotNull(scatter, request);
        return scatter;
    }

    private static List<String> parts(Scatter scatter) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < scatter.size(); i++) {
            ByteBuf request = scatter.request(i, ALLOCATOR);
            parts.add(scatter.place(i) + " " + request.toString(ISO_8859_1));
            assertTrue(request.release());
        }
        return parts;
    }

    /** Every response is released, and the result is the caller's alone. */
    static String gather(Scatter scatter, String... replies) {
        ByteBuf[] responses = new ByteBuf[replies.length];
        for (int i = 0; i < replies.length; i++) {
            responses[i] = Unpooled.copiedBuffer("xy" + replies[i], ISO_8859_1).skipBytes(2);
        }
        ByteBuf result = scatter.gather(responses, ALLOCATOR);
        String text = result.toString(ISO_8859_1);
        assertTrue(result.release());
        for (ByteBuf response : responses) {
            assertEquals(0, response.refCnt());
        }
        return text;
    }

    @Test
    void sendsKeysOfOnePlaceTogetherAndPutsValuesInOrder() {
        Scatter mget = split("mget a1 b2 c1 d0 a1");
        assertEquals(
                List.of("0 " + wire("mget", "d0"), "1 " + wire("mget", "a1", "c1", "a1"), "2 " + wire("mget", "b2")),
                parts(mget));
        assertTrue(mget.isRepeatable());
        assertEquals(
                "*5\r\n$1\r\nA\r\n$-1\r\n$2\r\n\r\n\r\n$1\r\nD\r\n$1\r\nA\r\n",
                gather(mget, "*1\r\n$1\r\nD\r\n", "*3\r\n$1\r\nA\r\n$2\r\n\r\n\r\n$1\r\nA\r\n", "*1\r\n$-1\r\n"));
        assertEquals("*2\r\n_\r\n$1\r\nA\r\n", gather(split("MGET b2 a1"), "*1\r\n$1\r\nA\r\n", "*1\r\n_\r\n"));
    }

    @Test
    void sendsValuesWithTheirKeys() {
        Scatter mset = split("MSET a1 x b2 y c1 z");
        assertEquals(List.of("1 " + wire("MSET", "a1", "x", "c1", "z"), "2 " + wire("MSET", "b2", "y")), parts(mset));
        assertFalse(mset.isRepeatable());
        assertEquals("+OK\r\n", gather(mset, "+OK\r\n", "+OK\r\n"));
    }

    @Test
    void saysThatAFailedWriteMayBeHalfDone() {
        Scatter mset = split("MSET a1 x b2 y");
        String expected = "-OOM out of memory (boxcar: this MSET went as 2 parts to different places, not atomically;"
                + " 1 succeeded, 1 failed)\r\n";
        assertEquals(expected, gather(mset, "+OK\r\n", "-OOM out of memory\r\n"));
        assertEquals(expected, gather(mset, "!17\r\nOOM out of memory\r\n", "+OK\r\n"));
        assertEquals(
                expected.replace("MSET", "DEL").replace("1 succeeded, 1", "0 succeeded, 2"),
                gather(split("DEL a1 b2"), "-OOM out of memory\r\n", "-ERR other\r\n"));
    }

    @Test
    void passesTheErrorOfAReadOnAsItIs() {
        assertEquals("-ERR no\r\n", gather(split("MGET a1 b2"), "*1\r\n$-1\r\n", "-ERR no\r\n"));
        assertEquals("!4\r\nERR \r\n", gather(split("EXISTS a1 b2"), "!4\r\nERR \r\n", ":1\r\n"));
    }

    @Test
    void addsUp() {
        for (String name : List.of("DEL", "UNLINK", "EXISTS", "TOUCH")) {
            Scatter scatter = split(name + " a1 b2 c3 d1");
            assertEquals(3, scatter.size());
            assertEquals(name.equals("EXISTS") || name.equals("TOUCH"), scatter.isRepeatable());
            assertEquals(":4\r\n", gather(scatter, ":2\r\n", ":0\r\n", ":2\r\n"));
        }
    }

    @Test
    void answersWithAnErrorWhenRepliesDoNotFit() {
        for (String[] replies : new String[][] {
            {"+QUEUED\r\n", "*1\r\n$-1\r\n"},
            {"*2\r\n$-1\r\n$-1\r\n", "*0\r\n"},
            {":1\r\n", ":1\r\n"},
            {"*0\r\n", "*0\r\n"}
        }) {
            assertTrue(gather(split("MGET a1 b2"), replies).startsWith("-BOXCAR "));
        }
        assertTrue(gather(split("DEL a1 b2"), "+OK\r\n", ":1\r\n").startsWith("-BOXCAR "));
    }

    @Test
    void leavesWholeWhatGoesToOnePlaceOrMustNotBeSplit() {
        for (String request : List.of(
                "MGET a1 b1",
                "MGET a1",
                "MGET",
                "MSET a1 x b1 y",
                "MSET a1 x b2",
                "MSETNX a1 x b2 y",
                "SUNION a1 b2",
                "RENAME a1 b2",
                "NOSUCH a1 b2",
                "GET a1")) {
            assertNull(byKeys(wire(request.split(" ")), SplitsTest::lastDigit), request);
        }
        assertNull(byKeys("MGET a1 b2\r\n", SplitsTest::lastDigit));
        assertNull(everywhere(wire("DBSIZE"), 1));
        assertNull(everywhere(wire("GET", "a1"), 3));
        assertNull(everywhere(wire("SCRIPT", "KILL"), 3));
        assertNull(everywhere(wire("FUNCTION", "LIST"), 3));
        assertNull(everywhere("DBSIZE\r\n", 3));
    }

    @Test
    void asksEverybodyAboutTheWholeKeyspace() {
        Scatter size = broadcast(3, "dbsize");
        assertEquals(List.of("0 " + wire("dbsize"), "1 " + wire("dbsize"), "2 " + wire("dbsize")), parts(size));
        assertTrue(size.isRepeatable());
        assertEquals(":6\r\n", gather(size, ":1\r\n", ":2\r\n", ":3\r\n"));
        assertEquals(
                "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n",
                gather(broadcast(3, "KEYS *"), "*1\r\n$1\r\na\r\n", "*0\r\n", "*2\r\n$1\r\nb\r\n$1\r\nc\r\n"));
        for (String request :
                List.of("FLUSHALL", "FLUSHDB ASYNC", "SCRIPT FLUSH", "FUNCTION DELETE f", "FUNCTION FLUSH")) {
            assertEquals("+OK\r\n", gather(broadcast(2, request), "+OK\r\n", "+OK\r\n"));
            assertFalse(broadcast(2, request).isRepeatable());
        }
        assertEquals("$3\r\nsha\r\n", gather(broadcast(2, "SCRIPT LOAD s"), "$3\r\nsha\r\n", "$3\r\nsha\r\n"));
        assertEquals("$1\r\nl\r\n", gather(broadcast(2, "FUNCTION LOAD s"), "$1\r\nl\r\n", "$1\r\nl\r\n"));
        assertEquals("+OK\r\n", gather(broadcast(2, "FUNCTION RESTORE d"), "+OK\r\n", "+OK\r\n"));
        assertEquals(
                "*3\r\n:1\r\n:0\r\n:0\r\n",
                gather(broadcast(2, "SCRIPT EXISTS a b c"), "*3\r\n:1\r\n:1\r\n:0\r\n", "*3\r\n:1\r\n:0\r\n:0\r\n"));
        assertTrue(gather(broadcast(2, "SCRIPT EXISTS a"), "*1\r\n:1\r\n", "*0\r\n")
                .startsWith("-BOXCAR "));
    }

    @Test
    void scansOneEndpointAfterTheOther() {
        assertEquals(List.of("0 " + wire("SCAN", "0", "COUNT", "5")), parts(broadcast(3, "SCAN 0 COUNT 5")));
        long second = 1L << 48;
        assertEquals(
                "*2\r\n$15\r\n" + second + "\r\n*1\r\n$1\r\nk\r\n",
                gather(broadcast(3, "SCAN 0"), "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nk\r\n"));
        assertEquals("*2\r\n$2\r\n17\r\n*0\r\n", gather(broadcast(3, "SCAN 0"), "*2\r\n$2\r\n17\r\n*0\r\n"));
        Scatter middle = broadcast(3, "SCAN " + (second + 17) + " MATCH *");
        assertEquals(List.of("1 " + wire("SCAN", "17", "MATCH", "*")), parts(middle));
        String cursor = "" + (second + 9);
        assertEquals("*2\r\n$15\r\n" + cursor + "\r\n*0\r\n", gather(middle, "*2\r\n$1\r\n9\r\n*0\r\n"));
        Scatter last = broadcast(3, "SCAN " + (2 * second + 17));
        assertEquals("*2\r\n$1\r\n0\r\n*0\r\n", gather(last, "*2\r\n$1\r\n0\r\n*0\r\n"));
        assertEquals("-ERR no\r\n", gather(last, "-ERR no\r\n"));
        assertTrue(gather(last, "*2\r\n$15\r\n" + second + "\r\n*0\r\n").startsWith("-BOXCAR "));
        assertTrue(gather(last, "*2\r\n$20\r\n18446744073709551615\r\n*0\r\n").startsWith("-BOXCAR "));
    }

    @Test
    void letsRedisRefuseACursorThatIsNone() {
        assertEquals(List.of("0 " + wire("SCAN", "x")), parts(broadcast(3, "SCAN x")));
        assertEquals(List.of("0 " + wire("SCAN")), parts(broadcast(3, "SCAN")));
        assertEquals(List.of("0 " + wire("SCAN", "invalid")), parts(broadcast(3, "SCAN " + (3L << 48))));
        assertEquals(List.of("0 " + wire("SCAN", "invalid")), parts(broadcast(3, "SCAN " + "9".repeat(30))));
    }
}
