package io.boxcar.proxy.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Feeds random, mutated and valid requests in random pieces to the scanner and to the naive parser.
 *
 * <p>Runs for a bounded number of rounds as part of {@link RequestScannerTest}; for longer set
 * {@code -Dboxcar.fuzz.rounds=N}, to repeat a failure {@code -Dboxcar.fuzz.seed=N}.
 */
final class RequestScannerFuzz {
    private static final Limits SMALL = new Limits(40, 3000, 50);
    private static final String ALPHABET = "*$*$\r\n\r\n\r\n 0123456789-+\"'\\xAb\0\t\u000b\u00ff";

    private RequestScannerFuzz() {}

    static void run(long seed, int rounds) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < rounds; round++) {
            byte[] bytes = Mutation.some(random, valid(random), ALPHABET);
            Limits limits = random.nextInt(4) == 0 ? SMALL : Limits.REDIS;
            String message = "seed " + seed + " round " + round + " " + Corpus.escape(bytes);
            RequestScan whole = RequestScan.of(bytes, Pieces.WHOLE, limits);
            assertEquals(whole, RequestScan.of(bytes, Pieces.random(random, bytes.length), limits), message);
            compare(bytes, whole, new NaiveRequestParser(bytes, limits), message);
        }
    }

    static void compare(byte[] bytes, RequestScan scan, NaiveRequestParser naive, String message) {
        assertEquals(naive.end, scan.end(), message);
        assertEquals(naive.requests.size(), scan.requests().size(), message);
        for (int i = 0; i < naive.requests.size(); i++) {
            NaiveRequestParser.Request expected = naive.requests.get(i);
            RequestScan.Request actual = scan.requests().get(i);
            assertEquals(expected.end(), actual.end(), message);
            assertEquals(expected.inline(), actual.inline(), message);
            assertEquals(expected.arguments().size(), actual.arguments(), message);
            assertEquals(expected.arguments().isEmpty(), actual.empty(), message);
            compareName(bytes, expected, 0, actual.nameOffset(), actual.nameLength(), message);
            compareName(bytes, expected, 1, actual.subnameOffset(), actual.subnameLength(), message);
        }
    }

    private static void compareName(
            byte[] bytes, NaiveRequestParser.Request request, int argument, int offset, int length, String message) {
        List<String> arguments = request.arguments();
        assertEquals(arguments.size() > argument, length >= 0, message);
        boolean escaped = request.inline() && length == 0;
        if (length >= 0 && !escaped) {
            String name = new String(bytes, request.start() + offset, length, StandardCharsets.ISO_8859_1);
            assertEquals(arguments.get(argument), name, message);
        }
    }

    private static String valid(SplittableRandom random) {
        StringBuilder out = new StringBuilder();
        for (int request = random.nextInt(1, 6); request > 0; request--) {
            int arguments = random.nextInt(random.nextInt(8) == 0 ? 60 : 5);
            if (random.nextInt(3) == 0) {
                inline(random, out, arguments);
            } else {
                out.append('*').append(arguments).append("\r\n");
                for (int i = 0; i < arguments; i++) {
                    String argument =
                            Mutation.text(random, ALPHABET, random.nextInt(random.nextInt(9) == 0 ? 1200 : 9));
                    out.append('$').append(argument.length()).append("\r\n");
                    out.append(argument).append("\r\n");
                }
            }
        }
        return out.toString();
    }

    private static void inline(SplittableRandom random, StringBuilder out, int arguments) {
        IntStream.range(0, arguments).forEach(i -> {
            String text = Mutation.text(random, "abcXYZ01", random.nextInt(1, 6));
            switch (random.nextInt(5)) {
                case 0 -> out.append('"').append(text).append("\\x41\\\"").append('"');
                case 1 -> out.append('\'').append(text).append("\\'").append('\'');
                case 2 -> out.append('"').append(text).append('"');
                default -> out.append(text);
            }
            out.append(random.nextInt(4) == 0 ? "\t " : " ");
        });
        out.append(random.nextBoolean() ? "\r\n" : "\n");
    }
}
