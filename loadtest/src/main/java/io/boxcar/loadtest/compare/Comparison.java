package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.Children;
import io.boxcar.loadtest.LoadResult;
import io.boxcar.loadtest.LoadWatcher;
import io.boxcar.loadtest.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The rounds: in each, every case on every path, and the paths in another order than in the round before, so that whatever
 * else the machine does hits all of them. Open loops come last, because their rate is told by what was measured before.
 * Owned by the thread that runs it, which also makes the load.
 */
final class Comparison {
    private static final long PEER_WARMUP_NS = 300_000_000;
    private static final int MIN_FILES = 4_096;
    private static final long SHORTEST_NS = 10_000_000;
    private static final long MAX_TRACE_NS = 700_000_000;
    private static final double OPEN_SHARE = 0.5;

    private final ComparePlan plan;
    private final Children children;
    private final Progress progress;
    private final List<Case> cases = new ArrayList<>();
    private final List<String> limits = new ArrayList<>();
    private long windowsDone;
    private long windowsInAll;
    private long startNs;

    Comparison(ComparePlan plan, Children children, Progress progress) {
        this.plan = plan;
        this.children = children;
        this.progress = progress;
    }

    /** What came out, and under which conditions. */
    record Outcome(ComparePlan plan, Results results, Conditions conditions) {}

