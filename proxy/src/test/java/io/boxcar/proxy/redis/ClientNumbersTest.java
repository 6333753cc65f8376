package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.ClientState;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

/** Clients are known by their numbers, connections of Redis by their ids. */
final class ClientNumbersTest {
    private static final long NUMBER = ClientDirectory.FIRST_NUMBER;

    private static Dialogue dialogue(ClientState clientState) {
        return new Dialogue(RedisIdentity.BARE, clientState, 3);
    }

    @Test
    void aNumberBelongsToAConnectionAsLongAsItIsLent() {
        ClientDirectory directory = new ClientDirectory();
        ClientDirectory.Entry first = directory.add(new StubClient());
        ClientDirectory.Entry second = directory.add(new StubClient());
        assertEquals(NUMBER + 1, second.number());
        directory.lent(first, 7);
        assertEquals(NUMBER, directory.numberOf(7));
        directory.returned(first);
        directory.lent(second, 7);
        directory.returned(first);
        assertEquals(NUMBER + 1, directory.numberOf(7));
        assertEquals(8, directory.numberOf(8));
        directory.remove(second);
        assertEquals(7, directory.numberOf(7));
        assertNull(directory.named(NUMBER + 1));
        assertEquals(1, directory.size());
    }

    @Test
    void showsTheNumberWhereRedisSaysTheId() {
        String self = Long.toString(NUMBER);
        String list = "id=77 addr=127.0.0.1:5 name= redir=77 cmd=client|list user=id=77\\nid=9 addr=x redir=-1\\n";
        String shown = list.replace("id=77 addr", "id=" + self + " addr").replace("redir=77", "redir=" + self);
        dialogue(ClientState.VIRTUAL).play("""
                ! CLIENT LIST
                < $%d\\r\\n%s => $%d\\r\\n%s
                ! CLIENT INFO
                < =14\\r\\ntxt:id=77 x=1\\n => =%d\\r\\ntxt:id=%s x=1\\n
                ! CLIENT GETREDIR
                < :-1
                ! CLIENT GETREDIR
                < :77 => :%s
                ! CLIENT TRACKINGINFO
                < *2\\r\\n$8\\r\\nredirect\\r\\n:77 => *2\\r\\n$8\\r\\nredirect\\r\\n:%s
                ! CLIENT LIST ID x
                < -ERR Invalid client ID
                ! CLIENT ID
                < :77 => :%s
                > MULTI
                < +OK
                > CLIENT ID
                < +QUEUED
                ? no
                = RESET
                """.formatted(
                        list.replace("\\n", "\n").length(),
                        list,
                        shown.replace("\\n", "\n").length(),
                        shown,
                        14 - 2 + self.length(),
                        self,
                        self,
                        self,
                        self));
    }

    /** Nobody can name a client that was never told its number, so most connections are never asked for their id. */
    @Test
    void learnsTheIdOfTheConnectionWhenTheClientIsToldItsNumber() {
        for (String told : new String[] {
            "> CLIENT ID\n< :77 => :NUMBER",
            "> CLIENT INFO\n< $10\\r\\nid=77 x=1\\n => $21\\r\\nid=NUMBER x=1\\n",
            "! HELLO 3\n< %1\\r\\n$2\\r\\nid\\r\\n:77 => %1\\r\\n$2\\r\\nid\\r\\n:NUMBER"
        }) {
            Dialogue dialogue = dialogue(ClientState.VIRTUAL);
            dialogue.standingId = Standing.UNKNOWN;
            dialogue.play("> WATCH k\n< +OK");
            assertEquals(Standing.UNKNOWN, dialogue.self.realId());
            dialogue.play(told.replace("NUMBER", Long.toString(NUMBER)));
            assertEquals(77, dialogue.self.realId(), told);
            assertEquals(NUMBER, dialogue.directory.numberOf(77));
        }
    }

    @Test
    void aRedirectionStillHasItsNumberWhenItsClientHasLeft() {
        Dialogue dialogue = dialogue(ClientState.VIRTUAL);
        ClientDirectory.Entry other = dialogue.directory.add(new StubClient());
        dialogue.directory.lent(other, 55);
        String number = Long.toString(other.number());
        dialogue.play("> CLIENT TRACKING on REDIRECT NUMBER => CLIENT TRACKING on REDIRECT 55\n< +OK"
                .replace("NUMBER", number));
        dialogue.directory.remove(other);
        dialogue.play("> CLIENT GETREDIR\n< :55 => :" + number);
    }

