package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The same conversation, once with a Redis and once through Boxcar with another one: every byte of the answers is equal. */
class SameAnswersTest {
    /** One command per line; quotes hold a word together. */
    private static final String CONVERSATION = """
            PING
            PING "hello there"
            ECHO ""
            SET s one
            GET s
            GET nothing
            SET s two NX
            SET s two XX GET
            APPEND s !
            STRLEN s
            GETRANGE s 0 1
            SETRANGE s 5 x
            GETDEL s
            MSET a 1 b 2 c 3
            MGET a nothing c
            INCR a
            INCRBY a 10
            INCRBYFLOAT a 0.5
            INCR a
            DECR b
            SETEX t 100 v
            TTL t
            EXPIRE t 200 GT
            PERSIST t
            TYPE t
            EXISTS a b nothing
            RENAME a a2
            RENAME nothing x
            DEL a2
            UNLINK b nothing
            LCS c t
            HSET h f1 v1 f2 v2
            HGETALL h
            HGET h nothing
            HINCRBY h n 5
            HINCRBY h f1 1
            HMGET h f1 nothing f2
            HSCAN h 0
            RPUSH l 1 2 3 4
            LPUSH l 0
            LRANGE l 0 -1
            LINSERT l BEFORE 2 1.5
            LPOP l 2
            LMOVE l l LEFT RIGHT
            LPOS l 4
            LSET l 99 x
            BLPOP l 1
            BRPOP nothing l 1
            BLMOVE l m LEFT RIGHT 1
            SADD se a b c
            SCARD se
            SMISMEMBER se a z
            SADD se2 b c d
            SINTERCARD 2 se se2
            SDIFF se se2
            SINTERSTORE se3 se se2
            ZADD z 1 one 2 two 3 three
            ZADD z XX CH INCR 1.5 one
            ZRANGE z 0 -1 WITHSCORES
            ZRANGEBYSCORE z -inf (3
            ZRANK z three WITHSCORE
            ZRANK z three
            ZPOPMIN z
            BZPOPMAX z 1
            ZSCORE z nobody
            XADD x 1-1 f v
            XADD x 1-2 f w
            XADD x 1-1 f late
            XRANGE x - +
            XLEN x
            XREAD COUNT 1 STREAMS x 0
            XREAD BLOCK 1 STREAMS x $
            XGROUP CREATE x g 0
            XREADGROUP GROUP g me COUNT 1 STREAMS x >
            XACK x g 1-1
            XPENDING x g
            XREADGROUP GROUP nogroup me STREAMS x >
            GEOADD geo 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
            GEODIST geo Palermo Catania km
            GEOHASH geo Palermo Catania
            GEOPOS geo Palermo nowhere
            GEOSEARCH geo FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHDIST
            PFADD hll a b c
            PFCOUNT hll
            PFADD hll2 c d
            PFMERGE hll3 hll hll2
            PFCOUNT hll3
            SETBIT bits 7 1
            GETBIT bits 7
            BITCOUNT bits
            BITPOS bits 1
            BITOP NOT nbits bits
            BITFIELD bits INCRBY u8 0 255 GET u4 0
            EVAL "return {KEYS[1],ARGV[1],1,{ok='fine'},false}" 1 k v
            EVAL "return redis.call('INCR', KEYS[1])" 1 counter
            EVAL "return redis.call('LPUSH', 's')" 0
            EVAL "return redis.error_reply('MINE broke')" 0
            EVAL "syntax error" 0
            EVALSHA ffffffffffffffffffffffffffffffffffffffff 0
            SCRIPT LOAD "return 7"
            EVALSHA 5ad9f1fbd9fa14cc4be3eb52ba7d3d3a46cd9b5c 0
            SCRIPT EXISTS ffffffffffffffffffffffffffffffffffffffff
            OBJECT ENCODING l
            OBJECT ENCODING nothing
            OBJECT REFCOUNT h
            OBJECT HELP
            CONFIG GET maxmemory-policy
            CONFIG GET nothing-like-it
            CONFIG SET nothing-like-it 1
            CONFIG BAD
            DUMP nothing
            RESTORE r 0 garbage
            SORT se ALPHA DESC
            SCAN 0 MATCH nothing* COUNT 1000
            COMMAND COUNT
            COMMAND INFO get
            COMMAND GETKEYS MSET a 1 b 2
            CLIENT SETNAME me
            CLIENT GETNAME
            CLIENT SETNAME "not good"
            CLIENT NOSUCH
            CLIENT
            CLIENT SETNAME
            GET
            GET a b
            SET a
            LPUSH l
            LPUSH t x
            HGET t f
            ZADD z nan x
            SETEX t 0 v
            NOSUCHCOMMAND
            NOSUCHCOMMAND with arguments
            "" empty
            SELECT 99
            SELECT zero
            SUBSCRIBE
            MULTI
            SET tx 1
            LPUSH tx x
            MULTI
            EXEC
            EXEC
            DISCARD
            MULTI
            NOSUCH
            EXEC
            WATCH t
            UNWATCH
            SELECT 3
            DBSIZE
            SET in3 x
            SELECT 0
            EXISTS in3
            SWAPDB 0 99
            MOVE t 3
            OBJECT FREQ h
            WAIT 0 0
            RESET
            GET c
            DBSIZE
            FLUSHALL
            DBSIZE
            """;

    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

