package io.boxcar.loadtest;

import java.math.BigDecimal;
import java.util.Locale;

/**
 * What came out of a run of the one-million-request challenge.
 *
 * @param sent events that were written to a connection, each once
 * @param acknowledged events that were answered with 201
 * @param seen what the origin has counted
 * @param repeated events that the origin has counted more than once; -1 if it does not tell
 * @param allowFailures whether an event may have failed, if its client was told so
 */
record ChallengeReport(
        LoadResult load, long sent, long acknowledged, ChallengeStats seen, long repeated, boolean allowFailures) {

    boolean isRight() {
        return trouble().isEmpty();
    }

    String table() {
        ChallengeStats expected = ChallengeStats.after(sent);
        boolean all = acknowledged == sent;
        TextTable table = new TextTable();
        table.row("", "expected", "seen", "");
        table.row(
                "totalRequests",
                all ? number(sent) : number(acknowledged) + " to " + number(sent),
                number(seen.totalRequests()),
                mark(acknowledged <= seen.totalRequests() && seen.totalRequests() <= sent));
        table.row(
                "uniqueUsers",
                (all ? "" : "at most ") + number(expected.uniqueUsers()),
                number(seen.uniqueUsers()),
                mark(isPlausible(
                        seen.uniqueUsers() == expected.uniqueUsers(), seen.uniqueUsers() <= expected.uniqueUsers())));
        table.row(
                "sum",
                (all ? "" : "at most ") + decimal(expected.sum()),
                decimal(seen.sum()),
                mark(isPlausible(
                        seen.sum().compareTo(expected.sum()) == 0, seen.sum().compareTo(expected.sum()) <= 0)));
        table.row(
                "avg",
                all ? Double.toString(expected.avg()) : "sum / totalRequests",
                Double.toString(seen.avg()),
                mark(seen.avg() == (all ? expected.avg() : seenAverage())));
        return table.format();
    }

    String figures() {
        String ids = repeated < 0 ? "" : String.format(Locale.ROOT, "; counted more than once: %,d", repeated);
        return String.format(
                Locale.ROOT,
                "%,d events sent, %,d acknowledged%s%n%.2f s: %,.0f/s%np50 %.3f ms, p99 %.3f ms, p99.9 %.3f ms, max %.3f ms%n",
                sent,
                acknowledged,
                ids,
                load.seconds(),
                load.rate(),
                load.latencyMs(50),
                load.latencyMs(99),
                load.latencyMs(99.9),
                load.latencyMs(100));
    }

    /** What is wrong, a line each; empty if nothing is. */
    String trouble() {
        StringBuilder text = new StringBuilder();
        if (!allowFailures || load.mispaired() > 0) {
            text.append(load.describeTrouble());
        }
        if (acknowledged + load.errorCount() + load.mispaired() != sent) {
            text.append("some events were neither answered nor failed\n");
        }
        if (!countsAreRight()) {
            text.append("the origin has not counted what was sent\n");
        }
        if (repeated > 0) {
            text.append(String.format(Locale.ROOT, "%,d events were counted more than once%n", repeated));
        }
        return text.toString();
    }

    private boolean countsAreRight() {
        ChallengeStats expected = ChallengeStats.after(sent);
        if (acknowledged == sent) {
            return seen.sameAs(expected);
        }
        return allowFailures
                && acknowledged <= seen.totalRequests()
                && seen.totalRequests() <= sent
                && seen.uniqueUsers() <= expected.uniqueUsers()
                && seen.sum().compareTo(expected.sum()) <= 0
                && seen.avg() == seenAverage();
    }

    private double seenAverage() {
        return seen.totalRequests() == 0 ? 0 : seen.sum().doubleValue() / seen.totalRequests();
    }

    private boolean isPlausible(boolean equal, boolean within) {
        return acknowledged == sent ? equal : within;
    }

    private static String mark(boolean right) {
        return right ? "ok" : "WRONG";
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String decimal(BigDecimal value) {
        BigDecimal plain = value.stripTrailingZeros();
        return String.format(Locale.ROOT, "%,." + Math.max(0, plain.scale()) + "f", plain);
    }
}
