package io.boxcar.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sources of one class, grouped by labels. Any thread; readers take no lock. There is a limit to the number of groups, so
 * that endpoints that come and go by the thousand do not fill the memory of Prometheus: sources beyond it are shown together,
 * and the value of their last label is {@value #OTHERS}.
 *
 * <p>What a removed source has counted stays in the sum as long as its group lives: a counter that fell would look to
 * Prometheus like a restart from zero.
 */
final class Sources {

    /**
     * The sources with the same labels; immutable.
     *
     * @param labelValues those of its sources, or, beyond the limit, those of all the others
     * @param removed the sum of the removed ones, as one source or none
     */
    record Group(List<String> labelValues, List<SeriesList> present, List<SeriesList> removed) {

        List<SeriesList> all() {
            List<SeriesList> all = new ArrayList<>(present);
            all.addAll(removed);
            return all;
        }

        List<String> labelNames() {
            return present.get(0).labelNames();
        }
    }

    /** Some hundred series each. */
    static final int MAX_GROUPS = 256;

    static final String OTHERS = "others";

    private volatile Map<List<String>, Group> groups = Map.of();

    /** The groups, in the order in which they came. */
    List<Group> groups() {
        return List.copyOf(groups.values());
    }

    synchronized void add(SeriesList source) {
        List<String> labelValues = source.labelValues();
        if (!groups.containsKey(labelValues) && groupsOfTheirOwn() >= MAX_GROUPS) {
            labelValues = others(labelValues);
        }
        Map<List<String>, Group> changed = new LinkedHashMap<>(groups);
        Group group = groups.getOrDefault(labelValues, new Group(labelValues, List.of(), List.of()));
        List<SeriesList> present = new ArrayList<>(group.present);
        present.add(source);
        changed.put(labelValues, new Group(labelValues, present, group.removed));
        groups = changed;
    }

    private long groupsOfTheirOwn() {
        return groups.keySet().stream()
                .filter(values -> !values.contains(OTHERS))
                .count();
    }

    private static List<String> others(List<String> labelValues) {
        List<String> others = new ArrayList<>(labelValues);
        if (!others.isEmpty()) {
            others.set(others.size() - 1, OTHERS);
        }
        return List.copyOf(others);
    }

    /** Removes {@code source}, which is written no more; {@code blank} makes an empty one of its class. */
    synchronized void remove(SeriesList source, Supplier<SeriesList> blank) {
        Group group = groupOf(source);
        if (group == null) {
            return;
        }
        Map<List<String>, Group> changed = new LinkedHashMap<>(groups);
        List<SeriesList> present = new ArrayList<>(group.present);
        present.remove(source);
        if (present.isEmpty()) {
            changed.remove(group.labelValues);
        } else {
            SeriesList removed = blank.get();
            group.removed.forEach(removed::addCounts);
            removed.addCounts(source);
            changed.put(group.labelValues, new Group(group.labelValues, present, List.of(removed)));
        }
        groups = changed;
    }

    private @Nullable Group groupOf(SeriesList source) {
        for (List<String> labelValues : List.of(source.labelValues(), others(source.labelValues()))) {
            Group group = groups.get(labelValues);
            if (group != null && group.present.contains(source)) {
                return group;
            }
        }
        return null;
    }
}
