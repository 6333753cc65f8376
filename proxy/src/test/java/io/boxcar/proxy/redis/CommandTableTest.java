package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

final class CommandTableTest {
    private static final CommandTable TABLE = CommandTable.load();

    static Travel travel(String... arguments) {
        StringBuilder request = new StringBuilder("*" + arguments.length + "\r\n");
        for (String argument : arguments) {
            request.append('$').append(argument.length()).append("\r\n");
            request.append(argument).append("\r\n");
        }
        return raw(request.toString());
    }

    private static Travel raw(String request) {
        ByteBuf in = Unpooled.copiedBuffer("xyz" + request, ISO_8859_1);
        RequestScanner scanner = new RequestScanner(Limits.REDIS);
        scanner.scan(in, 3, in.writerIndex());
        return TABLE.classify(in, 3, scanner);
    }

    @Test
    void ignoresTheCaseOfNames() {
        assertEquals(Travel.SHARED_READ, travel("get", "k"));
        assertEquals(Travel.SHARED_READ, travel("gEt", "k"));
        assertEquals(Travel.SHARED_READ, travel("georadiusbymember_ro", "k"));
        assertEquals(Travel.ANSWERED, travel("client", "setName", "x"));
        assertEquals(Travel.SHARED_READ, travel("json.get", "x"));
    }

    @Test
    void givesUnknownNamesAConnectionOfTheirOwn() {
        for (String name :
                new String[] {"GETX", "GE", "", "GET\0", "\0", "CLIENT|SETNAME", "CONFIG|*", "XREAD[BLOCK]", "[ET"}) {
            assertEquals(Travel.PINNED_FOR_LIFE, travel(name, "k"), name);
        }
        assertEquals(Travel.PINNED_FOR_LIFE, travel("A".repeat(25)));
        assertEquals(Travel.PINNED_FOR_LIFE, travel("GET" + "\0".repeat(21)));
        assertEquals(Travel.PINNED_FOR_LIFE, travel("G\u00c5T"));
    }

    @Test
    void looksAtSubcommands() {
        assertEquals(Travel.ANSWERED, travel("CLIENT", "ID"));
        assertEquals(Travel.PINNED, travel("CLIENT", "TRACKING", "ON"));
        assertEquals(Travel.CONTROL, travel("CLIENT", "UNBLOCK", "1"));
        assertEquals(Travel.PINNED_ONCE, travel("CLIENT", "LIST"));
        assertEquals(Travel.PINNED_FOR_LIFE, travel("CLIENT", "NEWER"));
        assertEquals(Travel.PINNED_FOR_LIFE, travel("CLIENT"));
        assertEquals(Travel.SHARED_WRITE, travel("CONFIG", "GET", "x"));
        assertEquals(Travel.CONTROL, travel("SCRIPT", "KILL"));
        assertEquals(Travel.SHARED_WRITE, travel("SCRIPT", "LOAD", "x"));
        assertEquals(Travel.PINNED_FOR_LIFE, travel("SCRIPT", "DEBUG", "YES"));
        assertEquals(Travel.CONTROL, travel("FUNCTION", "stats"));
        assertEquals(Travel.SHARED_READ, travel("OBJECT", "ENCODING", "k"));
        assertEquals(Travel.SHARED_WRITE, travel("OBJECT", "HELP"));
        assertEquals(Travel.SHARED_READ, travel("GET", "SETNAME"));
    }

    @Test
    void looksForBlockAmongTheOptionsOfXread() {
        assertEquals(Travel.SHARED_READ, travel("XREAD", "STREAMS", "k", "0"));
        assertEquals(Travel.SHARED_READ, travel("XREAD", "COUNT", "5", "STREAMS", "BLOCK", "0"));
        assertEquals(Travel.SHARED_READ, travel("XREAD", "COUNT", "BLOCK", "STREAMS", "k", "0"));
        assertEquals(Travel.PINNED_ONCE, travel("XREAD", "block", "0", "STREAMS", "k", "$"));
        assertEquals(Travel.PINNED_ONCE, travel("xread", "COUNT", "10", "BLOCK", "0", "STREAMS", "k", "$"));
        assertEquals(Travel.SHARED_WRITE, travel("XREADGROUP", "GROUP", "BLOCK", "BLOCK", "STREAMS", "k", ">"));
        assertEquals(
                Travel.PINNED_ONCE,
                travel("XREADGROUP", "GROUP", "g", "c".repeat(300), "NOACK", "BLOCK", "1", "STREAMS", "k", ">"));
        assertEquals(Travel.SHARED_READ, travel("XREAD"));
        assertEquals(Travel.PINNED_ONCE, raw("XREAD STREAMS k 0\r\n"));
        assertEquals(Travel.PINNED_ONCE, raw("*4\r\n$5\r\nXREAD\r\n$7\r\nSTRE"));
    }

    @Test
    void looksAtInlineRequestsAndAtIncompleteOnes() {
        assertEquals(Travel.SHARED_READ, raw(" \"get\" k\r\n"));
        assertEquals(Travel.ANSWERED, raw("client setname x\r\n"));
        assertEquals(Travel.PINNED_FOR_LIFE, raw("g\"et\" k\r\n"));
        assertEquals(Travel.FORBIDDEN_HTTP, raw("POST / HTTP/1.1\r\n"));
        assertEquals(Travel.FORBIDDEN_HTTP, raw("Host: localhost\r\n"));
        assertEquals(Travel.SHARED_WRITE, raw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$90000\r\nab"));
        assertEquals(Travel.PINNED_FOR_LIFE, raw("*3\r\n$3\r\nSE"));
        assertEquals(Travel.PINNED_FOR_LIFE, raw("*3\r\n$6\r\nCLIENT\r\n$7\r\nSETN"));
        assertEquals(Travel.PINNED_FOR_LIFE, raw("*3\r\n$6\r\nCLIENT\r\n"));
    }

    @Test
    void coversCommandsNewerThanSevenZero() {
        assertEquals(Travel.ANSWERED, travel("CLIENT", "SETINFO", "LIB-NAME", "x"));
        assertEquals(Travel.PINNED_FOR_LIFE, travel("CLIENT", "NO-TOUCH", "ON"));
        assertEquals(Travel.PINNED_ONCE, travel("WAITAOF", "1", "0", "0"));
        assertEquals(Travel.SHARED_WRITE, travel("HEXPIRE", "k", "1", "FIELDS", "1", "f"));
        assertEquals(Travel.SHARED_READ, travel("HPTTL", "k", "FIELDS", "1", "f"));
        assertEquals(Travel.SHARED_WRITE, travel("HGETEX", "k", "FIELDS", "1", "f"));
        assertEquals(Travel.SHARED_WRITE, travel("XDELEX", "k", "IDS", "1", "1"));
        assertEquals(Travel.SHARED_READ, travel("VSIM", "k", "ELE", "e"));
    }

    @Test
    void refusesATableThatContradictsItself() {
        assertThrows(IllegalArgumentException.class, () -> CommandTable.parse("shared-read GET\nshared-write GET"));
        assertThrows(IllegalArgumentException.class, () -> CommandTable.parse("shared-read CLIENT|ID"));
        assertThrows(IllegalArgumentException.class, () -> CommandTable.parse("sharedread GET"));
    }
}
