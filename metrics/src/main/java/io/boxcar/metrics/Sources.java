package io.boxcar.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The sources of one class, grouped by labels. Any thread; readers take no lock.
 *
 * <p>What a removed source has counted stays in the sum as long as its group lives: a counter that fell would look to
 * Prometheus like a restart from zero.
 */
final class Sources {

    /**
     * The sources with the same labels; immutable.
     *
     * @param removed the sum of the removed ones, as one source or none
     */
    record Group(List<SeriesList> present, List<SeriesList> removed) {

        List<SeriesList> all() {
            List<SeriesList> all = new ArrayList<>(present);
            all.addAll(removed);
            return all;
        }

        List<String> labelNames() {
            return present.get(0).labelNames();
        }

        List<String> labelValues() {
            return present.get(0).labelValues();
        }
    }

    private volatile Map<List<String>, Group> groups = Map.of();

    /** The groups, in the order in which they came. */
    List<Group> groups() {
        return List.copyOf(groups.values());
    }

    synchronized void add(SeriesList source) {
        Map<List<String>, Group> changed = new LinkedHashMap<>(groups);
        Group group = groups.getOrDefault(source.labelValues(), new Group(List.of(), List.of()));
        List<SeriesList> present = new ArrayList<>(group.present);
        present.add(source);
        changed.put(source.labelValues(), new Group(present, group.removed));
        groups = changed;
    }

    /** Removes {@code source}, which is written no more; {@code blank} makes an empty one of its class. */
    synchronized void remove(SeriesList source, Supplier<SeriesList> blank) {
        Group group = groups.get(source.labelValues());
        if (group == null || !group.present.contains(source)) {
            return;
        }
        Map<List<String>, Group> changed = new LinkedHashMap<>(groups);
        List<SeriesList> present = new ArrayList<>(group.present);
        present.remove(source);
        if (present.isEmpty()) {
            changed.remove(source.labelValues());
        } else {
            SeriesList removed = blank.get();
            group.removed.forEach(removed::addCounts);
            removed.addCounts(source);
            changed.put(source.labelValues(), new Group(present, List.of(removed)));
        }
        groups = changed;
    }
}
