package io.boxcar.proxy.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The real Redis and the scanner agree on the number of requests, on what is an error, and on its text. */
final class RequestScannerRedisTest {
    private static final byte[] SENTINEL = "*2\r\n$4\r\nECHO\r\n$8\r\nsentinel\r\n".getBytes(StandardCharsets.US_ASCII);

    private static @Nullable RedisServer redis;

    @BeforeAll
    static void startRedis() throws Exception {
        redis = RedisServer.start();
        String info = exchange("INFO server\r\n".getBytes(StandardCharsets.US_ASCII), "");
        assumeTrue(info.contains("redis_version:7.0."), "error texts are those of Redis 7.0, this is another one");
    }

    @AfterAll
    static void stopRedis() throws IOException {
        if (redis != null) {
            redis.close();
        }
    }

    @Test
    void redisAgreesWithTheCorpus() throws IOException {
        for (Corpus.Entry entry : Corpus.load("requests.txt").entries()) {
            check(entry.bytes(), entry.line());
        }
    }

    @Test
    void redisAgreesOnLinesThatNeverEnd() throws IOException {
        List<String> starts = List.of("a", "\0", "*1", "*\0", "*1\r\n$1");
        for (String start : starts) {
            int bare = start.startsWith("*1\r\n") ? 4 : 0;
            for (int length : new int[] {65536, 65537}) {
                String text = start + start.substring(start.length() - 1).repeat(bare + length - start.length());
                check(
                        text.getBytes(StandardCharsets.US_ASCII),
                        Corpus.escape(start.getBytes(StandardCharsets.US_ASCII)) + " x " + length);
            }
        }
    }

    private static void check(byte[] bytes, String message) throws IOException {
        RequestScan scan = RequestScan.of(bytes, Pieces.WHOLE, Limits.REDIS);
        String answer = exchange(bytes, scan.end());
        int expected = (int) scan.requests().stream().filter(r -> !r.empty()).count();
        if (scan.end().startsWith("error ")) {
            String error = "-ERR " + scan.end().substring(6) + "\r\n";
            assertEquals(error, answer.substring(Math.max(0, answer.length() - error.length())), message);
        }
        expected += scan.end().equals("incomplete") ? 0 : 1;
        ReplyScan counted = ReplyScan.of(answer.getBytes(StandardCharsets.ISO_8859_1), Pieces.WHOLE, false);
        assertEquals("", counted.end(), message);
        assertEquals(expected, counted.replies().size(), message);
    }

    /** Reads until the sentinel is answered, or, without one, until Redis closes: after an error it does so unasked. */
    private static String exchange(byte[] bytes, String end) throws IOException {
        try (Socket socket = Objects.requireNonNull(redis).connect()) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(bytes);
            if (end.isEmpty()) {
                socket.getOutputStream().write(SENTINEL);
            } else if (end.equals("incomplete")) {
                socket.shutdownOutput();
            }
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            byte[] chunk = new byte[4096];
            for (int n = 0; n >= 0; n = socket.getInputStream().read(chunk)) {
                answer.write(chunk, 0, n);
                if (end.isEmpty()
                        && answer.toString(StandardCharsets.ISO_8859_1).endsWith("$8\r\nsentinel\r\n")) {
                    break;
                }
            }
            return answer.toString(StandardCharsets.ISO_8859_1);
        }
    }
}
