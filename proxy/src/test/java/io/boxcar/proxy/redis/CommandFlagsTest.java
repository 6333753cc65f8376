package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class CommandFlagsTest {
    private static final CommandTable BUILT_IN = CommandTable.load();

    private static String command(String name, int first, int last, int step, String... flags) {
        StringBuilder text = new StringBuilder("*7\r\n$" + name.length() + "\r\n" + name + "\r\n:-2\r\n");
        text.append('*').append(flags.length).append("\r\n");
        for (String flag : flags) {
            text.append('+').append(flag).append("\r\n");
        }
        return text + ":" + first + "\r\n:" + last + "\r\n:" + step + "\r\n*0\r\n";
    }

    private static CommandFlags parse(String... commands) {
        String reply = "*" + commands.length + "\r\n" + String.join("", commands);
        return CommandFlags.parse(Unpooled.copiedBuffer("xyz" + reply, ISO_8859_1), 3);
    }

    private static Travel travel(CommandTable table, String... arguments) {
        ByteBuf in = RedisClient.request(arguments);
        RequestScanner scanner = new RequestScanner(Limits.REDIS);
        scanner.scan(in, 0, in.writerIndex());
        return table.classify(in, 0, scanner);
    }

    @Test
    void decidesByTheFlags() {
        CommandFlags flags = parse(
                command("mod.read", 1, 1, 1, "readonly", "fast"),
                command("mod.info", 0, 0, 0, "readonly"),
                command("mod.write", 1, 1, 1, "write"),
                command("mod.writeall", 0, 0, 0, "write"),
                command("mod.touch", 1, 1, 1, "fast"),
                command("mod.moves", 0, 0, 0, "movablekeys"),
                command("mod.wait", 1, 1, 1, "write", "blocking"),
                command("mod.listen", 0, 0, 0, "pubsub"),
                command("mod.state", 1, 1, 1, "readonly", "noscript"),
                command("mod.admin", 0, 0, 0, "admin"),
                command("mod.silent", 1, 1, 1));
        assertEquals(Travel.SHARED_READ, flags.forUnknown("MOD.READ"));
        assertEquals(Travel.SHARED_READ, flags.forUnknown("MOD.INFO"));
        assertEquals(Travel.SHARED_WRITE, flags.forUnknown("MOD.WRITE"));
        assertEquals(Travel.SHARED_WRITE, flags.forUnknown("MOD.WRITEALL"));
        assertEquals(Travel.SHARED_WRITE, flags.forUnknown("MOD.TOUCH"));
        assertEquals(Travel.SHARED_WRITE, flags.forUnknown("MOD.MOVES"));
        for (String name : List.of("WAIT", "LISTEN", "STATE", "ADMIN", "SILENT", "NOSUCH")) {
            assertEquals(Travel.PINNED_FOR_LIFE, flags.forUnknown("MOD." + name), name);
        }
    }

    @Test
    void teachesTheTablesWhatTheyLack() {
        CommandFlags flags = parse(
                command("mod.read", 1, 1, 1, "readonly"),
                command("mod.pairs", 2, -1, 2, "write"),
                command("mod.moves", 0, 0, 0, "write", "movablekeys"),
                command("get", 0, 0, 0, "pubsub"),
                command("a.name.that.is.too.long.for.the.table", 1, 1, 1, "readonly"),
                command("strange|*", 1, 1, 1, "readonly"),
                command("orphan|sub", 1, 1, 1, "readonly"),
                command("mod.read", 1, 1, 1, "write"));
        CommandTable table = BUILT_IN.withLearned(flags);
        assertEquals(Travel.SHARED_READ, travel(table, "mod.READ", "k"));
        assertEquals(Travel.SHARED_WRITE, travel(table, "MOD.PAIRS", "x", "k"));
        assertEquals(Travel.PINNED_FOR_LIFE, travel(BUILT_IN, "MOD.READ", "k"));
        assertEquals(Travel.SHARED_READ, travel(table, "GET", "k"));
        assertEquals(Travel.PINNED_FOR_LIFE, travel(table, "A.NAME.THAT.IS.TOO.LONG.FOR.THE.TABLE", "k"));
        assertEquals(Travel.ANSWERED, travel(table, "CLIENT", "SETNAME", "x"));
        assertSame(table, table.withLearned(flags));

        KeyTable keys = KeyTable.load(table, flags);
        assertEquals(List.of("k"), KeysTest.raw(request("MOD.READ", "k"), table, keys));
        assertEquals(List.of("a", "b"), KeysTest.raw(request("MOD.PAIRS", "x", "a", "1", "b", "2"), table, keys));
        assertEquals(List.of("k"), KeysTest.raw(request("GET", "k"), table, keys));
        assertEquals(null, KeysTest.raw(request("MOD.MOVES", "k"), table, keys));
    }

    private static String request(String... arguments) {
        return RedisClient.request(arguments).toString(ISO_8859_1);
    }

    @Test
    void learnsSubcommands() {
        String container = command("mod", 0, 0, 0).replaceFirst("\\*7", "*10")
                + "*0\r\n*0\r\n*2\r\n"
                + command("mod|get", 2, 2, 1, "readonly")
                + command("mod|wait", 2, 2, 1, "blocking");
        CommandFlags flags = parse(container, command("after", 1, 1, 1, "write"));
        CommandTable table = BUILT_IN.withLearned(flags);
        assertEquals(Travel.SHARED_READ, travel(table, "MOD", "GET", "k"));
        assertEquals(Travel.PINNED_FOR_LIFE, travel(table, "MOD", "WAIT", "k"));
        assertEquals(Travel.PINNED_FOR_LIFE, travel(table, "MOD", "OTHER", "k"));
        assertEquals(Travel.PINNED_FOR_LIFE, travel(table, "MOD"));
        assertEquals(Travel.SHARED_WRITE, travel(table, "AFTER", "k"));
        assertEquals(List.of("k"), KeysTest.raw(request("MOD", "GET", "k"), table, KeyTable.load(table, flags)));
    }

    @Test
    void learnsNothingFromWhatIsNoSuchReply() {
        for (String reply : List.of(
                "-ERR unknown command\r\n",
                "*0\r\n",
                "+OK\r\n",
                "*1\r\n:1\r\n",
                "*1\r\n*6\r\n$1\r\na\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n",
                "*1\r\n*6\r\n$1\r\na\r\n:1\r\n*0\r\n$1\r\n1\r\n:1\r\n:1\r\n",
                "*5\r\n*-1\r\n")) {
            CommandFlags flags = CommandFlags.parse(Unpooled.copiedBuffer(reply, ISO_8859_1), 0);
            assertEquals(Set.of(), Set.copyOf(flags.commands()), reply);
            assertSame(BUILT_IN, BUILT_IN.withLearned(flags));
        }
    }

    @Test
    void readsTheReplyOfRedisInBothProtocols() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisClient redis = new RedisClient(server.port())) {
            CommandFlags second = CommandFlags.parse(redis.send(RedisClient.request("COMMAND")), 0);
            redis.call("HELLO", "3");
            CommandFlags third = CommandFlags.parse(redis.send(RedisClient.request("COMMAND")), 0);
            assertEquals(Set.copyOf(second.commands()), Set.copyOf(third.commands()));
            assertTrue(third.commands().size() > 300, third.commands().size() + " commands");

            CommandFlags.Command get = third.command("GET");
            assertNotNull(get);
            assertEquals(Set.of("readonly", "fast"), get.flags());
            assertEquals(1, get.firstKey());
            assertEquals(Travel.PINNED_FOR_LIFE, third.forUnknown("BLPOP"));
            assertEquals(Travel.PINNED_FOR_LIFE, third.forUnknown("SUBSCRIBE"));
            assertEquals(Travel.PINNED_FOR_LIFE, third.forUnknown("MULTI"));
            assertEquals(Travel.SHARED_READ, third.forUnknown("GET"));
            assertEquals(Travel.SHARED_READ, third.forUnknown("OBJECT|ENCODING"));
            assertEquals(Travel.SHARED_WRITE, third.forUnknown("XGROUP|CREATE"));
            assertEquals(Travel.SHARED_WRITE, third.forUnknown("SORT"));
            learnsEverything(third);
        }
    }

    /** A table that knows one command only learns all others, never one more freely than the table that people wrote. */
    private static void learnsEverything(CommandFlags flags) {
        CommandTable learned = CommandTable.parse("shared-read GET").withLearned(flags);
        for (CommandFlags.Command command : flags.commands()) {
            String[] words = (command.name() + "|x|y").split("\\|");
            Travel ours = travel(BUILT_IN, words);
            Travel theirs = travel(learned, words);
            if (command.name().equals("MIGRATE")) {
                continue; // Stalls the server, which no flag says.
            }
            boolean shared = theirs == Travel.SHARED_READ || theirs == Travel.SHARED_WRITE;
            boolean oursShared = ours == Travel.SHARED_READ || ours == Travel.SHARED_WRITE;
            assertTrue(!shared || oursShared, command + " learned as " + theirs + ", is " + ours);
            assertTrue(theirs != Travel.SHARED_READ || ours == Travel.SHARED_READ, command + " is " + ours);
        }
    }
}
