package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.ClientState;
import io.boxcar.proxy.core.Routing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Commands that the table does not list, as the upstream describes them. */
final class LearnedCommandsTest {
    private static final String READS = "*1\r\n*6\r\n$3\r\nget\r\n:2\r\n*1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n";
    private static final String WRITES = "*1\r\n*6\r\n$3\r\nset\r\n:-3\r\n*1\r\n+write\r\n:1\r\n:1\r\n:1\r\n";
    private static final String BLOCKS =
            "*1\r\n*6\r\n$1\r\nb\r\n:-3\r\n*2\r\n+write\r\n+blocking\r\n:1\r\n:-2\r\n:1\r\n";
    private static final String NOT_THERE = "*1\r\n*-1\r\n";

    private final RedisCommands commands = RedisCommands.load(0);
    private final RedisRequestDecoder decoder = decoder(RedisIdentity.BARE);

    private RedisRequestDecoder decoder(RedisIdentity identity) {
        return new RedisRequestDecoder(
                commands,
                Dialogue.limits(),
                ClientState.VIRTUAL,
                ClientProfile.first(identity, new ClientDirectory(), new StubClient()),
                null);
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, ISO_8859_1);
    }

    /** What the greeting of the connection for this request says, after it has been looked at. */
    private static String greeting(RedisRequestDecoder decoder, String request) {
        assertEquals(Routing.PINNED, decoder.next(bytes(request), false), request);
        ByteBuf out = Unpooled.buffer();
        decoder.session()
                .greet(new Standing((RedisIdentity) decoder.identity(), "", "", "", Dialogue.REAL_ID), false, out);
        return out.toString(ISO_8859_1);
    }

    /** Asks about the command of the request and answers so. */
    private void learns(String request, String answer) {
        String name = request.split(" ", 2)[0].toUpperCase(Locale.ROOT);
        assertEquals(
                Dialogue.command("COMMAND INFO " + name), greeting(decoder, Dialogue.command(request)), "asks for it");
        assertNull(decoder.session().greeted(bytes(answer)));
    }

    private static Routing next(RedisRequestDecoder decoder, String request, boolean pinned) {
        return decoder.next(bytes(Dialogue.command(request)), pinned);
    }

    @Test
    void aCommandThatReadsIsSharedOnceItIsKnown() {
        learns("mod.get k", READS);
        assertEquals(Routing.PINNED, next(decoder, "MOD.GET k", true));
        decoder.session().sent();
        assertTrue(decoder.session().awaitsResponses());
        ByteBuf answer = bytes("+v\r\n");
        decoder.session().receive(answer, 0, answer.writerIndex());
        assertTrue(decoder.session().mayShare(), "the first already holds nothing");
        assertEquals("AS_IS", decoder.session().giveBack().name());
        decoder.session().ended();
        RedisRequestDecoder other = decoder(RedisIdentity.BARE);
        for (String spelled : new String[] {"MOD.GET k", "mod.get k", "Mod.Get k"}) {
            assertEquals(Routing.SHARED, next(other, spelled, false), spelled);
            assertTrue(other.isRepeatable());
        }
        String transaction = Dialogue.command("MULTI") + Dialogue.command("MOD.GET k") + Dialogue.command("EXEC");
        assertEquals(Routing.SHARED, other.next(bytes(transaction), false));
        assertTrue(other.isTransaction());
    }

    @Test
    void aCommandThatWritesIsSharedAndNeverSentTwice() {
        learns("MOD.SET k v", WRITES);
        RedisRequestDecoder other = decoder(RedisIdentity.BARE);
        assertEquals(Routing.SHARED, next(other, "MOD.SET k v", false));
        assertFalse(other.isRepeatable());
    }

    @Test
    void aCommandThatBlocksStaysPinnedAndIsNotAskedForAgain() {
        learns("MOD.WAIT k 0", BLOCKS);
        assertEquals(Routing.PINNED, next(decoder, "MOD.WAIT k 0", true));
        decoder.session().sent();
        RedisRequestDecoder other = decoder(RedisIdentity.BARE);
        assertEquals("", greeting(other, Dialogue.command("MOD.WAIT k 0")));
    }

    @Test
    void whatTheUpstreamDoesNotKnowIsAskedForAgain() {
        for (String answer : new String[] {
            NOT_THERE, "-NOPERM no\r\n", "-ERR unknown subcommand\r\n", "$-1\r\n", "*0\r\n", "+OK\r\n", "*1\r\n:1\r\n"
        }) {
            learns("NOSUCH k", answer);
            assertEquals(Routing.PINNED, next(decoder, "NOSUCH k", true));
            assertEquals(0, commands.learned().size());
        }
        decoder.session().sent();
        ByteBuf answer = bytes("+OK\r\n");
        decoder.session().receive(answer, 0, answer.writerIndex());
        assertFalse(decoder.session().mayShare(), "it has done nobody knows what");
    }

    @Test
    void aContainerIsPinned() {
        String container = "*1\r\n*10\r\n$3\r\nmod\r\n:-2\r\n*1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n*0\r\n*0\r\n*0\r\n"
                + "*1\r\n*10\r\n$7\r\nmod|get\r\n:2\r\n*1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n*0\r\n*0\r\n*0\r\n*0\r\n";
        learns("MOD GET k", container);
        assertEquals(1, commands.learned().size());
        assertEquals(Routing.PINNED, next(decoder(RedisIdentity.BARE), "MOD GET k", false));
    }

    @Test
    void asksOnlyForWhatMayBeAName() {
        for (String request : new String[] {
            "mod.get k\r\n",
            Dialogue.command("MOD\u00e9 k"),
            Dialogue.command("MOD|GET k"),
            Dialogue.command("A*B k"),
            Dialogue.command("M".repeat(65) + " k"),
            "*2\r\n$0\r\n\r\n$1\r\nk\r\n",
            "*2\r\n$3\r\nA\r\n\r\n$1\r\nk\r\n",
            Dialogue.command("DEBUG NOSUCH"),
            Dialogue.command("MOD.SET k " + "v".repeat(2000)).substring(0, 60)
        }) {
            assertEquals("", greeting(decoder(RedisIdentity.BARE), request), request);
        }
        String longest = "M".repeat(64);
        learns(longest + " k", READS);
        assertEquals(Routing.SHARED, next(decoder, longest + " k", false));
    }

    @Test
    void overResp3ItStaysPinned() {
        learns("MOD.GET k", READS);
        RedisRequestDecoder resp3 = decoder(RedisIdentity.BARE.withResp(3));
        assertEquals("", greeting(resp3, Dialogue.command("MOD.GET k")));
        assertEquals(Routing.PINNED, next(resp3, "MOD.GET k", true));
        resp3.session().sent();
        String transaction = Dialogue.command("MULTI") + Dialogue.command("MOD.GET k") + Dialogue.command("EXEC");
        assertEquals(Routing.PINNED, decoder(RedisIdentity.BARE.withResp(3)).next(bytes(transaction), false));
    }

    @Test
    void rememberedNamesAreLimited() {
        LearnedCommands learned = commands.learned();
        CommandFlags reads = CommandFlags.parse(bytes(READS), 0);
        for (int i = 0; i < 5000; i++) {
            learned.learn("M" + i, reads);
            learned.learn("M" + i / 2, reads);
        }
        assertEquals(4096, learned.size());
        assertEquals("", greeting(decoder(RedisIdentity.BARE), Dialogue.command("M4999 k")));
        for (int i = 0; i < 4096; i++) {
            assertEquals(Routing.SHARED, next(decoder, "m" + i + " k", false));
        }
    }

    @Test
    void theUpstreamSaysWhereTheKeysAre() {
        commands.learned()
                .learn("MOD.MGET", CommandFlags.parse(bytes(READS.replace(":1\r\n:1\r\n:1", ":2\r\n:-1\r\n:2")), 0));
        RequestScanner scanner = new RequestScanner(Limits.REDIS);
        ByteBuf in = bytes(Dialogue.command("MOD.MGET x a y b"));
        assertEquals(in.writerIndex(), scanner.scan(in, 0, in.writerIndex()));
        Keys keys = new Keys(KeyTable.load(commands.table(), CommandFlags.NONE), commands.learned());
        assertEquals(2, keys.find(in, 0, scanner, CommandTable.ABSENT));
        assertEquals('a', in.getByte(keys.index()));
        assertTrue(keys.next(in));
        assertEquals('b', in.getByte(keys.index()));
        assertNotNull(commands.learned().find(in, 0, scanner));
    }
}
