package io.boxcar.loadtest.report;

/**
 * One axis of a plot.
 *
 * @param label what it shows
 * @param unit such as {@code ms}; may be empty
 */
public record Axis(String label, String unit, Scale scale) {

    public static Axis linear(String label, String unit) {
        return new Axis(label, unit, Scale.LINEAR);
    }

    public static Axis log(String label, String unit) {
        return new Axis(label, unit, Scale.LOG);
    }

    /** For latency by percentile: x runs from 0 to below 100. */
    public static Axis percentile(String label) {
        return new Axis(label, "", Scale.PERCENTILE);
    }

    String title() {
        return unit.isEmpty() ? label : label + ", " + unit;
    }

    /** A value with its unit. */
    String describe(double value) {
        return unit.isEmpty() ? scale.label(value) : scale.label(value) + " " + unit;
    }
}
