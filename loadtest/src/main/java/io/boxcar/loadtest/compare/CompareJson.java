package io.boxcar.loadtest.compare;

import io.boxcar.proxy.admin.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The figures for programs: every round of every case and path. */
record CompareJson(Comparison.Outcome outcome) {

    String text() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("protocol", outcome.plan().protocol().key());
        all.put("conditions", outcome.conditions().sentences());
        all.put("remarks", outcome.results().remarks());
        List<Object> cases = new ArrayList<>();
        outcome.results().cases().forEach(load -> cases.add(caseOf(load)));
        all.put("cases", cases);
        List<Object> targets = new ArrayList<>();
        for (Targets.Verdict verdict : Targets.judge(outcome.plan().protocol(), outcome.results())) {
            Map<String, Object> target = new LinkedHashMap<>();
            target.put("target", verdict.target().text());
            target.put("other", verdict.other());
            target.put("factor", verdict.target().factor());
            target.put("ratio", spread(verdict.ratio()));
            target.put("met", verdict.isMet());
            targets.add(target);
        }
        all.put("targets", targets);
        all.put("configurations", outcome.conditions().configurations());
        return Json.write(all);
    }

    private Map<String, Object> caseOf(Case load) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("case", load.name());
        one.put("connections", load.connections());
        one.put("pipeline", load.pipeline());
        one.put("rate", outcome.results().rate(load));
        Map<String, Object> paths = new LinkedHashMap<>();
        for (String path : outcome.results().paths()) {
            if (!outcome.results().windows(load, path).isEmpty()) {
                paths.put(path, pathOf(load, path));
            }
        }
        one.put("paths", paths);
        return one;
    }

    private Map<String, Object> pathOf(Case load, String path) {
        Map<String, Object> figures = new LinkedHashMap<>();
        List<Window> windows = outcome.results().windows(load, path);
        for (Measure measure : Measure.values()) {
            Map<String, Object> figure = spread(outcome.results().spread(load, path, measure));
            figure.put("rounds", windows.stream().map(measure::of).toList());
            figures.put(measure.name().toLowerCase(Locale.ROOT), figure);
        }
        SystemCalls calls = outcome.results().systemCalls(load, path);
        figures.put("system_calls_proxy", calls.proxy());
        figures.put("system_calls_upstream", calls.upstream());
        figures.put(
                "errors",
                windows.stream().mapToLong(window -> window.load().errorCount()).sum());
        figures.put(
                "mispaired",
                windows.stream().mapToLong(window -> window.load().mispaired()).sum());
        figures.put(
                "generator_was_the_limit",
                windows.stream()
                        .map(window -> window.load().generator().isLimit())
                        .toList());
        return figures;
    }

    private static Map<String, Object> spread(Spread spread) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("median", spread.median());
        map.put("min", spread.min());
        map.put("max", spread.max());
        return map;
    }
}
