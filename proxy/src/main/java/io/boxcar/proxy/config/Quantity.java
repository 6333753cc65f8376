package io.boxcar.proxy.config;

/** Writes times and sizes with the largest unit that keeps them whole, as the configuration reads them. */
final class Quantity {

    private static final String[] TIME_UNITS = {"ns", "us", "ms", "s", "m", "h", "d"};
    private static final int[] TIME_STEPS = {1000, 1000, 1000, 60, 60, 24};
    private static final String[] SIZE_UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};
    private static final int[] SIZE_STEPS = {1024, 1024, 1024, 1024};

    private Quantity() {}

    static String ofTime(long ns) {
        return write(ns, TIME_UNITS, TIME_STEPS);
    }

    static String ofSize(long bytes) {
        return write(bytes, SIZE_UNITS, SIZE_STEPS);
    }

    private static String write(long amount, String[] units, int[] steps) {
        if (amount == 0) {
            return "0";
        }
        int unit = 0;
        long left = amount;
        while (unit < steps.length && left % steps[unit] == 0) {
            left /= steps[unit++];
        }
        return left + " " + units[unit];
    }
}
