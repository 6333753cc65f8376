package io.boxcar.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Damaged messages: never an exception, the same in pieces as in one, and what is passed on is canonical. For longer runs set
 * {@code -Dboxcar.fuzz.rounds=N}, to repeat a failure {@code -Dboxcar.fuzz.seed=N}.
 */
final class HeadFuzzTest {
    private static final String[] FRAGMENTS = {
        "\r\n",
        "\r",
        "\n",
        " ",
        "\t",
        ":",
        ",",
        ";",
        "\0",
        "\u007f",
        "\u00ff",
        "0",
        "1",
        "a",
        "%",
        "%41",
        "[",
        "]",
        "@",
        "#",
        "/",
        "*",
        "\"",
        "\\",
        "=",
        "?",
        "HTTP/1.1",
        "HTTP/1.0",
        "HTTP/2.0",
        "http://h:1",
        "chunked",
        "Host: x\r\n",
        "Content-Length: 3\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Connection: close, X\r\n",
        "X: y\r\n",
        "\r\n\r\n",
        "Connection: upgrade\r\nUpgrade: websocket\r\n",
        "TE: trailers\r\n",
        "Max-Forwards: 3\r\n",
        "Keep-Alive: timeout=4\r\n",
        "OPTIONS",
        "CONNECT",
        "PRI",
        "Proxy-Connection: x\r\n",
        "HTTP2-Settings: z\r\n",
        "Expect: 100-continue\r\n"
    };
    private static final Pattern HOP_BY_HOP = Pattern.compile(
            "(connection|keep-alive|proxy-connection|te|transfer-encoding|upgrade|http2-settings) *:.*",
            Pattern.DOTALL);
    private static final HeadLimits SMALL = new HeadLimits(60, 150, 4);

    private final long seed = Long.getLong("boxcar.fuzz.seed", 1);
    private final int rounds = Integer.getInteger("boxcar.fuzz.rounds", 100_000);

    @Test
    void requestsMeanTheSameInPiecesAndArePassedOnClean() {
        fuzz(true, VectorsTest.requests());
    }

    @Test
    void responsesMeanTheSameInPiecesAndArePassedOnClean() {
        fuzz(false, VectorsTest.responses());
    }

    @Test
    void acceptsWhatRegularExpressionsOfTheGrammarAccept() {
        SplittableRandom random = new SplittableRandom(seed);
        List<Vectors.Vector> vectors = VectorsTest.requests();
        RequestHead head = new RequestHead(Messages.LIMITS);
        int accepted = 0;
        for (int round = 0; round < rounds; round++) {
            byte[] bytes =
                    mutate(random, vectors.get(random.nextInt(vectors.size())).bytes());
            String message = "seed " + seed + " round " + round + " " + Bytes.escape(bytes);
            String text = new String(bytes, ISO_8859_1);
            int start = text.startsWith("\r\n") ? 2 : 0;
            int end = text.indexOf("\r\n\r\n", start);
            NaiveRequest expected = end < 0 ? null : NaiveRequest.parse(text.substring(start, end));
            ByteBuf in = Unpooled.wrappedBuffer(bytes);
            ScanResult result = head.scan(in);
            if (result == ScanResult.INCOMPLETE) {
                assertTrue(end < 0, message);
                head = new RequestHead(Messages.LIMITS);
                continue;
            }
            assertEquals(expected != null, result == ScanResult.COMPLETE, message + " " + head.reason());
            if (expected != null) {
                accepted++;
                assertEquals(end + 4, head.length(), message);
                assertEquals(expected, naive(head, in), message);
            }
        }
        assertTrue(accepted > rounds / 10, "mutations leave something to accept: " + accepted);
    }

    /** What the scanner says in the terms of the naive parser. */
    private static NaiveRequest naive(RequestHead head, ByteBuf in) {
        String path = Messages.text(in, head.pathStart(), head.pathLength());
        return new NaiveRequest(
                Messages.text(in, head.methodStart(), head.methodLength()),
                head.isAsterisk() ? "*" : (head.isPathEmpty() ? "/" : "") + path,
                Messages.text(in, head.authorityStart(), head.authorityLength()),
                head.contentLength() < 0 ? null : BigInteger.valueOf(head.contentLength()),
                head.isChunked(),
                head.isPersistent());
    }

