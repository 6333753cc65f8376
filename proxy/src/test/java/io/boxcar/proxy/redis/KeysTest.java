package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class KeysTest {
    private static final CommandTable COMMANDS = CommandTable.load();
    private static final KeyTable TABLE = KeyTable.load(COMMANDS, CommandFlags.NONE);

    /** The keys of a request, or null if nobody knows. */
    static @Nullable List<String> keys(String... arguments) {
        return raw(RedisClient.request(arguments).toString(ISO_8859_1), COMMANDS, TABLE);
    }

    static @Nullable List<String> raw(String request, CommandTable commands, KeyTable table) {
        ByteBuf in = Unpooled.copiedBuffer("xyz" + request, ISO_8859_1);
        RequestScanner scanner = new RequestScanner(Limits.REDIS);
        assertEquals(in.writerIndex(), scanner.scan(in, 3, in.writerIndex()));
        Keys keys = new Keys(table);
        int count = keys.find(in, 3, scanner, commands.rowOf(in, 3, scanner));
        if (count == Keys.UNKNOWN) {
            return null;
        }
        List<String> found = new ArrayList<>();
        if (count > 0) {
            do {
                found.add(in.toString(keys.index(), keys.length(), ISO_8859_1));
            } while (keys.next(in));
        }
        assertEquals(count, found.size());
        return found;
    }

    private static void assertKeys(String expected, String request) {
        List<String> wanted = expected.isEmpty() ? List.of() : List.of(expected.split(" ", -1));
        assertEquals(wanted, keys(request.split(" ", -1)), request);
    }

    @Test
    void findsRanges() {
        assertKeys("k", "GET k");
        assertKeys("k", "set k v EX 10");
        assertKeys("", "PING x");
        assertKeys("", "GET");
        assertKeys("a b c", "MGET a b c");
        assertKeys("a b", "MSET a 1 b 2");
        assertKeys("a b", "MSET a 1 b");
        assertKeys("a b", "BLPOP a b 0");
        assertKeys("", "BLPOP a");
        assertKeys("a b", "RENAME a b");
        assertKeys("a", "RENAME a");
        assertKeys("d a b", "BITOP AND d a b");
        assertKeys("", "BITOP AND");
        assertEquals(List.of(""), keys("GET", ""));
    }

    @Test
    void findsKeysBehindSubcommands() {
        assertKeys("k", "OBJECT ENCODING k");
        assertKeys("k", "memory usage k SAMPLES 5");
        assertKeys("", "MEMORY DOCTOR");
        assertKeys("", "OBJECT HELP");
        assertKeys("", "OBJECT");
        assertKeys("s", "XGROUP CREATE s g $");
        assertKeys("s", "XINFO STREAM s FULL");
        assertKeys("", "CLIENT LIST");
    }

    @Test
    void findsCountedKeys() {
        assertKeys("a b", "EVAL script 2 a b arg");
        assertKeys("", "EVAL script 0 arg");
        assertKeys("", "EVAL script 3 a b");
        assertKeys("", "EVAL script x a b");
        assertKeys("", "EVAL script 99999999999 a");
        assertKeys("", "EVAL script");
        assertKeys("a b", "ZUNION 2 a b WITHSCORES");
        assertKeys("d a b", "ZUNIONSTORE d 2 a b WEIGHTS 1 2");
        assertKeys("d", "ZUNIONSTORE d 3 a b");
        assertKeys("d", "ZUNIONSTORE d");
        assertKeys("a b", "BLMPOP 0 2 a b LEFT");
        assertKeys("a b", "LMPOP 2 a b LEFT");
        assertKeys("a b", "MSETEX 2 a 1 b 2 EX 10");
        assertKeys("", "MSETEX 2 a 1 b");
    }

    @Test
    void findsKeysByWords() {
        assertKeys("a b", "XREAD COUNT 2 STREAMS a b 0 0");
        assertKeys("streams", "XREAD block 0 streams streams 0");
        assertKeys("STREAMS", "XREADGROUP GROUP STREAMS STREAMS NOACK STREAMS STREAMS >");
        assertKeys("", "XREAD COUNT 2");
        assertKeys("", "XREAD STREAMS");
        assertKeys("", "XREAD COUNT");
        assertKeys("k", "SORT k BY STORE LIMIT 0 STORE ALPHA");
        assertKeys("k e", "SORT k STORE d store e");
        assertKeys("k", "SORT k STORE");
        assertKeys("k d", "GEORADIUS k 0 0 1 m storedist d");
        assertKeys("k e", "GEORADIUSBYMEMBER k m 1 m STORE d STOREDIST e");
        assertKeys("k", "GEORADIUS k 0 0 1 m STOREDISX d");
        assertKeys("k", "MIGRATE host 1 k 0 10");
        assertKeys("a b", "MIGRATE host 1  0 10 COPY AUTH2 KEYS KEYS KEYS a b");
        assertKeys("", "MIGRATE host 1  0 10 KEYS");
        assertKeys("", "MIGRATE host 1");
    }

    @Test
    void findsKeysOfModules() {
        assertKeys("a b", "JSON.MGET a b $");
        assertKeys("a b", "JSON.MSET a $ 1 b $ 2");
        assertKeys("a b", "TS.MADD a 1 2 b 1 2");
        assertKeys("d a b", "CMS.MERGE d 2 a b");
        assertKeys("k", "JSON.DEBUG MEMORY k $");
        assertKeys("", "FT.SEARCH idx *");
    }

    @Test
    void knowsOneKeyOfAnInlineRequestAndNoMore() {
        assertEquals(List.of("k"), raw("GET k\r\n", COMMANDS, TABLE));
        assertEquals(List.of("k"), raw(" mget 'k'\r\n", COMMANDS, TABLE));
        assertEquals(List.of(), raw("PING\r\n", COMMANDS, TABLE));
        assertNull(raw("GET \"\\x01\"\r\n", COMMANDS, TABLE));
        assertNull(raw("MGET a b\r\n", COMMANDS, TABLE));
        assertNull(raw("OBJECT ENCODING k\r\n", COMMANDS, TABLE));
    }

    @Test
    void saysWhereAllKeysLive() {
        Keys keys = new Keys(TABLE);
        assertEquals(7, place(keys, "GET", "k7"));
        assertEquals(7, place(keys, "SUNION", "k7", "l7"));
        assertEquals(Keys.APART, place(keys, "SUNION", "k7", "l8"));
        assertEquals(7, keys.firstPlace());
        assertEquals(Keys.APART, place(keys, "SORT", "k7", "STORE", "l8"));
        assertEquals(Keys.ANYWHERE, place(keys, "EVAL", "s", "0"));
        assertEquals(Keys.ANYWHERE, keys.firstPlace());
        assertEquals(Keys.UNPLACED, place(keys, "NOSUCH", "k7"));
    }

    private static int place(Keys keys, String... arguments) {
        ByteBuf in = RedisClient.request(arguments);
        RequestScanner scanner = new RequestScanner(Limits.REDIS);
        scanner.scan(in, 0, in.writerIndex());
        int row = COMMANDS.rowOf(in, 0, scanner);
        return keys.place(in, 0, scanner, row, (view, index, length) -> view.getByte(index + length - 1) - '0');
    }

    @Test
    void allocatesNothing() {
        ByteBuf in = RedisClient.request("MGET", "{a}1", "{a}2", "{a}3");
        RequestScanner scanner = new RequestScanner(Limits.REDIS);
        scanner.scan(in, 0, in.writerIndex());
        Keys keys = new Keys(TABLE);
        KeyPlace places = HashSlot::of;
        var thread = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = thread.getCurrentThreadAllocatedBytes();
        int sum = 0;
        for (int i = 0; i < 50_000; i++) {
            sum += keys.place(in, 0, scanner, COMMANDS.rowOf(in, 0, scanner), places);
        }
        long allocated = thread.getCurrentThreadAllocatedBytes() - before;
        assertEquals(50_000 * 15495, sum);
        assertTrue(allocated < 50_000, allocated + " bytes");
    }

    /** Whatever the arguments are, keys are arguments, and they come in the order of the request. */
    @Test
    void staysInsideTheRequest() {
        String[] words = {
            "",
            "a",
            "1",
            "2",
            "3",
            "-1",
            "99",
            "STREAMS",
            "BLOCK",
            "COUNT",
            "GROUP",
            "STORE",
            "STOREDIST",
            "LIMIT",
            "BY",
            "KEYS",
            "AUTH",
            "AUTH2",
            "CREATE",
            "ENCODING"
        };
        String[] names = {
            "GET",
            "MGET",
            "MSET",
            "BLPOP",
            "BITOP",
            "XGROUP",
            "OBJECT",
            "EVAL",
            "ZUNION",
            "ZUNIONSTORE",
            "MSETEX",
            "XREAD",
            "XREADGROUP",
            "SORT",
            "GEORADIUS",
            "MIGRATE",
            "LCS",
            "JSON.MSET",
            "JSON.MGET",
            "BLMPOP"
        };
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 20_000; i++) {
            String[] arguments = new String[random.nextInt(1, 12)];
            arguments[0] = names[random.nextInt(names.length)];
            for (int argument = 1; argument < arguments.length; argument++) {
                arguments[argument] = words[random.nextInt(words.length)];
            }
            List<String> left = new ArrayList<>(List.of(arguments).subList(1, arguments.length));
            List<String> keys = keys(arguments);
            assertNotNull(keys);
            for (String key : keys) {
                int at = left.indexOf(key);
                assertTrue(at >= 0, () -> String.join(" ", arguments) + ": " + keys);
                left.subList(0, at + 1).clear();
            }
        }
    }

    @Test
    void doesNotGuessTheKeysOfUnknownCommands() {
        assertNull(keys("NOSUCH", "k"));
    }

    @Test
    void refusesATableThatContradictsItself() {
        for (String text : List.of("1 GET\n1 GET", "1 NOSUCH", "x GET", "0 GET", "count@ GET")) {
            assertThrows(IllegalArgumentException.class, () -> KeyTable.parse(text, COMMANDS, CommandFlags.NONE), text);
        }
    }
}
