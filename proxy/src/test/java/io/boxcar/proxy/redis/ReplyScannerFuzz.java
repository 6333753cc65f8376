package io.boxcar.proxy.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;

/**
 * Feeds random, mutated and valid replies in random pieces to the scanner and to the naive parser.
 *
 * <p>Runs for a bounded number of rounds as part of {@link ReplyScannerTest}; for longer set
 * {@code -Dboxcar.fuzz.rounds=N}, to repeat a failure {@code -Dboxcar.fuzz.seed=N}.
 */
final class ReplyScannerFuzz {
    private static final String ALPHABET = "+-:$*_#,(!=~%|>;.?\r\n\r\n\r\n0123456789-x\0\u00ff";

    private ReplyScannerFuzz() {}

    static void run(long seed, int rounds) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < rounds; round++) {
            byte[] bytes = Mutation.some(random, valid(random), ALPHABET);
            boolean pushesAllowed = random.nextBoolean();
            String message = "seed " + seed + " round " + round + " " + Corpus.escape(bytes);
            ReplyScan whole = ReplyScan.of(bytes, Pieces.WHOLE, pushesAllowed);
            assertEquals(whole, ReplyScan.of(bytes, Pieces.random(random, bytes.length), pushesAllowed), message);
            compare(whole, new NaiveReplyParser(bytes, ReplyScan.MAX_DEPTH, pushesAllowed), message);
        }
    }

    static void compare(ReplyScan scan, NaiveReplyParser naive, String message) {
        assertEquals(naive.end, scan.end().startsWith("error") ? "error" : scan.end(), message);
        assertEquals(naive.replies.size(), scan.replies().size(), message);
        for (int i = 0; i < naive.replies.size(); i++) {
            NaiveReplyParser.Reply expected = naive.replies.get(i);
            ReplyScan.Reply actual = scan.replies().get(i);
            assertEquals(expected.end(), actual.end(), message);
            assertEquals(expected.value() instanceof NaiveReplyParser.ErrorValue, actual.error(), message);
        }
    }

    private static String valid(SplittableRandom random) {
        StringBuilder out = new StringBuilder();
        for (int reply = random.nextInt(1, 6); reply > 0; reply--) {
            if (random.nextInt(8) == 0) {
                aggregate(random, out, '>', 1, 1);
            }
            element(random, out, random.nextInt(4));
        }
        return out.toString();
    }

    private static void element(SplittableRandom random, StringBuilder out, int height) {
        if (random.nextInt(12) == 0) {
            aggregate(random, out, '|', 2, height - 1);
        }
        switch (random.nextInt(height > 0 ? 14 : 9)) {
            case 0 -> out.append("+OK\r\n");
            case 1 -> out.append('-').append(line(random));
            case 2 -> out.append(':').append(random.nextInt()).append("\r\n");
            case 3 -> out.append(random.nextBoolean() ? "$-1\r\n" : "*-1\r\n");
            case 4 -> out.append("_#,(+".charAt(random.nextInt(5))).append(line(random));
            case 5 -> bulk(random, out, '!');
            case 6 -> bulk(random, out, '=');
            case 7, 8 -> {
                if (random.nextInt(6) == 0) {
                    out.append("$?\r\n");
                    for (int chunk = random.nextInt(4); chunk > 0; chunk--) {
                        out.append(";1\r\nx\r\n");
                    }
                    out.append(";0\r\n");
                } else {
                    bulk(random, out, '$');
                }
            }
            case 9 -> aggregate(random, out, '%', 2, height - 1);
            case 10 -> aggregate(random, out, '~', 1, height - 1);
            case 11 -> {
                out.append("*~%".charAt(random.nextInt(3))).append("?\r\n");
                for (int element = random.nextInt(4) * 2; element > 0; element--) {
                    element(random, out, height - 1);
                }
                out.append(".\r\n");
            }
            default -> aggregate(random, out, '*', 1, height - 1);
        }
    }

    private static String line(SplittableRandom random) {
        return Mutation.text(random, "abc \r0", random.nextInt(20)) + "x\r\n";
    }

    private static void bulk(SplittableRandom random, StringBuilder out, char type) {
        String text = Mutation.text(random, ALPHABET, random.nextInt(random.nextInt(9) == 0 ? 2000 : 12));
        out.append(type).append(text.length()).append("\r\n").append(text).append("\r\n");
    }

    private static void aggregate(SplittableRandom random, StringBuilder out, char type, int width, int height) {
        int count = random.nextInt(4);
        out.append(type).append(count).append("\r\n");
        for (int i = 0; i < count * width; i++) {
            element(random, out, Math.max(0, height));
        }
    }
}
