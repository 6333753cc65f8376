package io.boxcar.loadtest.report;

/** A picture in SVG. */
public sealed interface Plot permits LinePlot, BarPlot {

    String title();

    /** As a file of its own, legible on a white and on a dark page. */
    default String svg() {
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + draw(true);
    }

    /** The {@code <svg>} element; without {@code standAlone} the page around it brings the style. */
    String draw(boolean standAlone);
}
