package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.ClientState;
import io.boxcar.proxy.core.Routing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RedisRequestDecoderTest {
    private static final String TRANSACTION = commands("MULTI", "SET a 1", "GET b", "EXEC");

    private static RedisRequestDecoder decoder(long slowAboveBytes) {
        return decoder(RedisCommands.load(slowAboveBytes));
    }

    private static RedisRequestDecoder decoder(RedisCommands commands) {
        return new RedisRequestDecoder(
                commands,
                Dialogue.limits(),
                ClientState.VIRTUAL,
                ClientProfile.first(RedisIdentity.BARE, new ClientDirectory(), new StubClient()),
                null);
    }

    private static String commands(String... lines) {
        StringBuilder all = new StringBuilder();
        for (String line : lines) {
            all.append(Dialogue.command(line));
        }
        return all.toString();
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, ISO_8859_1);
    }

    /** All that is found, with the number of requests; each is looked at twice, as if it could not be taken at first. */
    private static List<String> all(RedisRequestDecoder decoder, String text, boolean pinned) {
        ByteBuf in = bytes(text);
        List<String> found = new ArrayList<>();
        while (true) {
            String first = next(decoder, in, pinned);
            assertEquals(first, next(decoder, in, pinned), "found again");
            if (decoder.length() < 0 || !in.isReadable() || first.startsWith("REFUSED")) {
                if (!first.startsWith("INCOMPLETE")) {
                    found.add(first);
                }
                return found;
            }
            found.add(first);
            in.skipBytes(decoder.length());
        }
    }

    private static String next(RedisRequestDecoder decoder, ByteBuf in, boolean pinned) {
        Routing routing = decoder.next(in, pinned);
        return routing + " " + decoder.count() + (decoder.isTransaction() ? " transaction" : "")
                + (decoder.isRepeatable() ? "" : " once") + (decoder.isSlow() ? " slow" : "");
    }

    private static List<String> all(String... lines) {
        return all(decoder(0), commands(lines), false);
    }

    @Test
    void gathersRunsBetweenWhatTravelsOtherwise() {
        assertEquals(
                List.of("SHARED 3 once", "PINNED 1", "SHARED 1", "ANSWERED 1", "CONTROL 1", "SHARED 2"),
                all("SET a 1", "GET a", "PING", "SELECT 1", "GET a", "CLIENT ID", "SCRIPT KILL", "GET a", "GET b"));
        assertEquals(List.of("SHARED 1", "ANSWERED_THEN_CLOSE 1", "SHARED 1"), all("GET a", "QUIT", "GET a"));
    }

    @Test
    void findsTheSameWhereverTheBytesAreCut() {
        String text = commands("SET a 1", "GET a", "SELECT 1", "GET bb", "BLPOP l 0") + "\r\n*0\r\nget x\r\n";
        for (int cut = 1; cut < text.length(); cut++) {
            RedisRequestDecoder decoder = decoder(0);
            ByteBuf in = Unpooled.buffer().writeBytes(bytes(text.substring(0, cut)));
            StringBuilder found = new StringBuilder();
            int requests = 0;
            for (boolean rest : new boolean[] {false, true}) {
                Routing routing;
                while ((routing = decoder.next(in, false)) != Routing.INCOMPLETE) {
                    found.append(routing == Routing.SHARED ? "s".repeat(decoder.count()) : "p");
                    requests += decoder.count();
                    in.skipBytes(decoder.length());
                }
                if (!rest) {
                    in.writeBytes(bytes(text.substring(cut)));
                }
            }
            assertEquals("sspsps", found.toString(), "cut at " + cut);
            assertEquals(6, requests);
        }
    }

    @Test
    void refusesWhatRedisRefusesBehindTheRunBeforeIt() {
        assertEquals(List.of("SHARED 1", "REFUSED 1"), all(decoder(0), commands("GET a") + "*1\r\n!3\r\n", false));
        RedisRequestDecoder decoder = decoder(0);
        assertEquals(List.of("REFUSED 1"), all(decoder, "*1\r\n!3\r\n", false));
        assertEquals(
                "-ERR Protocol error: expected '$', got '!'\r\n",
                decoder.reply(Unpooled.EMPTY_BUFFER.alloc()).toString(ISO_8859_1));
        String tooLong = commands("SET a " + "v".repeat(70_000));
        assertEquals(List.of("SHARED 1", "REFUSED 1"), all(decoder(0), commands("GET a") + tooLong, false));
        assertEquals(List.of("REFUSED 1"), all(decoder(0), tooLong.substring(0, 1000), false));
        assertEquals(List.of("PINNED 1"), all(decoder(0), tooLong, true));
    }

    // ---- pinned ----

    @Test
    void findsRequestsOneByOneWhilePinned() {
        assertEquals(
                List.of("PINNED 1", "PINNED 1", "PINNED 1", "PINNED 1", "CONTROL 1"),
                all(
                        decoder(0),
                        commands("GET a", "MULTI") + "\r\n" + commands("CLIENT ID", "QUIT", "SCRIPT KILL"),
                        true));
    }

    @Test
    void relaysALongRequestAsItComes() {
        String text = commands("SET a " + "v".repeat(2000), "GET a");
        int end = text.indexOf("*2");
        for (int cut = 40; cut < end; cut++) {
            RedisRequestDecoder decoder = decoder(0);
            ByteBuf in = bytes(text.substring(0, cut));
            assertEquals(Routing.PINNED, decoder.next(in, false));
            assertEquals(-1, decoder.length());
            assertEquals(Routing.PINNED, decoder.next(in, true));
            assertEquals(cut, decoder.relay(in));
            assertFalse(decoder.relayEnded());
            ByteBuf rest = bytes(text.substring(cut));
            assertEquals(end - cut, decoder.relay(rest));
            assertTrue(decoder.relayEnded());
            rest.skipBytes(end - cut);
            assertEquals(Routing.SHARED, decoder.next(rest, false));
        }
    }

    @Test
    void passesBytesThatAreNoRequestOnWhilePinned() {
        RedisRequestDecoder decoder = decoder(0);
        ByteBuf in = bytes(commands("GET a") + "*1\r\n!3\r\n" + commands("GET a"));
        assertEquals(Routing.PINNED, decoder.next(in, true));
        in.skipBytes(decoder.length());
        assertEquals(Routing.PINNED, decoder.next(in, true));
        assertEquals(-1, decoder.length());
        assertEquals(in.readableBytes(), decoder.relay(in));
        assertFalse(decoder.relayEnded());
    }

    // ---- transactions ----

    @Test
    void aWholeTransactionIsSharedInOnePiece() {
        assertEquals(
                List.of("SHARED 1", "SHARED 4 transaction once", "SHARED 1"),
                all("GET a", "MULTI", "SET a 1", "GET b", "EXEC", "GET c"));
        assertEquals(List.of("SHARED 3 transaction"), all("MULTI", "GET a", "EXEC"));
        assertEquals(List.of("SHARED 3 transaction"), all("multi", "SET a 1", "discard"));
        assertEquals(List.of("SHARED 2 transaction", "SHARED 2 transaction"), all("MULTI", "EXEC", "MULTI", "EXEC"));
    }

    @Test
    void aTransactionThatIsNotThereYetPinsAtOnce() {
        for (int cut = Dialogue.command("MULTI").length(); cut < TRANSACTION.length(); cut++) {
            RedisRequestDecoder decoder = decoder(0);
            ByteBuf in = Unpooled.buffer().writeBytes(bytes(TRANSACTION.substring(0, cut)));
            assertEquals("PINNED 1", next(decoder, in, false), "cut at " + cut);
            assertEquals(Dialogue.command("MULTI").length(), decoder.length());
            assertEquals("PINNED 1", next(decoder, in, true));
            in.skipBytes(decoder.length()).writeBytes(bytes(TRANSACTION.substring(cut)));
            for (int i = 0; i < 3; i++) {
                assertEquals("PINNED 1", next(decoder, in, true));
                in.skipBytes(decoder.length());
            }
            assertFalse(in.isReadable());
        }
    }

    @Test
    void aTransactionWithAnythingButSharedRequestsPins() {
        for (String inside : new String[] {
            "BLPOP l 0",
            "CLIENT SETNAME x",
            "SELECT 1",
            "WATCH a",
            "MULTI",
            "NOSUCH",
            "QUIT",
            "SUBSCRIBE c",
            "EXEC now",
            "POST /"
        }) {
            assertEquals("PINNED 1", all("MULTI", "GET a", inside, "EXEC").getFirst(), inside);
        }
        assertEquals("PINNED 1", all("MULTI now", "EXEC").getFirst());
        String broken = commands("MULTI", "GET a") + "*1\r\n!\r\n";
        assertEquals("PINNED 1", all(decoder(0), broken, false).getFirst());
    }

    @Test
    void aTransactionThatIsTooLongPins() {
        String most = commands("MULTI") + commands("GET a").repeat(9_998) + commands("EXEC");
        assertEquals(List.of("SHARED 10000 transaction"), all(decoder(0), most, false));
        assertEquals(
                "PINNED 1",
                next(decoder(0), bytes(most.replace("*1\r\n$4\r\nEXEC", "get b\r\n*1\r\n$4\r\nEXEC")), false));
        String long1 = commands("MULTI") + commands("SET a " + "v".repeat(1000)).repeat(1100) + commands("EXEC");
        assertEquals("PINNED 1", next(decoder(0), bytes(long1), false));
    }

    // ---- slow ----

    @Test
    void aRunIsEitherSlowOrNot() {
        RedisCommands commands = RedisCommands.load(1000);
        assertEquals(
                List.of("SHARED 2", "SHARED 2 slow", "SHARED 1", "SHARED 3 transaction slow"),
                all(
                        decoder(commands),
                        commands("GET a", "GET b", "KEYS *", "SORT_RO l", "GET a", "MULTI", "KEYS *", "EXEC"),
                        false));
        assertEquals(List.of("SHARED 2"), all("KEYS *", "GET a"));
    }

    @Test
    void learnsWhichRepliesAreLong() {
        RedisCommands commands = RedisCommands.load(1000);
        RedisRequestDecoder decoder = decoder(commands);
        ByteBuf in = bytes(commands("HGETALL h"));
        assertEquals("SHARED 1", next(decoder, in, false));
        for (int i = 0; i < 100; i++) {
            commands.sizes().learn(decoder.kind(), 2000);
        }
        assertEquals("SHARED 1 slow", next(decoder, in, false));
        assertEquals("SHARED 1", next(decoder, bytes(commands("GET h")), false));
        for (int i = 0; i < 100; i++) {
            commands.sizes().learn(decoder.kind(), 10);
        }
        commands.sizes().learn(CommandTable.ABSENT, 10);
    }
}
