package io.boxcar.proxy;

import io.boxcar.proxy.config.BoxcarConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** In what two configurations differ. */
final class ConfigChanges {
    private final BoxcarConfig before;
    private final BoxcarConfig after;
    private final List<String> applied = new ArrayList<>();
    private final List<String> needsRestart = new ArrayList<>();

    ConfigChanges(BoxcarConfig before, BoxcarConfig after) {
        this.before = before;
        this.after = after;
    }

    Reloaded reloaded() {
        compareNamed("listener", BoxcarConfig::listeners, listener -> listener.name());
        compareNamed("upstream", BoxcarConfig::upstreams, upstream -> upstream.name());
        compare("shutdown", before.shutdown(), after.shutdown(), applied);
        compare("reload.watch", before.watchNs(), after.watchNs(), applied);
        compare("log.format", before.log().format(), after.log().format(), applied);
        compare("log.level", before.log().level(), after.log().level(), applied);
        compare("access-log", before.log().access(), after.log().access(), needsRestart);
        compare("loops", before.loops(), after.loops(), needsRestart);
        compare("transport", before.transport(), after.transport(), needsRestart);
        compare("admin", before.admin(), after.admin(), needsRestart);
        return new Reloaded(applied, needsRestart);
    }

    private static void compare(String key, @Nullable Object before, @Nullable Object after, List<String> changed) {
        if (!Objects.equals(before, after)) {
            changed.add(key);
        }
    }

    private <T> void compareNamed(String kind, Function<BoxcarConfig, List<T>> listed, Function<T, String> nameOf) {
        Map<String, T> old = byName(listed.apply(before), nameOf);
        byName(listed.apply(after), nameOf).forEach((name, now) -> {
            T was = old.remove(name);
            if (was == null) {
                applied.add(kind + " " + name + " added");
            } else if (!was.equals(now)) {
                applied.add(kind + " " + name + " changed");
            }
        });
        old.keySet().forEach(name -> applied.add(kind + " " + name + " removed"));
    }

    private static <T> Map<String, T> byName(List<T> all, Function<T, String> nameOf) {
        return all.stream()
                .collect(Collectors.toMap(nameOf, Function.identity(), (a, b) -> a, () -> new TreeMap<String, T>()));
    }
}
