package io.boxcar.loadtest;

/** Numbers for people to read, in a file for programs: no more digits than were measured. Stateless. */
final class Rounded {
    private Rounded() {}

    static double to(double value, int decimals) {
        double scale = Math.pow(10, decimals);
        return Math.rint(value * scale) / scale;
    }
}
