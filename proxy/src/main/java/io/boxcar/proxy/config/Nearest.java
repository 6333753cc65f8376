package io.boxcar.proxy.config;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Finds the name that the user probably meant. */
final class Nearest {

    private Nearest() {}

    /** The candidate that needs the fewest edits to become the word, or null if all need more than a third of its letters. */
    static @Nullable String to(String word, Collection<String> candidates) {
        String nearest = null;
        int fewest = Math.max(2, word.length() / 3) + 1;
        for (String candidate : candidates) {
            int edits = edits(word, candidate);
            if (edits < fewest) {
                fewest = edits;
                nearest = candidate;
            }
        }
        return nearest;
    }

    /** Levenshtein distance, row by row. */
    static int edits(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
