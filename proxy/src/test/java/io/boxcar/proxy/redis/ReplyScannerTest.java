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

final class ReplyScannerTest {
    private static final Corpus CORPUS = Corpus.load("replies.txt");

    @BeforeAll
    static void watchForLeaks() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    }

    @Test
    void meansWhatTheCorpusSays() {
        for (Corpus.Entry entry : CORPUS.entries()) {
            ReplyScan scan = ReplyScan.of(entry.bytes(), Pieces.WHOLE, false);
            assertEquals(entry.expected(), scan.describe(), entry.line());
        }
    }

    @Test
    void meansTheSameWhereverItIsCut() {
        for (Corpus.Entry entry : CORPUS.entries()) {
            byte[] bytes = entry.bytes();
            ReplyScan whole = ReplyScan.of(bytes, Pieces.WHOLE, true);
            for (int cut = 1; cut < bytes.length; cut++) {
                assertEquals(whole, ReplyScan.of(bytes, Pieces.at(cut), true), entry.line() + " at " + cut);
            }
            assertEquals(whole, ReplyScan.of(bytes, Pieces.singleBytes(bytes.length), true), entry.line());
        }
    }

    @Test
    void everyPrefixIsWhatTheNaiveParserSays() {
        for (Corpus.Entry entry : CORPUS.entries()) {
            for (int length = 0; length <= entry.bytes().length; length++) {
                byte[] prefix = Arrays.copyOf(entry.bytes(), length);
                for (boolean pushesAllowed : new boolean[] {false, true}) {
                    ReplyScannerFuzz.compare(
                            ReplyScan.of(prefix, Pieces.WHOLE, pushesAllowed),
                            new NaiveReplyParser(prefix, ReplyScan.MAX_DEPTH, pushesAllowed),
                            entry.line() + " first " + length);
                }
            }
        }
    }

    @Test
    void agreesWithTheNaiveParserOnRandomInput() {
        long seed = Long.getLong("boxcar.fuzz.seed", System.nanoTime());
        System.out.println("ReplyScannerFuzz seed " + seed);
        ReplyScannerFuzz.run(seed, Integer.getInteger("boxcar.fuzz.rounds", 50_000));
    }

    @Test
    void stopsAfterTheRepliesAskedFor() {
        ByteBuf in = PooledByteBufAllocator.DEFAULT.directBuffer();
        in.writeCharSequence("??+OK\r\n:1\r\n$3\r\nfoo\r\n-E\r\n$5\r\nhe??", US_ASCII);
        int to = in.writerIndex() - 2;
        ReplyScanner scanner = new ReplyScanner(64, 1, false);
        int index = scanner.scan(in, 2, to, 2);
        assertEquals(11, index);
        assertEquals(2, scanner.completed());
        assertEquals(index, scanner.scan(in, index, to, 0));
        assertEquals(0, scanner.completed());
        assertEquals(to, scanner.scan(in, index, to, 9));
        assertEquals(2, scanner.completed());
        assertTrue(scanner.lastWasError());
        assertFalse(scanner.isAtBoundary());
        assertEquals(0, in.readerIndex());
        assertEquals(1, in.refCnt());
        in.release();
    }

    @Test
    void deliversTheRepliesBeforeAnErrorFirst() {
        ByteBuf in = Unpooled.copiedBuffer("+OK\r\n:1\r\n*1\r\n?", US_ASCII);
        ReplyScanner scanner = new ReplyScanner(64, 1, false);
        assertEquals(9, scanner.scan(in, 0, in.writerIndex(), 100));
        assertEquals(2, scanner.completed());
        assertEquals(ReplyScanner.ERROR, scanner.scan(in, 9, in.writerIndex(), 100));
        assertEquals(0, scanner.completed());
        assertEquals("unknown reply type 0x3f", scanner.errorText());
    }

    @Test
    void countsPushesAsMessagesIfTold() {
        byte[] bytes =
                Corpus.bytes("+OK\\r\\n>2\\r\\n+invalidate\\r\\n*1\\r\\n-k\\r\\n|1\\r\\n+a\\r\\n:1\\r\\n>0\\r\\n");
        ReplyScan scan = ReplyScan.of(bytes, Pieces.WHOLE, true);
        assertEquals("3 replies", scan.describe());
        assertEquals(scan, ReplyScan.of(bytes, Pieces.singleBytes(bytes.length), true));
        ReplyScanner scanner = new ReplyScanner(64, 1, true);
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        int index = scanner.scan(in, 0, bytes.length, 1);
        assertEquals('+', scanner.lastType());
        scanner.scan(in, index, bytes.length, 2);
        assertEquals('>', scanner.lastType());
    }

    @Test
    void followsAnArrayOfTenMillionElements() {
        ReplyScanner scanner = new ReplyScanner(64, 1, false);
        ByteBuf header = Unpooled.copiedBuffer("*10000000\r\n", US_ASCII);
        ByteBuf elements = Unpooled.copiedBuffer(":1\r\n".repeat(10_000), US_ASCII);
        scanner.scan(header, 0, header.writerIndex(), 1);
        for (int i = 0; i < 1000; i++) {
            assertFalse(scanner.isAtBoundary());
            assertEquals(elements.writerIndex(), scanner.scan(elements, 0, elements.writerIndex(), 1));
        }
        assertEquals(1, scanner.completed());
        assertTrue(scanner.isAtBoundary());
    }

    @Test
    void followsAStringBeyondAnInt() {
        ReplyScanner scanner = new ReplyScanner(64, 1, false);
        ByteBuf header = Unpooled.copiedBuffer("$3221225472\r\n", US_ASCII);
        ByteBuf zeros = Unpooled.wrappedBuffer(new byte[1 << 20]);
        scanner.scan(header, 0, header.writerIndex(), 1);
        for (int i = 0; i < 3072; i++) {
            assertEquals(1 << 20, scanner.scan(zeros, 0, 1 << 20, 1));
        }
        assertEquals(2, scanner.scan(Unpooled.copiedBuffer("\r\n", US_ASCII), 0, 2, 1));
        assertEquals(1, scanner.completed());
    }

    @Test
    void nestsAMillionDeepWithoutAStack() {
        byte[] bytes = ("*1\r\n".repeat(1_000_000) + ":1\r\n").getBytes(US_ASCII);
        assertEquals("1 replies", ReplyScan.of(bytes, Pieces.WHOLE, false).describe());
    }

    @Test
    void refusesMoreElementsThanCanBeCounted() {
        byte[] bytes = "*2147483647\r\n".repeat(200_000).getBytes(US_ASCII);
        assertEquals(
                "0 replies, error invalid length",
                ReplyScan.of(bytes, Pieces.WHOLE, false).describe());
    }

    @Test
    void refusesLinesThatAreTooLong() {
        for (int length : new int[] {63, 64}) {
            byte[] bytes = ("-" + "x".repeat(length) + "\r\n").getBytes(US_ASCII);
            String expected = length == 63 ? "1 replies!" : "0 replies, error line too long";
            for (Pieces pieces : new Pieces[] {Pieces.WHOLE, Pieces.singleBytes(bytes.length)}) {
                ReplyScan scan = ReplyScan.of(bytes, pieces, new ReplyScanner(64, 1, false));
                assertEquals(expected, scan.describe());
            }
        }
    }

    @Test
    void saysWhetherAnErrorLeavesATransactionOpen() {
        for (String closed : new String[] {
            "*1\\r\\n+OK\\r\\n",
            "*1\\r\\n-ERR inside, like any other reply\\r\\n",
            "*-1\\r\\n",
            "-EXECABORT Transaction discarded because of previous errors.\\r\\n",
            "-ERR EXEC without MULTI\\r\\n",
            "-ERR DISCARD without MULTI\\r\\n",
            "-MOVED 1 127.0.0.1:7000\\r\\n"
        }) {
            assertLeftOpen(false, closed);
        }
        assertLeftOpen(true, "-ERR wrong number of arguments for 'exec' command\\r\\n");
        assertLeftOpen(true, "-ERR\\r\\n");
        assertLeftOpen(true, "!21\\r\\nERR EXEC without MULT\\r\\n");
    }

    private static void assertLeftOpen(boolean expected, String reply) {
        byte[] bytes = Corpus.bytes("-EXECABORT the one before\\r\\n" + reply);
        for (int cut = 0; cut < bytes.length; cut++) {
            ReplyScanner scanner = new ReplyScanner(4096, 1, false);
            ByteBuf in = Unpooled.wrappedBuffer(bytes);
            int index = scanner.scan(in, 0, cut, 2);
            scanner.scan(in, index, bytes.length, 2);
            assertTrue(scanner.isAtBoundary());
            assertEquals(expected, scanner.leftOpen(), reply + " cut at " + cut);
        }
    }
}
