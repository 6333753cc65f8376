package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.ClientState;
import io.boxcar.proxy.config.ListenerLimits;
import io.boxcar.proxy.core.PinnedSession;
import io.boxcar.proxy.core.Routing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Plays a script with a client's decoder and session, in the place of the data path. Each line is one step:
 *
 * <pre>
 *   > GET k              the client sends it, and it goes upstream over the pinned connection, unchanged
 *   > CLIENT ID => X     ..., or as X
 *   ! GET k              the same, but the next request must wait until all is answered
 *   < +OK                Redis says it, and the client gets it
 *   < :7 => :8           ..., or gets that, or "nothing"
 *   # 2                  so many requests are outstanding
 *   ? no, ? yes          whether the client may share, for all that is known
 *   = AS_IS              how the connection is given back; at the end of a script
 * </pre>
 * Redis's lines have their last CR LF left out, and each of its messages is cut into two reads at {@code cut}.
 */
final class Dialogue {
    static final long REAL_ID = 77;

    final ClientDirectory directory = new ClientDirectory();
    final StubClient client = new StubClient();
    final ClientDirectory.Entry self;
    final RedisRequestDecoder decoder;
    private final int cut;
    private boolean pinned;
    /** What is known of the connection that is lent. */
    long standingId = REAL_ID;

    Dialogue(RedisIdentity initial, ClientState clientState, int cut) {
        this.cut = cut;
        ClientProfile profile = ClientProfile.first(initial, directory, client);
        this.self = profile.self();
        this.decoder = new RedisRequestDecoder(RedisCommands.load(0), limits(), clientState, profile, null);
    }

    static ListenerLimits limits() {
        return new ListenerLimits(10, 10, 1 << 20, 1 << 20, 1024, 64 * 1024, 0, 0);
    }

    static String command(String line) {
        ByteBuf out = Unpooled.buffer();
        RequestWriter.write(out, line.isEmpty() ? new String[0] : line.split(" "));
        return out.toString(ISO_8859_1);
    }

    PinnedSession session() {
        return decoder.session();
    }

    void play(String script) {
        script.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(this::step);
    }

    private void step(String line) {
        String[] both = line.substring(1).strip().split(" => ", 2);
        String second = both.length > 1 ? both[1] : null;
        switch (line.charAt(0)) {
            case '>' -> assertFalse(send(both[0], second), line + " must not wait");
            case '!' -> assertTrue(send(both[0], second), line + " must wait");
            case '<' -> receive(both[0], second, line);
            case '#' -> assertEquals(Integer.parseInt(both[0]), session().outstanding());
            case '?' -> assertEquals(both[0].equals("yes"), session().mayShare(), line);
            case '=' -> {
                assertEquals(both[0], session().giveBack().name());
                session().ended();
                assertTrue(session().mayShare());
                pinned = false;
            }
            default -> throw new IllegalArgumentException(line);
        }
    }

    /** Finds the one request of the line and sends it upstream; says whether the next one waits. */
    boolean send(String line, @Nullable String expectedUpstream) {
        String request = command(line);
        ByteBuf in = Unpooled.copiedBuffer(request, ISO_8859_1);
        Routing routing = decoder.next(in, pinned);
        assertTrue(routing == Routing.PINNED || routing == Routing.CONTROL, line + " is " + routing);
        assertEquals(in.readableBytes(), decoder.length(), line);
        if (!pinned) {
            lend(new Standing(identity(), "", "", "", standingId));
        }
        ByteBuf replacement = session().sent();
        assertEquals(
                expectedUpstream == null
                        ? "unchanged"
                        : String.join(
                                "",
                                Arrays.stream(expectedUpstream.split(" & "))
                                        .map(Dialogue::command)
                                        .toList()),
                replacement == null ? "unchanged" : replacement.toString(ISO_8859_1),
                line);
        return session().awaitsResponses();
    }

    private void lend(Standing standing) {
        ByteBuf out = Unpooled.buffer();
        int count = session().greet(standing, false, out);
        if (count > 0) {
            assertEquals(null, session().greeted(Unpooled.copiedBuffer("+OK\r\n".repeat(count), ISO_8859_1)));
        }
        pinned = true;
    }

    /** One message in two pieces; the client gets it whole. */
    private void receive(String escaped, @Nullable String expected, String line) {
        byte[] bytes = Corpus.bytes(escaped + "\\r\\n");
        boolean rewrites = session().rewritesNext();
        int first = Math.min(cut, bytes.length - 1);
        if (first > 0) {
            ByteBuf piece = Unpooled.wrappedBuffer(bytes, 0, first);
            assertEquals(first, session().receive(piece, 0, first), line);
        }
        ByteBuf rest = Unpooled.wrappedBuffer(bytes);
        assertEquals(bytes.length, session().receive(rest, first, bytes.length), line);
        assertTrue(session().messageEnded(), line);
        String got = rewrites
                ? session().rewritten(Unpooled.copiedBuffer(bytes)).toString(ISO_8859_1)
                : new String(bytes, ISO_8859_1);
        String wanted = expected == null ? escaped : expected;
        assertEquals(
                wanted.equals("nothing") ? "" : new String(Corpus.bytes(wanted + "\\r\\n"), ISO_8859_1), got, line);
    }

    RedisIdentity identity() {
        return (RedisIdentity) Objects.requireNonNull(decoder.identity());
    }
}
