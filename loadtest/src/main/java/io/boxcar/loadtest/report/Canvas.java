package io.boxcar.loadtest.report;

import java.util.List;

/**
 * The frame of a plot: title, legend, axis of y with its grid, and the way from values to coordinates. Owned by one thread.
 *
 * <pre>
 *   title
 *   # one  # two            legend
 *   y label
 *   40 |-------------
 *   20 |-------------       from left to right, from top to bottom: the area of the plot
 *    0 +-------------
 *       0    10    20
 *          x label
 * </pre>
 */
final class Canvas {
    static final int WIDTH = 760;
    static final int LEFT = 64;
    static final int RIGHT = WIDTH - 20;
    static final int COLOURS = 8;

    private static final int AREA_HEIGHT = 270;
    private static final int LINE = 18;
    private static final int CHARACTER = 7; // the width of one in the legend, with room to spare

    // Middling tones: at least 3 : 1 against white and against a dark page, as WCAG 1.4.11 asks for.
    private static final String STAND_ALONE_STYLE =
            """
            text{font:12px system-ui,sans-serif;fill:#767676}
            .title{font-weight:600;font-size:15px}
            .grid{stroke:#767676;stroke-opacity:.3}
            .axis,.whisker{stroke:#767676;fill:none}
            """ + seriesStyle("#3b82f6", "#d9690f", "#1f9d55", "#d6457f", "#8b6fe8", "#0e96a8", "#9a7b2f", "#7d8590");

    final Markup svg = new Markup();
    final int top;
    final int bottom;
    private final Scale scaleY;
    private final double placeMinY;
    private final double placeMaxY;

    /** Draws all but the values and the axis of x. */
    Canvas(String title, List<String> legend, Axis y, double minY, double maxY, boolean standAlone) {
        top = areaTop(legend);
        bottom = top + AREA_HEIGHT;
        scaleY = y.scale();
        placeMinY = scaleY.place(minY);
        placeMaxY = scaleY.place(maxY);
        int height = bottom + 48;
        svg.open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "viewBox",
                "0 0 " + WIDTH + " " + height,
                "role",
                "img",
                "aria-label",
                title);
        if (standAlone) {
            svg.element("style", STAND_ALONE_STYLE);
        }
        label(title, 8, 18, "class", "title");
        drawLegend(legend);
        label(y.title(), 8, top - 10);
        for (double tick : scaleY.ticks(minY, maxY)) {
            String at = Markup.number(y(tick));
            line(LEFT, at, RIGHT, at, "grid");
            label(scaleY.label(tick), LEFT - 6, y(tick) + 4, "text-anchor", "end");
        }
    }

    /** The style of the series, for lines and bars. */
    static String seriesStyle(String... colours) {
        StringBuilder style = new StringBuilder(".line{stroke-width:2}\n");
        for (int i = 0; i < colours.length; i++) {
            style.append(".s%d{stroke:%s;fill:%s}\n".formatted(i, colours[i], colours[i]));
            style.append(".line.s%d{fill:none}\n".formatted(i));
        }
        return style.append(".hit{fill-opacity:0;stroke:none}.hit:hover{fill-opacity:.6}\n")
                .toString();
    }

    double y(double value) {
        return bottom - (scaleY.place(value) - placeMinY) / (placeMaxY - placeMinY) * (bottom - top);
    }

    void label(String text, double x, double y, String... attributes) {
        String[] all = new String[attributes.length + 4];
        System.arraycopy(attributes, 0, all, 4, attributes.length);
        all[0] = "x";
        all[1] = Markup.number(x);
        all[2] = "y";
        all[3] = Markup.number(y);
        svg.element("text", text, all);
    }

    void line(double x1, String y1, double x2, String y2, String style) {
        svg.empty("line", "x1", Markup.number(x1), "y1", y1, "x2", Markup.number(x2), "y2", y2, "class", style);
    }

    /** The axis of x, below the area. */
    void axisX(String title) {
        String at = Integer.toString(bottom);
        line(LEFT, at, RIGHT, at, "axis");
        label(title, (LEFT + RIGHT) / 2.0, bottom + 38, "text-anchor", "middle");
    }

    String finish() {
        return svg.close().finish();
    }

    private void drawLegend(List<String> legend) {
        int x = 8;
        int y = 40;
        for (int i = 0; i < legend.size(); i++) {
            int width = entryWidth(legend.get(i));
            if (x > 8 && x + width > WIDTH) {
                x = 8;
                y += LINE;
            }
            svg.empty(
                    "rect",
                    "x",
                    Integer.toString(x),
                    "y",
                    Integer.toString(y - 10),
                    "width",
                    "12",
                    "height",
                    "12",
                    "class",
                    series(i));
            label(legend.get(i), x + 18, y);
            x += width;
        }
    }

    /** Leaves room for as many lines as {@link #drawLegend} takes. */
    private static int areaTop(List<String> legend) {
        int lines = legend.isEmpty() ? 0 : 1;
        int x = 8;
        for (String entry : legend) {
            int width = entryWidth(entry);
            if (x > 8 && x + width > WIDTH) {
                x = 8;
                lines++;
            }
            x += width;
        }
        return 56 + LINE * lines;
    }

    private static int entryWidth(String entry) {
        return 34 + CHARACTER * entry.length();
    }

    static String series(int index) {
        return "s" + index % COLOURS;
    }
}
