package io.boxcar.proxy.redis;

import java.util.Arrays;
import java.util.SplittableRandom;

/** The points at which a byte stream is cut into reads, ascending, without 0 and the end. */
record Pieces(int[] cuts) {
    static final Pieces WHOLE = new Pieces(new int[0]);

    static Pieces at(int... cuts) {
        return new Pieces(cuts);
    }

    static Pieces singleBytes(int length) {
        int[] cuts = new int[Math.max(0, length - 1)];
        Arrays.setAll(cuts, i -> i + 1);
        return new Pieces(cuts);
    }

    static Pieces random(SplittableRandom random, int length) {
        return length < 2
                ? WHOLE
                : new Pieces(random.ints(random.nextInt(1, 9), 1, length)
                        .sorted()
                        .distinct()
                        .toArray());
    }
}
