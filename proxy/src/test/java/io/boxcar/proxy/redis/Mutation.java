package io.boxcar.proxy.redis;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Makes input for fuzzing out of valid input: as it is, damaged, cut off, or replaced altogether. */
final class Mutation {
    private Mutation() {}

    static byte[] some(SplittableRandom random, String valid, String alphabet) {
        StringBuilder text = new StringBuilder(valid);
        switch (random.nextInt(8)) {
            case 0, 1 -> {}
            case 2 -> text.setLength(random.nextInt(text.length() + 1));
            case 3 -> text.replace(0, text.length(), text(random, alphabet, random.nextInt(80)));
            case 4 -> {
                byte[] bytes = new byte[random.nextInt(80)];
                random.nextBytes(bytes);
                return bytes;
            }
            default -> damage(random, text, alphabet);
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void damage(SplittableRandom random, StringBuilder text, String alphabet) {
        for (int i = random.nextInt(1, 4); i > 0 && !text.isEmpty(); i--) {
            int at = random.nextInt(text.length());
            String other = text(random, alphabet, 1);
            switch (random.nextInt(3)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, other);
                default -> text.replace(at, at + 1, other);
            }
        }
    }

    static String text(SplittableRandom random, String alphabet, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
