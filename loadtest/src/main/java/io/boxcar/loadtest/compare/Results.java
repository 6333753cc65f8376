package io.boxcar.loadtest.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.HdrHistogram.Histogram;

/** All windows of a comparison so far, by case and path; the rounds of one path are in order. Owned by one thread. */
final class Results {
    static final String DIRECT = "direct";
    static final String BOXCAR = "Boxcar";

    private record Key(Case load, String path) {}

    private final List<String> paths;
    private final Map<Key, List<Window>> windows = new LinkedHashMap<>();
    private final Map<Key, SystemCalls> systemCalls = new LinkedHashMap<>();
    private final Map<Case, Double> rates = new LinkedHashMap<>();
    private final List<String> remarks = new ArrayList<>();
    private final Map<Key, String> failures = new LinkedHashMap<>();

    /** {@code paths} by name, in the order of the report. */
    Results(List<String> paths) {
        this.paths = List.copyOf(paths);
    }

    void add(Case load, String path, Window window) {
        windows.computeIfAbsent(new Key(load, path), key -> new ArrayList<>()).add(window);
    }

    void add(Case load, String path, SystemCalls calls) {
        systemCalls.put(new Key(load, path), calls);
    }

    /** {@code path} could not be measured: there will be no more windows of it for this case. */
    void fail(Case load, String path, String why) {
        failures.put(new Key(load, path), why);
    }

    boolean hasFailed(Case load, String path) {
        return failures.containsKey(new Key(load, path));
    }

    /** The rate of an open loop. */
    void rate(Case load, double perSecond) {
        rates.put(load, perSecond);
    }

    /** A sentence that belongs to the figures: what was left out, and why. */
    void remark(String sentence) {
        remarks.add(sentence);
    }

    List<String> paths() {
        return paths;
    }

    List<String> remarks() {
        return remarks;
    }

    /** Those that were measured. */
    Set<Case> cases() {
        Set<Case> cases = new LinkedHashSet<>();
        windows.keySet().forEach(key -> cases.add(key.load()));
        return cases;
    }

    /** Requests per second of an open loop; 0 for any other. */
    double rate(Case load) {
        return rates.getOrDefault(load, 0.0);
    }

    List<Window> windows(Case load, String path) {
        return windows.getOrDefault(new Key(load, path), List.of());
    }

    SystemCalls systemCalls(Case load, String path) {
        return systemCalls.getOrDefault(new Key(load, path), SystemCalls.UNKNOWN);
    }

    Spread spread(Case load, String path, Measure measure) {
        return Spread.of(windows(load, path).stream().mapToDouble(measure::of).toArray());
    }

    /** Quotients of the same round, so that what the machine did in a round hits both; {@code other} is the divisor. */
    Spread ratio(Measure measure, Case load, String path, Case otherLoad, String other) {
        List<Window> above = windows(load, path);
        List<Window> below = windows(otherLoad, other);
        double[] quotients = new double[Math.min(above.size(), below.size())];
        for (int i = 0; i < quotients.length; i++) {
            quotients[i] = measure.of(above.get(i)) / measure.of(below.get(i));
        }
        return Spread.of(quotients);
    }

    /** The latencies of all rounds. */
    Histogram latencyNs(Case load, String path) {
        Histogram all = new Histogram(3);
        all.setAutoResize(true);
        windows(load, path).forEach(window -> all.add(window.load().latencyNs()));
        return all;
    }

    /** What was not answered rightly on {@code path}, one line each; empty if everything was. */
    String trouble(String path) {
        StringBuilder text = new StringBuilder();
        for (Case load : cases()) {
            windows(load, path).stream()
                    .map(Window::load)
                    .filter(result -> !result.isClean())
                    .flatMap(result -> result.describeTrouble().lines())
                    .forEach(line -> text.append(path + ", " + load.name() + ": " + line + "\n"));
        }
        failures.forEach((key, why) -> {
            if (key.path().equals(path)) {
                text.append(path + ", " + key.load().name() + ": " + why + "\n");
            }
        });
        return text.toString();
    }
}
