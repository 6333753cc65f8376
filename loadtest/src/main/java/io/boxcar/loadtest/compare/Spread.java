package io.boxcar.loadtest.compare;

import java.util.Arrays;
import java.util.Locale;

/**
 * Several rounds in three numbers. Rounds without a value, such as CPU time where the platform does not tell, are left out;
 * when all are, the three are not numbers.
 */
record Spread(double median, double min, double max) {
    static final Spread NONE = new Spread(Double.NaN, Double.NaN, Double.NaN);

    static Spread of(double... values) {
        double[] sorted =
                Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
        if (sorted.length == 0) {
            return NONE;
        }
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    boolean isKnown() {
        return Double.isFinite(median);
    }

    /** The median, and in parentheses the range if there is one. */
    String text(String format) {
        if (!isKnown()) {
            return "n/a";
        }
        String from = number(format, min);
        String to = number(format, max);
        return number(format, median) + (from.equals(to) ? "" : " (" + from + "-" + to + ")");
    }

    /** The median alone. */
    String shortText(String format) {
        return isKnown() ? number(format, median) : "n/a";
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
