package io.boxcar.loadtest.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One HTML page that needs nothing but itself: style and plots are inside, there is no script. It follows the reader's
 * choice of light or dark, and can be printed. It is XML too. Owned by one thread.
 */
public final class Page {
    private static final String STYLE = """
            :root{color-scheme:light dark;--page:#fff;--ink:#1f2328;--quiet:#59636e;--rule:#d1d9e0;--band:#f6f8fa}
            body{margin:2rem auto;padding:0 1rem;max-width:1600px;background:var(--page);color:var(--ink);\
            font:15px/1.5 system-ui,sans-serif}
            h1{font-size:1.7rem}h2{margin-top:2.2rem;border-bottom:1px solid var(--rule)}
            p,li{max-width:60rem}figure{margin:1rem 0;flex:1 1 480px;max-width:780px;break-inside:avoid}
            .plots{display:flex;flex-wrap:wrap;gap:1rem}svg{width:100%;height:auto}
            .scroll{overflow-x:auto}table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}
            th,td{padding:.2rem .7rem;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
            th:first-child,td:first-child{text-align:left}tr:nth-child(even) td{background:var(--band)}
            th{color:var(--quiet);font-weight:600;vertical-align:bottom}
            details{margin:.5rem 0}summary{cursor:pointer}
            pre{background:var(--band);padding:.8rem;overflow-x:auto;font-size:13px}
            text{font:12px system-ui,sans-serif;fill:var(--quiet)}.title{font-weight:600;font-size:15px;fill:var(--ink)}
            .grid{stroke:var(--rule)}.axis,.whisker{stroke:var(--ink);fill:none}
            """
            + Canvas.seriesStyle("#2563eb", "#d9690f", "#15803d", "#c0266b", "#7c4dff", "#0e7490", "#8a6d1d", "#6e7781")
            + """
            @media (prefers-color-scheme:dark){
            :root{--page:#0d1117;--ink:#e6edf3;--quiet:#9198a1;--rule:#30363d;--band:#161b22}
            """
            + Canvas.seriesStyle("#58a6ff", "#f0883e", "#3fb950", "#f778ba", "#a78bfa", "#39c5cf", "#d2a947", "#8b949e")
            + """
            }
            @media print{:root{--page:#fff;--ink:#000;--quiet:#333;--rule:#bbb;--band:#f4f4f4}\
            body{max-width:none;margin:0}.scroll{overflow:visible}table{font-size:10px}}
            """;

    private final String title;
    private final Markup body = new Markup();

    public Page(String title) {
        this.title = title;
        body.element("h1", title);
    }

    public Page heading(String text) {
        body.element("h2", text);
        return this;
    }

    public Page subheading(String text) {
        body.element("h3", text);
        return this;
    }

    public Page paragraph(String text) {
        body.element("p", text);
        return this;
    }

    public Page list(List<String> items) {
        body.open("ul");
        items.forEach(item -> body.element("li", item));
        body.close();
        return this;
    }

    public Page table(Table table) {
        List<List<String>> rows = table.rows();
        body.open("div", "class", "scroll").open("table").open("thead").open("tr");
        rows.getFirst().forEach(cell -> body.element("th", cell, "scope", "col"));
        body.close().close().open("tbody");
        for (List<String> row : rows.subList(1, rows.size())) {
            body.open("tr");
            row.forEach(cell -> body.element("td", cell));
            body.close();
        }
        body.close().close().close();
        return this;
    }

    /** Side by side where the window is wide enough. */
    public Page plots(Plot... plots) {
        body.open("div", "class", "plots");
        for (Plot plot : plots) {
            body.open("figure").raw(plot.draw(false)).close();
        }
        body.close();
        return this;
    }

    /** Text as it is, such as a configuration, below a line that opens it. */
    public Page verbatim(String caption, String text) {
        body.open("details").element("summary", caption).element("pre", text).close();
        return this;
    }

    /** The page so far. */
    public String html() {
        return new Markup()
                .raw("<!DOCTYPE html>\n")
                .open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", "en")
                .open("head")
                .empty("meta", "charset", "UTF-8")
                .empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
                .element("title", title)
                .raw("<style>\n" + STYLE + "</style>\n")
                .close()
                .open("body")
                .raw(body.finish())
                .close()
                .close()
                .finish();
    }

    public void write(Path file) throws IOException {
        Files.writeString(file, html());
    }
}
