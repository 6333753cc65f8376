package io.boxcar.loadtest.report;

import java.util.ArrayList;
import java.util.List;

/** A table of text: the first column to the left, the others to the right, the first row set apart. Owned by one thread. */
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... head) {
        rows.add(List.of(head));
    }

    /** @throws IllegalArgumentException when there are not as many cells as in the head */
    public Table row(String... cells) {
        if (cells.length != rows.getFirst().size()) {
            throw new IllegalArgumentException(
                    cells.length + " cells below a head of " + rows.getFirst().size());
        }
        rows.add(List.of(cells));
        return this;
    }

    List<List<String>> rows() {
        return rows;
    }

    /** For a terminal. */
    public String text() {
        return format("", "");
    }

    /** GitHub's Markdown, which is as easy to read unrendered. */
    public String markdown() {
        return format("| ", " |");
    }

    private String format(String begin, String end) {
        boolean markdown = !end.isEmpty();
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int column = 0; column < columns; column++) {
                widths[column] =
                        Math.max(widths[column], cell(row.get(column), markdown).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            StringBuilder line = new StringBuilder(begin);
            for (int column = 0; column < columns; column++) {
                String cell = cell(rows.get(i).get(column), markdown);
                String padding = " ".repeat(widths[column] - cell.length());
                line.append(column == 0 ? cell + padding : " | " + padding + cell);
            }
            text.append((line + end).stripTrailing()).append('\n');
            if (i == 0) {
                text.append(markdown ? "|" : "");
                for (int column = 0; column < columns; column++) {
                    String dashes = "-".repeat(widths[column]);
                    if (markdown) {
                        text.append('-')
                                .append(dashes)
                                .append(column == 0 ? '-' : ':')
                                .append('|');
                    } else {
                        text.append(column == 0 ? "" : "-|-").append(dashes);
                    }
                }
                text.append('\n');
            }
        }
        return text.toString();
    }

    private static String cell(String text, boolean markdown) {
        return markdown ? text.replace("|", "\\|").replace('\n', ' ') : text;
    }
}
