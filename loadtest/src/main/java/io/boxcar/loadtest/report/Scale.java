package io.boxcar.loadtest.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How values become places along an axis. */
public enum Scale {
    LINEAR {
        @Override
        double place(double value) {
            return value;
        }

        @Override
        List<Double> ticks(double min, double max) {
            double step = niceStep((max - min) / 5);
            List<Double> ticks = new ArrayList<>();
            for (long i = (long) Math.ceil(min / step - 1e-9); i * step <= max + step * 1e-9; i++) {
                ticks.add(i * step);
            }
            return ticks;
        }
    },
    /** Only values above 0 have a place. */
    LOG {
        @Override
        double place(double value) {
            return Math.log10(value);
        }

        @Override
        List<Double> ticks(double min, double max) {
            boolean wide = Math.log10(max / min) > 3;
            List<Double> ticks = new ArrayList<>();
            for (int exponent = (int) Math.floor(Math.log10(min)); Math.pow(10, exponent) <= max; exponent++) {
                for (double factor : wide ? new double[] {1} : new double[] {1, 2, 5}) {
                    double tick = factor * Math.pow(10, exponent);
                    if (tick >= min * (1 - 1e-9) && tick <= max * (1 + 1e-9)) {
                        ticks.add(tick);
                    }
                }
            }
            return ticks;
        }
    },
    /** Percentiles from 0 to below 100, with as much room from 90 to 99 as from 99 to 99.9. */
    PERCENTILE {
        @Override
        double place(double value) {
            return -Math.log10(1 - value / 100);
        }

        @Override
        List<Double> ticks(double min, double max) {
            List<Double> ticks = new ArrayList<>();
            for (double tick : new double[] {0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999}) {
                if (tick >= min && tick <= max) {
                    ticks.add(tick);
                }
            }
            return ticks;
        }

        @Override
        String label(double value) {
            // As many digits as it takes, and not the 99.99900000000001 of arithmetic.
            return String.format(Locale.ROOT, "%.6f", value).replaceAll("\\.?0+$", "") + " %";
        }
    };

    /** Where {@code value} lies, on a line that the plot stretches to its width or height. */
    abstract double place(double value);

    /** Values to be marked between {@code min} and {@code max}. */
    abstract List<Double> ticks(double min, double max);

    boolean hasPlaceFor(double value) {
        return Double.isFinite(place(value));
    }

    /** A value in few characters: 0.25, 40, 12k, 1.5M. */
    String label(double value) {
        double size = Math.abs(value);
        if (size >= 1e6) {
            return shortest(value / 1e6) + "M";
        }
        if (size >= 1e4) {
            return shortest(value / 1e3) + "k";
        }
        return shortest(value);
    }

    private static String shortest(double value) {
        double size = Math.abs(value);
        String format = size >= 100 || size == 0 ? "%.0f" : size >= 10 ? "%.1f" : size >= 0.1 ? "%.2f" : "%.4f";
        String text = String.format(Locale.ROOT, format, value);
        return text.indexOf('.') < 0 ? text : text.replaceAll("\\.?0+$", "");
    }

    /** The smallest of 1, 2 and 5 times a power of ten that is at least {@code step}. */
    private static double niceStep(double step) {
        double power = Math.pow(10, Math.floor(Math.log10(step)));
        for (double factor : new double[] {1, 2, 5}) {
            if (factor * power >= step * (1 - 1e-9)) {
                return factor * power;
            }
        }
        return 10 * power;
    }
}
