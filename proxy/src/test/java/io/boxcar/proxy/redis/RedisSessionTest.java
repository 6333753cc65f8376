package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.boxcar.proxy.config.ClientState;
import io.boxcar.proxy.core.PinnedSession;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

final class RedisSessionTest {
    private static final RedisIdentity RESP3 = RedisIdentity.BARE.withResp(3);
    private static final RedisIdentity WITH_PASSWORD = RedisIdentity.BARE.withCredentials("app", "secret");

    /** Longer than any cut that makes a difference. */
    private static final int MAX_CUT = 64;

    private static void play(String script) {
        play(RedisIdentity.BARE, ClientState.VIRTUAL, script);
    }

    private static void play(RedisIdentity initial, ClientState clientState, String script) {
        for (int cut = 0; cut <= MAX_CUT; cut++) {
            new Dialogue(initial, clientState, cut).play(script);
        }
    }

    private static Dialogue after(String script) {
        Dialogue dialogue = new Dialogue(RedisIdentity.BARE, ClientState.VIRTUAL, 0);
        dialogue.play(script);
        return dialogue;
    }

    // ---- one command ----

    @Test
    void sharesAgainAfterOneBlockingCommand() {
        play("""
                ! BLPOP k 0
                # 1
                < *2\\r\\n$1\\r\\nk\\r\\n$1\\r\\nv
                # 0
                ? yes
                = AS_IS
                """);
    }

    @Test
    void sharesAgainAfterAnError() {
        play("""
                ! BLPOP k
                < -ERR wrong number of arguments for 'blpop' command
                = AS_IS
                """);
    }

    // ---- transactions ----

    @Test
    void isHeldFromWatchToExec() {
        play("""
                > WATCH k
                > GET k
                < +OK
                ? no
                < $1\\r\\n1
                > MULTI
                < +OK
                > SET k 2
                < +QUEUED
                ! EXEC
                ? no
                < *1\\r\\n+OK
                ? yes
                = AS_IS
                """);
    }

    @Test
    void isHeldUntilTheNullOfAFailedExec() {
        play("""
                > WATCH k
                > MULTI
                ! EXEC
                # 3
                < +OK
                < +OK
                < *-1
                = AS_IS
                """);
    }

    @Test
    void anErrorInsideATransactionDoesNotEndIt() {
        play("""
                > MULTI
                < +OK
                > NOSUCH
                < -ERR unknown command 'NOSUCH', with args beginning with:\\x20
                ? no
                ! EXEC
                < -EXECABORT Transaction discarded because of previous errors.
                ? yes
                = AS_IS
                """);
    }

    @Test
    void discardAndUnwatchClear() {
        play("""
                > WATCH k
                < +OK
                ! UNWATCH
                < +OK
                ? yes
                > MULTI
                < +OK
                ! DISCARD
                < +OK
                = AS_IS
                """);
    }

    @Test
    void unwatchInsideATransactionClearsNothing() {
        play("""
                > WATCH k
                < +OK
                > MULTI
                < +OK
                ! UNWATCH
                < +QUEUED
                ? no
                = RESET
                """);
    }

    @Test
    void execWithoutMultiLeavesWhatIsWatched() {
        play("""
                > WATCH k
                < +OK
                ! EXEC
                < -ERR EXEC without MULTI
                ? no
                = RESET
                """);
    }

    @Test
    void anExecThatWasNotUnderstoodLeavesTheTransactionOpen() {
        play("""
                > MULTI
                < +OK
                ! EXEC now
                < -ERR wrong number of arguments for 'exec' command
                ? no
                ! EXEC
                < -MOVED 1 10.0.0.1:6379
                ? yes
                = AS_IS
                """);
    }

    @Test
    void aChangeOfIdentityInsideATransactionIsKeptForLife() {
        play("""
                > MULTI
                < +OK
                ! SELECT 1
                < +QUEUED
                ! EXEC
                < *1\\r\\n+OK
                ? no
                = CLOSE
                """);
    }

    // ---- identity ----