    @Test
    void saysTheIdWhereTheClientSaysTheNumber() {
        Dialogue dialogue = dialogue(ClientState.VIRTUAL);
        ClientDirectory.Entry other = dialogue.directory.add(new StubClient());
        dialogue.directory.lent(other, 55);
        dialogue.play("""
                ! CLIENT UNBLOCK NUMBER ERROR => CLIENT UNBLOCK 55 ERROR
                < :1
                ! CLIENT LIST ID 3 NUMBER => CLIENT LIST ID 3 55
                < $0\\r\\n
                ! CLIENT KILL ID NUMBER SKIPME no => CLIENT KILL ID 55 SKIPME no
                < :1
                ! CLIENT KILL TYPE normal ID NUMBER => CLIENT KILL TYPE normal ID 55
                < :1
                > CLIENT TRACKING on PREFIX redirect REDIRECT NUMBER BCAST => CLIENT TRACKING on PREFIX redirect REDIRECT 55 BCAST
                < +OK
                > CLIENT KILL ID 55
                < :0
                = RESET
                """.replace("NUMBER", Long.toString(other.number())));
    }

    @Test
    void closesAClientThatRedisDoesNotKnow() {
        Dialogue dialogue = dialogue(ClientState.VIRTUAL);
        StubClient idle = new StubClient();
        String number = Long.toString(dialogue.directory.add(idle).number());
        dialogue.play("""
                ! CLIENT KILL TYPE pubsub ID NUMBER
                < :0
                ! CLIENT UNBLOCK NUMBER
                < :0
                """.replace("NUMBER", number));
        assertFalse(idle.closed);
        dialogue.play("""
                ! CLIENT KILL ID NUMBER SKIPME yes
                < :0 => :1
                = AS_IS
                """.replace("NUMBER", number));
        assertTrue(idle.closed);
        assertFalse(dialogue.client.closed);
    }

    @Test
    void closesNobodyUnlessRedisAllowsIt() {
        Dialogue dialogue = dialogue(ClientState.VIRTUAL);
        StubClient idle = new StubClient();
        String number = Long.toString(dialogue.directory.add(idle).number());
        dialogue.play("""
                ! CLIENT KILL ID NUMBER
                < -NOAUTH Authentication required.
                ! CLIENT KILL ID NUMBER
                < -NOPERM this user has no permissions to run the 'client|kill' command
                """.replace("NUMBER", number));
        assertFalse(idle.closed);
    }

    @Test
    void aClientDoesNotCloseItselfUnlessItSaysSo() {
        Dialogue dialogue = dialogue(ClientState.VIRTUAL);
        String own = Long.toString(dialogue.self.number());
        dialogue.play("! CLIENT KILL ID 1\n< :0");
        dialogue.directory.returned(dialogue.self); // as on a connection that was lent for control
        dialogue.play("! CLIENT KILL ID NUMBER\n< :0".replace("NUMBER", own));
        assertFalse(dialogue.client.closed);
        dialogue.play("! CLIENT KILL ID NUMBER SKIPME no\n< :0 => :1".replace("NUMBER", own));
        assertTrue(dialogue.client.closed);
    }

    @Test
    void answersIdAndNameByItselfUnlessStrict() {
        Dialogue dialogue = dialogue(ClientState.VIRTUAL);
        assertEquals("ANSWERED :" + NUMBER + "\r\n", answer(dialogue, "CLIENT ID"));
        assertEquals("ANSWERED $-1\r\n", answer(dialogue, "client getname"));
        assertEquals("ANSWERED +OK\r\n", answer(dialogue, "client setname me"));
        assertEquals("ANSWERED $2\r\nme\r\n", answer(dialogue, "CLIENT GETNAME"));
        assertEquals("ANSWERED +OK\r\n", answer(dialogue, "CLIENT SETINFO lib-name x"));
        assertEquals("PINNED", answer(dialogue, "CLIENT SETINFO lib x"));
        assertEquals("PINNED", answer(dialogue, "CLIENT ID x"));
        assertTrue(answer(dialogue, "CLIENT SETNAME \u0001").startsWith("ANSWERED -ERR Client names"));
        Dialogue resp3 = new Dialogue(RedisIdentity.BARE.withResp(3), ClientState.VIRTUAL, 0);
        assertEquals("ANSWERED _\r\n", answer(resp3, "CLIENT GETNAME"));
        for (String command :
                new String[] {"CLIENT ID", "CLIENT GETNAME", "CLIENT SETNAME x", "CLIENT SETINFO LIB-VER 1"}) {
            assertEquals("PINNED", answer(dialogue(ClientState.STRICT), command));
        }
    }

    private static String answer(Dialogue dialogue, String command) {
        var in = Unpooled.copiedBuffer(Dialogue.command(command), ISO_8859_1);
        String routing = dialogue.decoder.next(in, false).name();
        return routing.equals("ANSWERED")
                ? routing + " " + dialogue.decoder.reply(in.alloc()).toString(ISO_8859_1)
                : routing;
    }

    @Test
    void strictClientsSeeWhatRedisSaysAndKeepTheirConnection() {
        for (String command : new String[] {"CLIENT ID", "CLIENT GETNAME", "CLIENT SETNAME x", "HELLO 3"}) {
            Dialogue dialogue = dialogue(ClientState.STRICT);
            dialogue.send(command, null);
            dialogue.play("< :77\n? no\n> CLIENT KILL ID 5\n< :0\n= CLOSE");
        }
    }
}
