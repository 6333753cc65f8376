package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.util.ResourceLeakDetector;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class RequestScannerTest {
    private static final Corpus CORPUS = Corpus.load("requests.txt");

    @BeforeAll
    static void watchForLeaks() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    }

    @Test
    void meansWhatTheCorpusSays() {
        for (Corpus.Entry entry : CORPUS.entries()) {
            RequestScan scan = RequestScan.of(entry.bytes(), Pieces.WHOLE, Limits.REDIS);
            assertEquals(entry.expected(), scan.describe(), entry.line());
            RequestScannerFuzz.compare(
                    entry.bytes(), scan, new NaiveRequestParser(entry.bytes(), Limits.REDIS), entry.line());
        }
    }

    @Test
    void meansTheSameWhereverItIsCut() {
        for (Corpus.Entry entry : CORPUS.entries()) {
            byte[] bytes = entry.bytes();
            RequestScan whole = RequestScan.of(bytes, Pieces.WHOLE, Limits.REDIS);
            for (int cut = 1; cut < bytes.length; cut++) {
                assertEquals(whole, RequestScan.of(bytes, Pieces.at(cut), Limits.REDIS), entry.line() + " at " + cut);
            }
            assertEquals(whole, RequestScan.of(bytes, Pieces.singleBytes(bytes.length), Limits.REDIS), entry.line());
        }
    }

    @Test
    void everyPrefixIsIncompleteOrWhatTheNaiveParserSays() {
        for (Corpus.Entry entry : CORPUS.entries()) {
            for (int length = 0; length < entry.bytes().length; length++) {
                byte[] prefix = Arrays.copyOf(entry.bytes(), length);
                RequestScannerFuzz.compare(
                        prefix,
                        RequestScan.of(prefix, Pieces.WHOLE, Limits.REDIS),
                        new NaiveRequestParser(prefix, Limits.REDIS),
                        entry.line() + " first " + length);
            }
        }
    }

    @Test
    void agreesWithTheNaiveParserOnRandomInput() {
        long seed = Long.getLong("boxcar.fuzz.seed", System.nanoTime());
        System.out.println("RequestScannerFuzz seed " + seed);
        RequestScannerFuzz.run(seed, Integer.getInteger("boxcar.fuzz.rounds", 50_000));
    }

    @Test
    void leavesAPooledDirectBufferAlone() {
        ByteBuf in = PooledByteBufAllocator.DEFAULT.directBuffer();
        in.writeCharSequence("??*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n??", US_ASCII);
        RequestScanner scanner = new RequestScanner(Limits.REDIS);
        int end = scanner.scan(in, 2, in.writerIndex() - 2);
        assertEquals(2 + 22, end + 2);
        assertEquals(end + 6, scanner.scan(in, end, in.writerIndex() - 2));
        assertEquals(0, in.readerIndex());
        assertEquals(1, in.refCnt());
        in.release();
    }

    @Test
    void knowsTheNameAndTheSizeOfALargeRequestBeforeItHasArrived() {
        ByteBuf in = Unpooled.copiedBuffer("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\nab", US_ASCII);
        RequestScanner scanner = new RequestScanner(Limits.REDIS);
        assertEquals(RequestScanner.INCOMPLETE, scanner.scan(in, 0, 6));
        assertEquals(-1, scanner.nameLength());
        assertEquals(RequestScanner.INCOMPLETE, scanner.scan(in, 6, 10));
        assertEquals(8, scanner.nameOffset());
        assertEquals(3, scanner.nameLength());
        assertEquals(13, scanner.knownBytes());
        assertEquals(-1, scanner.subnameLength());
        assertEquals(RequestScanner.INCOMPLETE, scanner.scan(in, 10, in.writerIndex()));
        assertEquals(17, scanner.subnameOffset());
        assertEquals(in.writerIndex() - 2 + 536870912L + 2, scanner.knownBytes());
        assertFalse(scanner.atBoundary());
        assertFalse(scanner.empty());
    }

    @Test
    void followsARequestBeyondFourGigabytes() {
        RequestScanner scanner = new RequestScanner(Limits.REDIS);
        ByteBuf header = Unpooled.copiedBuffer("$536870912\r\n", US_ASCII);
        ByteBuf zeros = Unpooled.wrappedBuffer(new byte[1 << 20]);
        ByteBuf start = Unpooled.copiedBuffer("*9\r\n", US_ASCII);
        scanner.scan(start, 0, 4);
        for (int argument = 0; argument < 9; argument++) {
            assertEquals(RequestScanner.INCOMPLETE, scanner.scan(header, 0, 12));
            for (int i = 0; i < 512; i++) {
                assertEquals(RequestScanner.INCOMPLETE, scanner.scan(zeros, 0, 1 << 20));
            }
            assertEquals(argument == 8 ? 2 : RequestScanner.INCOMPLETE, scanner.scan(zeros, 0, 2));
        }
        assertEquals(4 + 9 * (12 + 536870912L + 2), scanner.knownBytes());
        assertTrue(scanner.atBoundary());
    }

    @Test
    void refusesLinesThatNeverEnd() {
        assertEquals("incomplete", endOf("a", 65536, ""));
        assertEquals("", endOf("a", 65536, "\n"));
        assertEquals("error Protocol error: too big inline request", endOf("a", 65537, ""));
        assertEquals("error Protocol error: too big inline request", endOf("\0", 65537, ""));
        assertEquals("incomplete", endOf("*1", 65536, ""));
        assertEquals("error Protocol error: too big mbulk count string", endOf("*1", 65537, ""));
        assertEquals("incomplete", endOf("*1\r\n$1", 65536 + 4, ""));
        assertEquals("error Protocol error: too big bulk count string", endOf("*1\r\n$1", 65537 + 4, ""));
    }

    /** The end of a scan of the text, padded with its last character. */
    private static String endOf(String text, int length, String tail) {
        String last = text.substring(text.length() - 1);
        byte[] bytes = (text + last.repeat(length - text.length()) + tail).getBytes(US_ASCII);
        RequestScan whole = RequestScan.of(bytes, Pieces.WHOLE, Limits.REDIS);
        assertEquals(whole, RequestScan.of(bytes, Pieces.singleBytes(bytes.length), Limits.REDIS));
        return whole.end();
    }

    @Test
    void reportsNamesOfInlineRequestsOnlyWhereBytesAreTheMeaning() {
        assertEquals("GET", inlineName("  GET k\r\n"));
        assertEquals("GET", inlineName("\"GET\" k\r\n"));
        assertEquals("GET", inlineName("'GET' k\r\n"));
        assertEquals("G\\ET", inlineName("G\\ET k\r\n"));
        assertEquals("", inlineName("G\"ET\" k\r\n"));
        assertEquals("", inlineName("\"\\x47ET\" k\r\n"));
        assertEquals("", inlineName("'G\\'ET' k\r\n"));
        assertEquals("", inlineName("\"\" k\r\n"));
    }

    private static String inlineName(String request) {
        ByteBuf in = Unpooled.copiedBuffer(request, US_ASCII);
        RequestScanner scanner = new RequestScanner(Limits.REDIS);
        assertEquals(in.writerIndex(), scanner.scan(in, 0, in.writerIndex()));
        assertTrue(scanner.inline());
        assertEquals(2, scanner.argumentCount());
        assertEquals(1, scanner.subnameLength());
        assertEquals('k', in.getByte(scanner.subnameOffset()));
        return in.toString(scanner.nameOffset(), scanner.nameLength(), US_ASCII);
    }
}