    @Test
    void changesTheIdentityWhenRedisSaysSo() {
        Dialogue dialogue = after("""
                ! SELECT 3
                < +OK
                ! AUTH bob secret
                < +OK
                ! SELECT 99
                < -ERR DB index is out of range
                ! AUTH wrong
                < -WRONGPASS invalid username-password pair or user is disabled.
                ? yes
                = AS_IS
                """);
        assertEquals(new RedisIdentity(3, "bob", "secret", 2, false), dialogue.identity());
    }

    @Test
    void helloChangesVersionCredentialsAndNameAtOnce() {
        Dialogue dialogue = after("""
                ! HELLO 3 AUTH bob secret SETNAME web
                < %2\\r\\n$5\\r\\nproto\\r\\n:3\\r\\n$2\\r\\nid\\r\\n:77 => %2\\r\\n$5\\r\\nproto\\r\\n:3\\r\\n$2\\r\\nid\\r\\n:1099511627776
                ? yes
                """);
        assertEquals(new RedisIdentity(0, "bob", "secret", 3, false), dialogue.identity());
        Standing standing = (Standing) dialogue.session().standing();
        assertEquals("web", standing.name());
        assertEquals(dialogue.identity(), standing.identity());
    }

    @Test
    void rewritesHelloInBothVersions() {
        play("""
                ! HELLO
                < *4\\r\\n$2\\r\\nid\\r\\n:77\\r\\n$4\\r\\nmode\\r\\n$1\\r\\nx => *4\\r\\n$2\\r\\nid\\r\\n:1099511627776\\r\\n$4\\r\\nmode\\r\\n$1\\r\\nx
                = AS_IS
                """);
        play("""
                > HELLO 4
                < -NOPROTO unsupported protocol version
                = AS_IS
                """);
    }

    @Test
    void aHelloThatMayBeHalfDoneIsKeptForLife() {
        play("""
                ! HELLO 3 AUTH u p SETNAME x
                < -WRONGPASS invalid username-password pair or user is disabled.
                ? yes
                = AS_IS
                """);
        play("""
                ! HELLO 3 AUTH u p SETNAME \\x01
                < -ERR Client names cannot contain spaces, newlines or special characters.
                = CLOSE
                """);
        play("""
                ! HELLO 3 SETNAME x
                < -NOAUTH HELLO must be called with the client already authenticated
                ? yes
                = RESET
                """);
    }

    @Test
    void resetMakesEverythingInitial() {
        Dialogue dialogue = after("""
                ! SELECT 3
                < +OK
                ! CLIENT SETNAME me
                < +OK
                > WATCH k
                < +OK
                > SUBSCRIBE c
                < *3\\r\\n$9\\r\\nsubscribe\\r\\n$1\\r\\nc\\r\\n:1
                ! RESET
                < +RESET
                ? yes
                = AS_IS
                """);
        assertEquals(RedisIdentity.BARE, dialogue.identity());
    }

    @Test
    void authenticatesAgainBehindResetIfClientsDoNotDoItThemselves() {
        play(WITH_PASSWORD, ClientState.VIRTUAL, """
                ! RESET => RESET & AUTH app secret
                # 2
                < +RESET
                # 1
                < +OK => nothing
                # 0
                ? yes
                = AS_IS
                """);
    }

    // ---- subscriptions ----

    @Test
    void countsSubscriptionsByTheAcknowledgements() {
        play("""
                > SUBSCRIBE a b
                # 1
                < *3\\r\\n$9\\r\\nsubscribe\\r\\n$1\\r\\na\\r\\n:1
                # 1
                < *3\\r\\n$9\\r\\nsubscribe\\r\\n$1\\r\\nb\\r\\n:2
                # 0
                > PSUBSCRIBE p*
                < *3\\r\\n$7\\r\\nmessage\\r\\n$1\\r\\na\\r\\n$1\\r\\n1
                < *3\\r\\n$10\\r\\npsubscribe\\r\\n$2\\r\\np*\\r\\n:3
                < *4\\r\\n$8\\r\\npmessage\\r\\n$2\\r\\np*\\r\\n$1\\r\\np\\r\\n$1\\r\\n1
                # 0
                ! UNSUBSCRIBE
                < *3\\r\\n$11\\r\\nunsubscribe\\r\\n$1\\r\\na\\r\\n:2
                # 1
                < *3\\r\\n$11\\r\\nunsubscribe\\r\\n$1\\r\\nb\\r\\n:1
                # 0
                ? no
                ! PUNSUBSCRIBE p*
                < *3\\r\\n$12\\r\\npunsubscribe\\r\\n$2\\r\\np*\\r\\n:0
                # 0
                ? yes
                = AS_IS
                """);
    }