    /**
     * Starts everything, measures, and stops everything.
     *
     * @throws IOException when something does not start, or Boxcar ends on the way; a peer that fails is only reported
     */
    Outcome run() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("boxcar-compare");
        int files = allowFiles();
        try (Pinning pinning = Pinning.start(plan.pin());
                Field field = Field.start(plan, children, folder, files, pinning, progress)) {
            Results results =
                    new Results(field.contenders().stream().map(Contender::name).toList());
            limits.forEach(results::remark);
            field.absent().forEach(absent -> results.remark("Not compared: " + absent + "."));
            measure(field, pinning, folder, results);
            progress.clear();
            return new Outcome(plan, results, Conditions.read(plan, field, pinning));
        } finally {
            remove(folder);
        }
    }

    /** Leaves out the cases for which there may not be enough files open; how many may. */
    private int allowFiles() {
        int wanted = plan.cases().stream()
                .mapToInt(load -> OpenFiles.needed(load.connections()))
                .max()
                .orElseThrow();
        int files = OpenFiles.raiseTo(wanted);
        for (Case load : plan.cases()) {
            int needed = OpenFiles.needed(load.connections());
            if (needed <= files) {
                cases.add(load);
            } else {
                limits.add("Left out: " + load.name() + ". It takes " + needed + " open files, and " + files
                        + " are allowed; raise the limit with: ulimit -n " + needed);
            }
        }
        return Math.min(files, Math.max(wanted, MIN_FILES));
    }

    private void measure(Field field, Pinning pinning, Path folder, Results results) throws IOException {
        List<Case> closed = cases.stream().filter(load -> !load.open()).toList();
        List<Case> open = cases.stream().filter(Case::open).toList();
        Stage stage = new Stage(field, pinning, results);
        stage.warmUp();
        windowsInAll = (long) cases.size() * plan.rounds() * field.contenders().size();
        startNs = System.nanoTime();
        stage.rounds(closed);
        if (!open.isEmpty()) {
            double rate = OPEN_SHARE * stage.topRateOfReference(closed);
            open.forEach(load -> results.rate(load, rate));
            stage.rounds(open);
        }
        if (plan.traceSystemCalls()) {
            stage.traceSystemCalls(closed, folder);
        }
        pinning.arrange(field.server().processes(), false);
    }

    /** What the steps have in common. */
    private final class Stage {
        private final Field field;
        private final Pinning pinning;
        private final Results results;

        Stage(Field field, Pinning pinning, Results results) {
            this.field = field;
            this.pinning = pinning;
            this.results = results;
        }

        void warmUp() throws IOException {
            Set<Case> kinds =
                    new TreeSet<>(Comparator.comparingInt(Case::connections).thenComparingInt(Case::pipeline));
            cases.forEach(load -> kinds.add(new Case(false, load.connections(), load.pipeline())));
            for (Contender contender : field.contenders()) {
                progress.step("warming up " + contender.name());
                long warmupNs =
                        contender.isBoxcar() ? plan.boxcarWarmupNs() : Math.min(PEER_WARMUP_NS, plan.measuredNs());
                for (Case load : kinds) {
                    try {
                        arrange(contender);
                        run(contender, load, 0, warmupNs, SHORTEST_NS, new LoadWatcher() {});
                    } catch (IOException e) {
                        failed(load, contender, e);
                    }
                }
            }
        }

        void rounds(List<Case> loads) throws IOException {
            List<Contender> order = new ArrayList<>(field.contenders());
            for (int round = 1; round <= plan.rounds(); round++) {
                for (Case load : loads) {
                    for (Contender contender : order) {
                        progress.step(load.name() + ", round " + round + " of " + plan.rounds() + ", "
                                + contender.name() + timeLeft());
                        window(load, contender);
                        windowsDone++;
                    }
                }
                Collections.rotate(order, -1);
            }
        }

        private void window(Case load, Contender contender) throws IOException {
            if (results.hasFailed(load, contender.name())) {
                return;
            }
            try {
                arrange(contender);
                WindowMeter meter = new WindowMeter(contender, field.server(), progress);
                LoadResult result = run(contender, load, results.rate(load), plan.warmupNs(), plan.measuredNs(), meter);
                results.add(load, contender.name(), meter.window(result));
            } catch (IOException e) {
                failed(load, contender, e);
            }
        }

        /** The peer that the targets name; without it the fastest of the others, without any the direct path. */
        double topRateOfReference(List<Case> closed) throws IOException {
            List<Contender> peers = field.contenders().stream()
                    .filter(contender -> !contender.isDirect() && !contender.isBoxcar())
                    .toList();
            List<Contender> references = peers.stream()
                    .filter(peer -> peer.name().equals(plan.protocol().reference()))
                    .toList();
            if (references.isEmpty()) {
                references = peers.isEmpty() ? field.contenders().subList(0, 1) : peers;
            }
            List<Case> oneByOne =
                    closed.stream().filter(load -> load.pipeline() == 1).toList();
            double top = 0;
            for (Contender reference : references) {
                for (Case load : oneByOne) {
                    Spread rate = results.spread(load, reference.name(), Measure.RATE);
                    top = rate.isKnown() ? Math.max(top, rate.median()) : top;
                }
            }
            Contender first = references.getFirst();
            if (top == 0) {
                progress.step("finding the top rate of " + first.name());
                arrange(first);
                top = run(first, new Case(false, 50, 1), 0, plan.warmupNs(), plan.measuredNs(), new LoadWatcher() {})
                        .rate();
            }
            String whose = references.size() == 1 ? first.name() : "the fastest other proxy";
            results.remark(String.format(
                    Locale.ROOT,
                    "Open loops ran at %,.0f requests per second, half of the top rate of %s.",
                    OPEN_SHARE * top,
                    whose));
            return top;
        }

        void traceSystemCalls(List<Case> closed, Path folder) throws IOException {
            if (Programs.find("strace") == null) {
                results.remark("System calls were not counted: strace is not on the PATH.");
                return;
            }
            for (Case load : closed) {
                for (Contender contender : field.contenders()) {
                    progress.step("counting system calls, " + load.name() + ", " + contender.name());
                    if (!results.hasFailed(load, contender.name()) && !trace(load, contender, folder)) {
                        return;
                    }
                }
            }
        }

        private boolean trace(Case load, Contender contender, Path folder) throws IOException {
            CallTracer tracer = new CallTracer(
                    children, folder, contender.processes(), field.server().processes());
            try {
                arrange(contender);
                LoadResult traced =
                        run(contender, load, 0, plan.warmupNs(), Math.min(MAX_TRACE_NS, plan.measuredNs()), tracer);
                results.add(load, contender.name(), tracer.perRequest(traced.requests()));
                return true;
            } catch (IOException e) {
                contender.requireAlive();
                results.remark("System calls were not counted everywhere: "
                        + String.valueOf(e.getMessage()).lines().findFirst().orElse("") + ".");
                return false;
            }
        }

        private LoadResult run(
                Contender contender, Case load, double rate, long warmupNs, long measuredNs, LoadWatcher watcher)
                throws IOException {
            return plan.protocol().run(contender.address(), load, rate, warmupNs, measuredNs, watcher);
        }

        private void arrange(Contender contender) throws IOException {
            pinning.arrange(field.server().processes(), contender.isDirect());
        }

        /** A Boxcar that has ended is the end of the comparison. */
        private void failed(Case load, Contender contender, IOException e) throws IOException {
            if (contender.isBoxcar()) {
                contender.requireAlive();
            }
            results.fail(load, contender.name(), String.valueOf(e.getMessage()));
        }
    }

    private String timeLeft() {
        if (windowsDone == 0) {
            return "";
        }
        double seconds = (System.nanoTime() - startNs) / 1e9 / windowsDone * (windowsInAll - windowsDone);
        return seconds < 90
                ? String.format(Locale.ROOT, "; about %.0f s left", seconds)
                : String.format(Locale.ROOT, "; about %.0f min left", seconds / 60);
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