    private void fuzz(boolean requests, List<Vectors.Vector> vectors) {
        SplittableRandom random = new SplittableRandom(seed);
        List<byte[]> corpus = new ArrayList<>();
        vectors.forEach(vector -> corpus.add(vector.bytes()));
        int accepted = 0;
        for (int round = 0; round < rounds; round++) {
            byte[] bytes = mutate(random, corpus.get(random.nextInt(corpus.size())));
            HeadLimits limits = random.nextInt(4) == 0 ? SMALL : Messages.LIMITS;
            String message = "seed " + seed + " round " + round + " " + Bytes.escape(bytes);
            try {
                Messages whole = Messages.of(requests, bytes, limits);
                assertEquals(whole.toString(), inPieces(random, requests, bytes, limits), message);
                for (String head : whole.canonical()) {
                    accepted++;
                    clean(requests, head, message);
                }
            } catch (RuntimeException e) {
                throw new AssertionError(message, e);
            }
        }
        assertTrue(accepted > rounds / 10, "mutations leave something to accept: " + accepted);
    }

    private static String inPieces(SplittableRandom random, boolean requests, byte[] bytes, HeadLimits limits) {
        int[] cuts =
                random.ints(random.nextInt(1, 5), 0, bytes.length + 1).sorted().toArray();
        return Messages.of(requests, bytes, limits, cuts).toString();
    }

    private static void clean(boolean requests, String head, String message) {
        assertTrue(head.endsWith("\r\n\r\n"), message);
        String[] lines = head.substring(0, head.length() - 4).split("\r\n", -1);
        for (int line = 1; line < lines.length; line++) {
            String field = lines[line];
            assertFalse(HOP_BY_HOP.matcher(field.toLowerCase(Locale.ROOT)).matches(), message);
            assertTrue(field.indexOf(':') > 0 && field.indexOf('\r') < 0 && field.indexOf('\n') < 0, message);
        }
        ByteBuf in = Unpooled.wrappedBuffer(head.getBytes(ISO_8859_1));
        ByteBuf out = Unpooled.buffer();
        if (requests) {
            RequestHead again = new RequestHead(new HeadLimits(9000, 70000, 102));
            assertEquals(ScanResult.COMPLETE, again.scan(in), () -> message + " " + again.reason());
            assertEquals(head.length(), again.length(), message);
            assertEquals(1, again.minorVersion(), message);
            assertFalse(again.isChunked() || again.wantsUpgrade() || !again.isPersistent(), message);
            again.writeTo(in, out, null);
            if (again.maxForwards() < 1) {
                assertEquals(head, out.toString(ISO_8859_1), message);
            }
        } else {
            ResponseHead again = new ResponseHead(Messages.LIMITS);
            assertEquals(ScanResult.COMPLETE, again.scan(in), () -> message + " " + again.reason());
            assertEquals(head.length(), again.length(), message);
            assertFalse(again.isChunked() || !again.isPersistent(), message);
            again.writeTo(in, out);
            assertEquals(head, out.toString(ISO_8859_1), message);
        }
    }

    private static byte[] mutate(SplittableRandom random, byte[] valid) {
        StringBuilder text = new StringBuilder(new String(valid, ISO_8859_1));
        for (int i = random.nextInt(4); i > 0 && !text.isEmpty(); i--) {
            int at = random.nextInt(text.length());
            String fragment = FRAGMENTS[random.nextInt(FRAGMENTS.length)];
            switch (random.nextInt(6)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.setCharAt(at, (char) random.nextInt(256));
                case 2 -> text.replace(at, at + 1, fragment);
                case 3 -> afterLine(text, at, fragment);
                case 4 -> text.setLength(at);
                default -> text.insert(at, fragment);
            }
        }
        return text.toString().getBytes(ISO_8859_1);
    }

    private static void afterLine(StringBuilder text, int at, String fragment) {
        int lineEnd = text.indexOf("\r\n", at);
        text.insert(lineEnd < 0 ? at : lineEnd + 2, fragment);
    }
}