    private static RedisOrigin here;
    private static RedisOrigin there;

    @BeforeAll
    static void startTwo() throws IOException {
        here = RedisOrigin.start();
        there = RedisOrigin.start();
    }

    @AfterAll
    static void stopThem() {
        here.close();
        there.close();
    }

    private static List<Object[]> commands() {
        return CONVERSATION
                .lines()
                .map(line -> WORD.matcher(line)
                        .results()
                        .map(match -> match.group(1) == null ? match.group(2) : match.group(1))
                        .toArray())
                .toList();
    }

    @Test
    void everyAnswerIsTheSameByteForByte() throws IOException {
        assertSame(commands());
    }

    @Test
    void everyAnswerIsTheSameInRespThree() throws IOException {
        List<Object[]> commands = new ArrayList<>(commands());
        commands.removeIf(command -> command[0].equals("RESET")); // which would go back to RESP2
        assertSame(
                Stream.concat(Stream.<Object[]>of(new Object[] {"CLIENT", "SETNAME", "three"}), commands.stream())
                        .toList(),
                "HELLO",
                "3");
    }

    private static void assertSame(List<Object[]> commands, Object... first) throws IOException {
        List<Executable> checks = new ArrayList<>();
        try (LocalBoxcar boxcar = LocalBoxcar.before(there).ready();
                Wire direct = Wire.open(here.address());
                Wire through = boxcar.connect()) {
            if (first.length > 0) {
                // The greeting names the connection, which is another one on each side.
                assertEquals(direct.ask(first).charAt(0), through.ask(first).charAt(0));
            }
            for (Object[] command : commands) {
                String expected = direct.ask(command);
                String actual = through.ask(command);
                checks.add(() ->
                        assertEquals(expected, actual, () -> List.of(command).toString()));
            }
        }
        assertAll(checks);
    }

    @Test
    void everyAnswerIsTheSameWhenAllIsSentAtOnce() throws IOException {
        try (LocalBoxcar boxcar = LocalBoxcar.before(there).ready();
                Wire direct = Wire.open(here.address());
                Wire through = boxcar.connect()) {
            assertLinesMatchExactly(pipelined(direct), pipelined(through));
        }
    }

    private static void assertLinesMatchExactly(List<String> expected, List<String> actual) {
        assertAll(
                IntStream.range(0, expected.size()).mapToObj(i -> () -> assertEquals(expected.get(i), actual.get(i))));
    }

    private static List<String> pipelined(Wire wire) throws IOException {
        List<Object[]> commands = commands();
        for (Object[] command : commands) {
            wire.send(command);
        }
        List<String> replies = new ArrayList<>();
        for (int i = 0; i < commands.size(); i++) {
            replies.add(List.of(commands.get(i)) + " -> " + wire.reply());
        }
        return replies;
    }

    @Test
    void everyAnswerIsTheSameToInlineCommands() throws IOException {
        String lines = """
                PING\r
                SET inline "with \\x41\\n and \\"quotes\\""\r
                GET inline
                GET 'inline'\r
                \r
                INCR inline\r
                NOSUCH thing\r
                MULTI\r
                GET inline\r
                EXEC\r
                CLIENT GETNAME\r
                QUIT\r
                """;
        try (LocalBoxcar boxcar = LocalBoxcar.before(there).ready();
                Wire direct = Wire.open(here.address());
                Wire through = boxcar.connect()) {
            byte[] bytes = lines.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            assertEquals(
                    direct.sendBytes(bytes).readToEnd(),
                    through.sendBytes(bytes).readToEnd());
        }
    }

    @Test
    void infoComesFromTheRedisAndAsksForNoConnectionOfItsOwn() throws IOException {
        try (LocalBoxcar boxcar = LocalBoxcar.before(there).ready();
                Wire through = boxcar.connect()) {
            String pid = "process_id:" + there.pid();
            assertEquals(true, through.ask("INFO").contains(pid));
            assertEquals(true, through.ask("INFO", "server").contains(pid));
            assertEquals(0, boxcar.stat("listeners", "pinned_lent"));
        }
    }
}
