package io.boxcar.loadtest.report;

import java.util.List;

/** A named curve; its points are joined in their order. */
public record Series(String name, List<Point> points) {

    /** One value of the curve. */
    public record Point(double x, double y) {}

    public Series {
        points = List.copyOf(points);
    }
}