    @Test
    void unsubscribingFromNothingIsAnsweredOnce() {
        play("""
                ! UNSUBSCRIBE
                < *3\\r\\n$11\\r\\nunsubscribe\\r\\n$-1\\r\\n:0
                # 0
                ! PUNSUBSCRIBE
                ! SUNSUBSCRIBE a b
                < *3\\r\\n$12\\r\\npunsubscribe\\r\\n$-1\\r\\n:0
                # 1
                < *3\\r\\n$12\\r\\nsunsubscribe\\r\\n$1\\r\\na\\r\\n:0
                # 1
                < *3\\r\\n$12\\r\\nsunsubscribe\\r\\n$1\\r\\nb\\r\\n:0
                = AS_IS
                """);
    }

    @Test
    void anErrorAnswersAWholeSubscription() {
        play("""
                > SUBSCRIBE a b c
                < -NOPERM this user has no permissions to access one of the channels used as arguments
                # 0
                ? yes
                = AS_IS
                """);
    }

    @Test
    void pingWhileSubscribedIsAnAnswer() {
        play("""
                > SUBSCRIBE a
                < *3\\r\\n$9\\r\\nsubscribe\\r\\n$1\\r\\na\\r\\n:1
                > PING
                < *3\\r\\n$7\\r\\nmessage\\r\\n$1\\r\\na\\r\\n$1\\r\\nx
                # 1
                < *2\\r\\n$4\\r\\npong\\r\\n$0\\r\\n
                # 0
                > GET k
                < -ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context
                # 0
                = RESET
                """);
    }

    @Test
    void aListThatLooksLikeAMessageIsAnAnswer() {
        play("""
                > WATCH k
                < +OK
                > LRANGE l 0 -1
                < *3\\r\\n$7\\r\\nmessage\\r\\n$1\\r\\na\\r\\n:1
                # 0
                > LRANGE l 0 -1
                < *3\\r\\n$9\\r\\nsubscribe\\r\\n$1\\r\\na\\r\\n:1
                # 0
                ! UNWATCH
                < +OK
                ? yes
                = AS_IS
                """);
    }

    @Test
    void theClusterTakesShardChannelsAway() {
        play("""
                > SSUBSCRIBE a b
                < *3\\r\\n$10\\r\\nssubscribe\\r\\n$1\\r\\na\\r\\n:1
                < *3\\r\\n$10\\r\\nssubscribe\\r\\n$1\\r\\nb\\r\\n:2
                < *3\\r\\n$12\\r\\nsunsubscribe\\r\\n$1\\r\\na\\r\\n:1
                < *3\\r\\n$8\\r\\nsmessage\\r\\n$1\\r\\nb\\r\\n$1\\r\\n1
                ? no
                < *3\\r\\n$12\\r\\nsunsubscribe\\r\\n$1\\r\\nb\\r\\n:0
                # 0
                ? yes
                = AS_IS
                """);
    }

    @Test
    void pushesAnswerNothingButSubscriptions() {
        play(RESP3, ClientState.VIRTUAL, """
                > SUBSCRIBE a
                < >3\\r\\n$9\\r\\nsubscribe\\r\\n$1\\r\\na\\r\\n:1
                > GET k
                < >3\\r\\n$7\\r\\nmessage\\r\\n$1\\r\\na\\r\\n$1\\r\\nx
                # 1
                < $1\\r\\nv
                # 0
                < >2\\r\\n$10\\r\\ninvalidate\\r\\n*1\\r\\n$1\\r\\nk
                # 0
                > LRANGE l 0 -1
                < *3\\r\\n$7\\r\\nmessage\\r\\n$1\\r\\na\\r\\n$1\\r\\nx
                # 0
                ! UNSUBSCRIBE a
                < >3\\r\\n$11\\r\\nunsubscribe\\r\\n$1\\r\\na\\r\\n:0
                ? yes
                = AS_IS
                """);
    }

