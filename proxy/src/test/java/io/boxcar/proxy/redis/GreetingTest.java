package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.ClientState;
import io.boxcar.proxy.core.PinnedSession;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

/** What is said to a borrowed connection before it is used, and after. */
final class GreetingTest {
    private static final RedisIdentity RESP3 = RedisIdentity.BARE.withResp(3);

    private static String greeting(Dialogue dialogue, Standing from, String request, int responses) {
        ByteBuf in = Unpooled.copiedBuffer(Dialogue.command(request), ISO_8859_1);
        dialogue.decoder.next(in, false);
        ByteBuf out = Unpooled.buffer();
        assertEquals(responses, dialogue.session().greet(from, false, out), out.toString(ISO_8859_1));
        return out.toString(ISO_8859_1);
    }

    private static String commands(String... lines) {
        StringBuilder all = new StringBuilder();
        for (String line : lines) {
            all.append(Dialogue.command(line));
        }
        return all.toString();
    }

    /** A client that knows its number. */
    private static Dialogue of(RedisIdentity initial) {
        Dialogue dialogue = new Dialogue(initial, ClientState.VIRTUAL, 0);
        dialogue.self.tell();
        return dialogue;
    }

    private static Standing at(RedisIdentity identity) {
        return new Standing(identity, "", "", "", 5);
    }

    @Test
    void saysNothingToAConnectionThatStandsThere() {
        assertEquals("", greeting(of(RESP3), at(RESP3), "WATCH k", 0));
        assertEquals(commands("PING"), greeting(of(RESP3), at(RESP3), "WAIT 1 0", 1));
        assertEquals(commands("CLIENT ID"), greeting(of(RESP3), Standing.NEW.with(RESP3), "WATCH k", 1));
        Dialogue unnumbered = new Dialogue(RESP3, ClientState.VIRTUAL, 0);
        assertEquals("", greeting(unnumbered, Standing.NEW.with(RESP3), "WATCH k", 0));
        assertEquals(commands("CLIENT ID"), greeting(unnumbered, Standing.NEW.with(RESP3), "CLIENT LIST", 1));
    }

    @Test
    void saysOnlyWhatDiffers() {
        RedisIdentity bob = new RedisIdentity(2, "bob", "pw", 3, false);
        assertEquals(
                commands("HELLO 3 AUTH bob pw", "SELECT 2", "CLIENT ID"),
                greeting(of(bob), Standing.NEW, "WATCH k", 3));
        assertEquals(commands("SELECT 2"), greeting(of(bob), at(bob.withDb(0)), "WATCH k", 1));
        assertEquals(commands("AUTH bob pw"), greeting(of(bob), at(bob.withCredentials("app", "x")), "WATCH k", 1));
        assertEquals(commands("RESET"), greeting(of(RedisIdentity.BARE), at(bob), "WATCH k", 1));
        assertEquals(commands("HELLO 2"), greeting(of(RedisIdentity.BARE), at(RESP3), "WATCH k", 1));
        Dialogue named = of(RedisIdentity.BARE);
        ByteBuf in = Unpooled.copiedBuffer(commands("CLIENT SETNAME me", "CLIENT SETINFO LIB-NAME jedis"), ISO_8859_1);
        named.decoder.next(in, false);
        in.skipBytes(named.decoder.length());
        named.decoder.next(in, false);
        assertEquals(
                commands("CLIENT SETNAME me", "CLIENT SETINFO LIB-NAME jedis", "CLIENT ID"),
                greeting(named, Standing.RESET, "WATCH k", 3));
        Standing other = new Standing(RedisIdentity.BARE, "you", "go-redis", "9", 5);
        String unnamed = greeting(of(RedisIdentity.BARE), other, "WATCH k", 3);
        assertTrue(unnamed.startsWith("*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$0\r\n\r\n"), unnamed);
    }

    @Test
    void saysNothingToABusyServerThatItRefuses() {
        RedisIdentity bob = new RedisIdentity(2, "bob", "pw", 2, false);
        for (String control : new String[] {"SCRIPT KILL", "FUNCTION STATS", "CLIENT KILL ID 5", "SHUTDOWN NOSAVE"}) {
            assertEquals(commands("AUTH bob pw"), greeting(of(bob), Standing.NEW, control, 1));
        }
        Dialogue dialogue = of(bob);
        greeting(dialogue, Standing.NEW, "SCRIPT KILL", 1);
        assertEquals(null, dialogue.session().greeted(Unpooled.copiedBuffer("+OK\r\n", ISO_8859_1)));
        assertEquals(0, ((Standing) dialogue.session().standing()).identity().db());
        assertTrue(dialogue.session().mayShare());
    }

    @Test
    void handsAnErrorOfTheGreetingToTheClient() {
        RedisIdentity bob = new RedisIdentity(2, "bob", "pw", 2, false);
        Dialogue dialogue = of(bob);
        greeting(dialogue, Standing.NEW, "WATCH k", 3);
        ByteBuf error = dialogue.session()
                .greeted(Unpooled.copiedBuffer("+OK\r\n-ERR DB index is out of range\r\n:9\r\n", ISO_8859_1));
        assertTrue(error != null && error.toString(ISO_8859_1).equals("-ERR DB index is out of range\r\n"));
        greeting(dialogue, Standing.NEW, "WATCH k", 3);
        assertEquals(
                null, dialogue.session().greeted(Unpooled.copiedBuffer("+OK\r\n+OK\r\n-ERR no id\r\n", ISO_8859_1)));
    }

    @Test
    void knowsWhetherAResetWorked() {
        PinnedSession session = of(RedisIdentity.BARE).session();
        ByteBuf out = Unpooled.buffer();
        session.writeReset(out);
        assertEquals(commands("RESET"), out.toString(ISO_8859_1));
        assertTrue(session.isReset(Unpooled.copiedBuffer("+RESET\r\n", ISO_8859_1)));
        assertFalse(session.isReset(
                Unpooled.copiedBuffer("-ERR can only reset normal client connections\r\n", ISO_8859_1)));
        assertFalse(session.isReset(Unpooled.copiedBuffer("*1\r\n+RESET\r\n", ISO_8859_1)));
        assertEquals(RedisIdentity.BARE, ((Standing) session.standingAfterReset()).identity());
    }
}
