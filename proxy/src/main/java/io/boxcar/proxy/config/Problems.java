package io.boxcar.proxy.config;

import com.typesafe.config.ConfigOrigin;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is wrong with a configuration, each with its place; the same mistake is told once. */
final class Problems {

    private final Set<String> texts = new LinkedHashSet<>();

    void add(ConfigOrigin origin, String text) {
        texts.add(place(origin) + ": " + text);
    }

    void add(String text) {
        texts.add(text);
    }

    void throwIfAny() throws InvalidConfig {
        if (!texts.isEmpty()) {
            throw new InvalidConfig(List.copyOf(texts));
        }
    }

    private static String place(ConfigOrigin origin) {
        String file = origin.resource() != null ? origin.resource() : origin.filename();
        if (file == null) {
            return origin.description();
        }
        return origin.lineNumber() > 0 ? file + ":" + origin.lineNumber() : file;
    }
}