    @Test
    void aSubscriptionInsideATransactionMakesBlind() {
        play("""
                > MULTI
                < +OK
                > SUBSCRIBE a b
                < +QUEUED
                > EXEC
                # 0
                < *2\\r\\n*3\\r\\n$9\\r\\nsubscribe\\r\\n$1\\r\\na\\r\\n:1
                = CLOSE
                """);
    }

    // ---- state of the connection ----

    @Test
    void trackingIsHeldUntilItIsOff() {
        play(RESP3, ClientState.VIRTUAL, """
                > CLIENT TRACKING ON BCAST
                < +OK
                ? no
                > CLIENT CACHING YES
                < -ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.
                ! CLIENT TRACKING OFF
                < +OK
                ? yes
                > CLIENT TRACKING ON
                < +OK
                = RESET
                """);
        play("""
                > CLIENT TRACKING ON REDIRECT 5
                < -ERR The client ID you want redirect to does not exist
                ? yes
                = AS_IS
                """);
    }

    @Test
    void readonlyIsHeldAndAskingIsForOneCommand() {
        play("""
                > READONLY
                < +OK
                ? no
                ! READWRITE
                < +OK
                ? yes
                > ASKING
                < +OK
                ? no
                > GET k
                < $-1
                ? yes
                > READONLY
                < -ERR This instance has cluster support disabled
                ? yes
                = AS_IS
                """);
    }

    @Test
    void someStateIsForLife() {
        for (String command :
                new String[] {"CLIENT NO-EVICT ON", "CLIENT NO-TOUCH ON", "DEBUG PROTOCOL push", "MYMODULE.X"}) {
            play("> " + command + "\n< +OK\n# 0\n? no\n= CLOSE");
            play("> " + command + "\n< -ERR no\n# 0\n? yes\n= AS_IS");
        }
        play("> WATCH k\n< +OK\n> QUIT\n< +OK\n? no\n= CLOSE");
    }

    @Test
    void isBlindBehindWhatHasNoAnswersOfItsOwn() {
        for (String command :
                new String[] {"MONITOR", "PSYNC ? -1", "CLIENT REPLY OFF", "CLIENT REPLY SKIP", "SCRIPT DEBUG YES"}) {
            play("""
                    ! CLIENT GETREDIR
                    > COMMAND
                    # 1
                    > GET k
                    # 1
                    < :77 => :1099511627776
                    # 0
                    < +1.2 [0 127.0.0.1:5] "get" "k"
                    < $1\\r\\nv
                    # 0
                    ? no
                    = CLOSE
                    """.replace("COMMAND", command));
        }
        play("! CLIENT REPLY ON\n< +OK\n? yes\n= AS_IS");
    }

    @Test
    void isBlindBehindWhatIsNotUnderstood() {
        Dialogue dialogue = after("> WATCH k");
        ByteBuf in = Unpooled.copiedBuffer("what?\r\n", ISO_8859_1);
        assertEquals(PinnedSession.BROKEN, dialogue.session().receive(in, 0, in.writerIndex()));
        assertEquals(0, dialogue.session().outstanding());
        dialogue.play("? no\n= CLOSE");
    }

    @Test
    void whatComesUnaskedIsPassedOnButTheConnectionIsClosed() {
        play("""
                > WATCH k
                < +OK
                < -ERR something happened
                # 0
                = CLOSE
                """);
    }

    @Test
    void aConnectionWithSomethingOutstandingIsClosed() {
        play("! BLPOP k 0\n= CLOSE");
        Dialogue dialogue = after("> WATCH k\n< +OK");
        ByteBuf part = Unpooled.copiedBuffer(">2\r\n$7\r\nmess", ISO_8859_1);
        assertEquals(part.writerIndex(), dialogue.session().receive(part, 0, part.writerIndex()));
        assertFalse(dialogue.session().messageEnded());
        dialogue.play("= CLOSE");
    }
}
