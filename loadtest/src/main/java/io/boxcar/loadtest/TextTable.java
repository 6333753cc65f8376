package io.boxcar.loadtest;

import java.util.ArrayList;
import java.util.List;

/** A table of text: the first column to the left, the others to the right, the first row set apart. */
final class TextTable {
    private final List<List<String>> rows = new ArrayList<>();

    void row(String... cells) {
        rows.add(List.of(cells));
    }

    String format() {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int column = 0; column < columns; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            List<String> row = rows.get(i);
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                String cell = row.get(column);
                String padding = " ".repeat(widths[column] - cell.length());
                line.append(column == 0 ? cell + padding : " | " + padding + cell);
            }
            text.append(line.toString().stripTrailing()).append(System.lineSeparator());
            if (i == 0) {
                for (int column = 0; column < columns; column++) {
                    text.append(column == 0 ? "" : "-|-").append("-".repeat(widths[column]));
                }
                text.append(System.lineSeparator());
            }
        }
        return text.toString();
    }
}
