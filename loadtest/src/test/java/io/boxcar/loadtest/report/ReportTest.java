package io.boxcar.loadtest.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

final class ReportTest {
    private static final String NASTY = "a<b & \"c\" 'd' > e \u0000 \ud800 \u2028 <script>alert(1)</script>";

    private static final Plot LINES = new LinePlot(
            "Latency " + NASTY,
            Axis.percentile("percentile"),
            Axis.log("latency", "ms"),
            List.of(
                    new Series(NASTY, List.of(point(0, 0.1), point(50, 0.2), point(99, 3), point(100, 9))),
                    new Series("other", List.of(point(0, 0), point(99.9, 12)))));
    private static final Plot BARS = new BarPlot(
            "CPU",
            Axis.linear("CPU per request", "us"),
            List.of(
                    new BarPlot.Bar("500 x 1", "direct", 8.9, 8, 10),
                    new BarPlot.Bar("500 x 1", "Boxcar", 7, 7, 7),
                    new BarPlot.Bar("50 x 1", "Boxcar", Double.NaN, 0, 0)));

    @Test
    void writesAPageThatIsXmlAndHoldsWhatItWasGiven(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("page.html");
        new Page("Title " + NASTY)
                .heading("Heading")
                .subheading("Subheading")
                .paragraph(NASTY)
                .list(List.of("one", NASTY))
                .table(new Table("path", "rate").row("direct", "1").row(NASTY, "2"))
                .plots(LINES, BARS)
                .verbatim("nginx.conf", "a {\n  b \"<&>\";\n}")
                .write(file);
        Document page = parse(Files.readString(file));
        assertEquals(2, page.getElementsByTagName("svg").getLength());
        assertEquals(0, page.getElementsByTagName("script").getLength());
        assertEquals(
                "a {\n  b \"<&>\";\n}", page.getElementsByTagName("pre").item(0).getTextContent());
        assertEquals(
                NASTY.replace('\u0000', '\ufffd').replace('\ud800', '\ufffd'),
                page.getElementsByTagName("td").item(2).getTextContent());
    }

    @Test
    void needsNothingFromOutside() {
        String html = new Page("t").plots(LINES, BARS).html();
        assertFalse(html.contains("src=") || html.contains("href=") || html.contains("url("), html);
        assertFalse(html.replace("http://www.w3.org/", "").contains("http"), html);
    }

    @Test
    void drawsAPictureThatStandsAlone() throws Exception {
        for (Plot plot : List.of(LINES, BARS)) {
            Document svg = parse(plot.svg());
            assertEquals("svg", svg.getDocumentElement().getTagName());
            assertEquals(1, svg.getElementsByTagName("style").getLength());
        }
    }

    @Test
    void leavesOutPointsThatHaveNoPlaceOnTheScale() throws Exception {
        NodeList points = parse(LINES.svg()).getElementsByTagName("circle");
        assertEquals(4, points.getLength()); // neither 100 % nor 0 ms has a place
        assertFalse(LINES.svg().contains("NaN") || LINES.svg().contains("Infinity"));
        assertFalse(BARS.svg().contains("NaN"));
    }

    @Test
    void drawsPlotsWithoutValues() throws Exception {
        for (Scale scale : Scale.values()) {
            Axis axis = new Axis("a", "", scale);
            for (List<Series> series : List.of(
                    List.<Series>of(),
                    List.of(new Series("none", List.of())),
                    List.of(new Series("one", List.of(point(5, 5)))))) {
                String svg = new LinePlot("t", axis, axis, series).svg();
                parse(svg);
                assertFalse(svg.contains("NaN") || svg.contains("Infinity"), svg);
            }
            String svg = new BarPlot("t", axis, List.of()).svg();
            parse(svg);
            assertFalse(svg.contains("NaN") || svg.contains("Infinity"), svg);
        }
    }

    @Test
    void tellsValuesUnderTheMouse() throws Exception {
        NodeList titles = parse(BARS.svg()).getElementsByTagName("title");
        assertEquals("500 x 1, direct: 8.9 us (8 us to 10 us)", titles.item(0).getTextContent());
        assertEquals("500 x 1, Boxcar: 7 us", titles.item(1).getTextContent());
    }

    @Test
    void keepsLongCurvesLight() throws Exception {
        List<Series.Point> many = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            many.add(point(i, i * 2));
        }
        Plot plot = new LinePlot("t", Axis.linear("x", "s"), Axis.linear("y", ""), List.of(new Series("s", many)));
        assertTrue(parse(plot.svg()).getElementsByTagName("circle").getLength() <= 100);
    }

    @Test
    void choosesRoundTicks() {
        assertEquals(List.of(0.0, 20.0, 40.0, 60.0, 80.0), Scale.LINEAR.ticks(0, 97));
        assertEquals(List.of(0.5, 1.0, 2.0, 5.0), Scale.LOG.ticks(0.3, 9));
        assertEquals(List.of(1.0, 10.0, 100.0, 1_000.0, 10_000.0), Scale.LOG.ticks(1, 20_000));
        assertEquals(List.of(0.0, 50.0, 90.0, 99.0, 99.9), Scale.PERCENTILE.ticks(0, 99.95));
        assertEquals("99.9 %", Scale.PERCENTILE.label(99.9));
        assertEquals("90 %", Scale.PERCENTILE.label(90));
        assertEquals(
                List.of("0", "0.25", "40", "1200", "12k", "1.5M"),
                List.of(
                        Scale.LINEAR.label(0),
                        Scale.LINEAR.label(0.25),
                        Scale.LINEAR.label(40),
                        Scale.LINEAR.label(1_200),
                        Scale.LINEAR.label(12_000),
                        Scale.LINEAR.label(1.5e6)));
    }

    @Test
    void writesTablesAsTextAndMarkdown() {
        Table table = new Table("path", "rate").row("direct", "1,000").row("a|b", "2");
        assertEquals("""
                path   |  rate
                -------|------
                direct | 1,000
                a|b    |     2
                """, table.text());
        assertEquals("""
                | path   |  rate |
                |--------|------:|
                | direct | 1,000 |
                | a\\|b   |     2 |
                """, table.markdown());
        assertThrows(IllegalArgumentException.class, () -> table.row("one cell"));
    }

    private static Series.Point point(double x, double y) {
        return new Series.Point(x, y);
    }

    private static Document parse(String xml) throws Exception {
        DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        return parser.parse(new InputSource(new StringReader(xml)));
    }
}
