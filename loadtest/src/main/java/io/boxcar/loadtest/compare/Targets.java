package io.boxcar.loadtest.compare;

import static io.boxcar.loadtest.compare.Results.BOXCAR;
import static io.boxcar.loadtest.compare.Results.DIRECT;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What Boxcar has to show, as data, and whether it did. */
final class Targets {
    /** Stands for the peer with the best figure. */
    private static final String BEST_PEER = "the best other proxy";

    private static final List<Target> REDIS = List.of(
            atMost(1.0, Measure.SUM_CPU, "500x1", DIRECT),
            atMost(0.75, Measure.SUM_CPU, "500x1", BEST_PEER),
            atMost(0.15, Measure.UPSTREAM_CPU, "500x1", DIRECT),
            atMost(0.75, Measure.SUM_CPU, "50x1", "twemproxy"),
            atMost(0.75, Measure.SUM_CPU, "50x1", BEST_PEER),
            atMost(0.5, Measure.SUM_CPU, "50x16", "twemproxy"),
            atMost(0.75, Measure.SUM_CPU, "50x16", BEST_PEER),
            atLeast(0.75, Measure.RATE, "50x16", DIRECT),
            new Target(false, 1.15, Measure.SUM_CPU, Case.parse("5000x1"), Case.parse("500x1"), BOXCAR),
            atMost(1.0, Measure.P50, "1x1", "twemproxy"),
            atMost(1.0, Measure.P99, "open-500", "twemproxy"),
            atMost(1.0, Measure.P99, "open-50", "twemproxy"));

    private static final List<Target> HTTP = List.of(
            atLeast(2.0, Measure.RATE, "500", "haproxy"),
            atMost(0.5, Measure.PROXY_CPU, "500", "haproxy"),
            atMost(1.0, Measure.P99, "500", "haproxy"),
            atLeast(1.2, Measure.RATE, "50", "haproxy"),
            atMost(0.75, Measure.PROXY_CPU, "50", "haproxy"),
            atMost(1.0, Measure.P99, "50", "haproxy"),
            atMost(1.0, Measure.P50, "1", "haproxy"),
            atMost(1.0, Measure.P99, "open-500", "haproxy"),
            atMost(1.0, Measure.P99, "open-50", "haproxy"));

    private Targets() {}

    /**
     * Boxcar's figure against another one.
     *
     * @param atLeast whether the quotient has to be at least {@code factor} rather than at most
     * @param otherLoad the case of the other figure
     * @param other the path of the other figure
     */
    record Target(boolean atLeast, double factor, Measure measure, Case load, Case otherLoad, String other) {
        String text() {
            String where = otherLoad.equals(load) ? other : "its own at " + otherLoad.name();
            return String.format(
                    Locale.ROOT,
                    "%s: %s %s %s x %s",
                    load.name(),
                    measure == Measure.SUM_CPU ? "CPU of proxy and server" : measure.label(),
                    atLeast ? ">=" : "<=",
                    Double.toString(factor),
                    where);
        }
    }

    /**
     * How it came out.
     *
     * @param ratio Boxcar's figure divided by {@code other}'s
     * @param other the path that it was compared with
     */
    record Verdict(Target target, Spread ratio, String other) {
        boolean isMet() {
            return target.atLeast() ? ratio.median() >= target.factor() : ratio.median() <= target.factor();
        }

        /** {@code met}, or by how much it was missed. */
        String text() {
            if (isMet()) {
                return "met";
            }
            double missed = Math.abs(ratio.median() / target.factor() - 1);
            return String.format(Locale.ROOT, "missed by %.0f %%", missed * 100);
        }
    }

    /** Those whose figures were measured. */
    static List<Verdict> judge(Protocol protocol, Results results) {
        List<Verdict> verdicts = new ArrayList<>();
        for (Target target : protocol == Protocol.REDIS ? REDIS : HTTP) {
            String other =
                    target.other().equals(BEST_PEER) ? bestPeer(results, target).orElse("") : target.other();
            Spread ratio = results.ratio(target.measure(), target.load(), BOXCAR, target.otherLoad(), other);
            if (ratio.isKnown()) {
                verdicts.add(new Verdict(target, ratio, other));
            }
        }
        return verdicts;
    }

    private static Optional<String> bestPeer(Results results, Target target) {
        return results.paths().stream()
                .filter(path -> !path.equals(DIRECT) && !path.startsWith(BOXCAR))
                .filter(path ->
                        results.spread(target.load(), path, target.measure()).isKnown())
                .min(Comparator.comparingDouble(path ->
                        results.spread(target.load(), path, target.measure()).median()));
    }

    private static Target atMost(double factor, Measure measure, String load, String other) {
        return new Target(false, factor, measure, Case.parse(load), Case.parse(load), other);
    }

    private static Target atLeast(double factor, Measure measure, String load, String other) {
        return new Target(true, factor, measure, Case.parse(load), Case.parse(load), other);
    }
}
