package io.boxcar.loadtest.origin;

import java.util.Arrays;

/** Small numbers that ought to come once each, a bit for each of them. Owned by one thread. */
final class IdSet {
    private long[] words;
    private long repeated;

    IdSet() {
        this(new long[1], 0);
    }

    private IdSet(long[] words, long repeated) {
        this.words = words;
        this.repeated = repeated;
    }

    void add(long id) {
        int word = (int) (id >>> 6);
        long bit = 1L << id;
        makeRoom(word + 1);
        if ((words[word] & bit) != 0) {
            repeated++;
        }
        words[word] |= bit;
    }

    void addAll(IdSet other) {
        makeRoom(other.words.length);
        repeated += other.repeated;
        for (int i = 0; i < other.words.length; i++) {
            repeated += Long.bitCount(words[i] & other.words[i]);
            words[i] |= other.words[i];
        }
    }

    IdSet copy() {
        return new IdSet(words.clone(), repeated);
    }

    /** How often a number came that had been there. */
    long repeated() {
        return repeated;
    }

    long distinct() {
        return Arrays.stream(words).map(Long::bitCount).sum();
    }

    private void makeRoom(int count) {
        if (count > words.length) {
            words = Arrays.copyOf(words, Math.max(count, words.length * 2));
        }
    }
}
