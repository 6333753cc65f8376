package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The figures as tables. */
record CompareTables(Comparison.Outcome outcome) {
    private static final List<Measure> COLUMNS = List.of(
            Measure.RATE,
            Measure.P50,
            Measure.P99,
            Measure.P999,
            Measure.PROXY_CPU,
            Measure.UPSTREAM_CPU,
            Measure.SUM_CPU,
            Measure.REQUESTS_PER_PACKET,
            Measure.UPSTREAM_CONNECTIONS,
            Measure.RESIDENT);
    private static final List<Measure> MORE_COLUMNS =
            List.of(Measure.REQUESTS_PER_BATCH, Measure.PROXY_BUSY, Measure.GENERATOR_BUSY);
    private static final List<Measure> RATIOS =
            List.of(Measure.RATE, Measure.P50, Measure.P99, Measure.PROXY_CPU, Measure.UPSTREAM_CPU, Measure.SUM_CPU);

    private Results results() {
        return outcome.results();
    }

    /**
     * One case, a row for each path.
     *
     * @param all with the range of each figure, and figures that only an expert asks for
     */
    Table figures(Case load, boolean all) {
        List<Measure> columns = new ArrayList<>(COLUMNS);
        if (all) {
            columns.addAll(MORE_COLUMNS);
        }
        List<String> head = new ArrayList<>(List.of("path"));
        columns.forEach(measure -> head.add(title(measure)));
        head.add("system calls");
        Table table = new Table(head.toArray(String[]::new));
        for (String path : results().paths()) {
            if (!results().windows(load, path).isEmpty()) {
                List<String> row = new ArrayList<>(List.of(path));
                for (Measure measure : columns) {
                    Spread spread = results().spread(load, path, measure);
                    boolean ranged = all || measure == Measure.RATE || measure == Measure.SUM_CPU;
                    row.add(
                            !applies(measure, path)
                                    ? "-"
                                    : ranged ? spread.text(measure.format()) : spread.shortText(measure.format()));
                }
                row.add(systemCalls(load, path));
                table.row(row.toArray(String[]::new));
            }
        }
        return table;
    }

    private static String title(Measure measure) {
        return measure.unit().isEmpty() ? measure.label() : measure.label() + " " + measure.unit();
    }

    /** A path without a proxy has no proxy's figures, and only Boxcar tells its batches. */
    private static boolean applies(Measure measure, String path) {
        return switch (measure) {
            case PROXY_CPU, RESIDENT, PROXY_BUSY -> !path.equals(Results.DIRECT);
            case REQUESTS_PER_BATCH -> path.startsWith(Results.BOXCAR);
            default -> true;
        };
    }

    private String systemCalls(Case load, String path) {
        SystemCalls calls = results().systemCalls(load, path);
        if (!calls.isKnown()) {
            return "n/a";
        }
        String server = String.format(Locale.ROOT, "%.2f", calls.upstream());
        return path.equals(Results.DIRECT) ? server : String.format(Locale.ROOT, "%.2f + ", calls.proxy()) + server;
    }

    /** Where the load generator, not the path, set the rate; empty where it did not. */
    String limits(Case load) {
        List<String> paths = results().paths().stream()
                .filter(path -> !load.open() && generatorWasTheLimit(load, path))
                .toList();
        return paths.isEmpty()
                ? ""
                : "The load generator was the limit on " + String.join(", ", paths)
                        + ": its thread ran, or waited for a CPU, all the time; the rate is its own.";
    }

    private boolean generatorWasTheLimit(Case load, String path) {
        List<Window> windows = results().windows(load, path);
        long limited = windows.stream()
                .filter(window -> window.load().generator().isLimit())
                .count();
        return limited * 2 > windows.size();
    }

    /** Each Boxcar divided by each of the others. */
    Table ratios(boolean ranges) {
        List<String> head = new ArrayList<>(List.of("case", "quotient"));
        RATIOS.forEach(measure -> head.add(measure.label()));
        Table table = new Table(head.toArray(String[]::new));
        for (Case load : results().cases()) {
            for (String path : results().paths()) {
                for (String other : results().paths()) {
                    if (path.startsWith(Results.BOXCAR) && isDivisor(path, other)) {
                        ratioRow(table, load, path, other, ranges);
                    }
                }
            }
        }
        return table;
    }

    /** Variants are divided by the plain Boxcar too. */
    private static boolean isDivisor(String path, String other) {
        return !other.startsWith(Results.BOXCAR) || other.equals(Results.BOXCAR) && !path.equals(other);
    }

    private void ratioRow(Table table, Case load, String path, String other, boolean ranges) {
        if (results().windows(load, path).isEmpty()
                || results().windows(load, other).isEmpty()) {
            return;
        }
        List<String> row = new ArrayList<>(List.of(load.name(), path + " / " + other));
        for (Measure measure : RATIOS) {
            Spread ratio = results().ratio(measure, load, path, load, other);
            boolean applies = applies(measure, other);
            row.add(!applies ? "-" : ranges ? ratio.text("%.2f") : ratio.shortText("%.2f"));
        }
        table.row(row.toArray(String[]::new));
    }

    List<Targets.Verdict> verdicts() {
        return Targets.judge(outcome.plan().protocol(), results());
    }

    Table targets() {
        Table table = new Table("target", "figure", "verdict");
        for (Targets.Verdict verdict : verdicts()) {
            String against = verdict.target().text().contains(verdict.other())
                            || verdict.other().equals(Results.BOXCAR)
                    ? ""
                    : " (" + verdict.other() + ")";
            table.row(verdict.target().text() + against, verdict.ratio().text("%.2f") + " x", verdict.text());
        }
        return table;
    }

    /** For a terminal. */
    String text() {
        StringBuilder text = new StringBuilder();
        outcome.conditions()
                .sentences()
                .forEach(sentence -> text.append(sentence).append('\n'));
        for (Case load : results().cases()) {
            text.append('\n').append(load.name() + ": " + load.title() + '\n');
            text.append(figures(load, false).text());
            appendLine(text, limits(load));
        }
        text.append("\nBoxcar divided by others, medians of the quotients of each round\n")
                .append(ratios(false).text());
        if (!verdicts().isEmpty()) {
            text.append('\n').append(targets().text());
        }
        results().remarks().forEach(remark -> appendLine(text, remark));
        return text.toString();
    }

    /** For a README. */
    String markdown() {
        StringBuilder text = new StringBuilder();
        for (Case load : results().cases()) {
            text.append("**" + load.title() + "**\n\n");
            text.append(figures(load, false).markdown()).append('\n');
            if (!limits(load).isEmpty()) {
                text.append(limits(load)).append("\n\n");
            }
        }
        if (!verdicts().isEmpty()) {
            text.append("**Targets**\n\n").append(targets().markdown()).append('\n');
        }
        outcome.conditions().sentences().forEach(sentence -> text.append("- " + sentence + "\n"));
        results().remarks().forEach(remark -> text.append("- " + remark + "\n"));
        return text.toString();
    }

    private static void appendLine(StringBuilder text, String line) {
        if (!line.isEmpty()) {
            text.append(line).append('\n');
        }
    }
}
