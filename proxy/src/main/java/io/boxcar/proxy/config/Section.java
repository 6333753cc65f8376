package io.boxcar.proxy.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One block of the configuration, read value by value. A value that does not fit becomes a problem, a harmless one is
 * returned in its place, and reading goes on, so that the user sees every mistake at once.
 */
final class Section {

    private final Config config;
    private final ConfigOrigin origin;
    private final String path;
    private final Problems problems;

    Section(Config config, ConfigOrigin origin, String path, Problems problems) {
        this.config = config;
        this.origin = origin;
        this.path = path;
        this.problems = problems;
    }

    int integer(String key, int min, int max) {
        String text = text(key);
        if (text == null) {
            return min;
        }
        try {
            return (int) inRange(key, text, Long.parseLong(text), min, max, Long.toString(min), Long.toString(max));
        } catch (NumberFormatException e) {
            problem(key, "is not a whole number from " + min + " to " + max);
            return min;
        }
    }

    long timeNs(String key, long minNs, long maxNs) {
        String text = text(key);
        if (text == null) {
            return minNs;
        }
        long ns;
        try {
            ns = config.getDuration(key).toNanos();
        } catch (ConfigException | ArithmeticException e) {
            problem(key, "is not a time; write a number and a unit (ns, us, ms, s, m, h, d), as in 300 us");
            return minNs;
        }
        if (ns != 0 && Character.isDigit(text.charAt(text.length() - 1))) {
            problem(key, "has no unit; write one (ns, us, ms, s, m, h, d), as in " + text + " ms");
            return minNs;
        }
        return inRange(key, text, ns, minNs, maxNs, Quantity.ofTime(minNs), Quantity.ofTime(maxNs));
    }

    long size(String key, long min, long max) {
        String text = text(key);
        if (text == null) {
            return min;
        }
        try {
            long bytes = config.getBytes(key);
            return inRange(key, text, bytes, min, max, Quantity.ofSize(min), Quantity.ofSize(max));
        } catch (ConfigException e) {
            problem(key, "is not a size; write bytes, or a number and a unit (KiB, MiB, GiB), as in 64 KiB");
            return min;
        }
    }

    private long inRange(String key, String text, long value, long min, long max, String minText, String maxText) {
        if (value < min || value > max) {
            problem(key, "is out of range; it must be from " + minText + " to " + maxText);
            return min;
        }
        return value;
    }

    /** A number from 0 to 1. */
    double fraction(String key) {
        String text = text(key);
        if (text == null) {
            return 0;
        }
        try {
            double value = Double.parseDouble(text);
            if (value >= 0 && value <= 1) {
                return value;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        problem(key, "is not a number from 0 to 1, as in 0.01 for one in a hundred");
        return 0;
    }

    boolean yesOrNo(String key) {
        if (text(key) == null) {
            return false;
        }
        try {
            return config.getBoolean(key);
        } catch (ConfigException e) {
            problem(key, "is neither true nor false");
            return false;
        }
    }

    <E extends Enum<E>> E oneOf(String key, E[] choices) {
        String text = text(key);
        if (text == null) {
            return choices[0];
        }
        for (E choice : choices) {
            if (choice.name().equalsIgnoreCase(text.replace('-', '_'))) {
                return choice;
            }
        }
        List<String> names = Arrays.stream(choices)
                .map(c -> c.name().toLowerCase(Locale.ROOT))
                .toList();
        problem(key, "is not one of " + String.join(", ", names) + didYouMean(text, names));
        return choices[0];
    }

    /** Null, and a problem, if it is missing or not an address. */
    @Nullable
    Address address(String key) {
        String text = text(key);
        return text == null ? null : address(key, text);
    }

    /** From a list, or from one text with commas, which is what a variable of the environment can hold. */
    List<Address> addresses(String key) {
        List<String> texts;
        if (isList(key)) {
            try {
                texts = config.getStringList(key);
            } catch (ConfigException e) {
                problem(key, "is not a list of addresses");
                return List.of();
            }
            if (texts.isEmpty()) {
                problem(key, "is empty; it needs at least one address");
            }
        } else {
            String text = text(key);
            if (text == null) {
                return List.of();
            }
            texts = List.of(text.split(",", -1));
        }
        List<Address> addresses = new ArrayList<>();
        for (String text : texts) {
            Address address = address(key, text.strip());
            if (address != null) {
                addresses.add(address);
            }
        }
        return addresses;
    }

    /** The values of a list, or of one text with commas; none if it is empty, and none and a problem if there is no such key. */
    List<String> texts(String key) {
        if (isList(key)) {
            try {
                return config.getStringList(key);
            } catch (ConfigException e) {
                problem(key, "is not a list of single values");
                return List.of();
            }
        }
        String text = text(key);
        return text == null || text.isBlank()
                ? List.of()
                : Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    }

    boolean has(String key) {
        return value(key) != null;
    }

    /** The blocks of a list, each with some of these keys; what is not a block, and any other key, is a problem. */
    List<Section> blocks(String key, List<String> keys) {
        if (!isList(key)) {
            problem(key, "is not a list of blocks; write [ { " + keys.getFirst() + " = ... }, ... ]");
            return List.of();
        }
        List<Section> blocks = new ArrayList<>();
        int number = 0;
        for (ConfigValue value : config.getList(key)) {
            String blockPath = path + "." + key + "[" + number++ + "]";
            if (value instanceof ConfigObject block) {
                for (String found : block.keySet()) {
                    if (!keys.contains(found)) {
                        problems.add(
                                value.origin(),
                                blockPath + "." + found + " is not a known key; known here: "
                                        + String.join(", ", keys));
                    }
                }
                blocks.add(new Section(block.toConfig(), value.origin(), blockPath, problems));
            } else {
                problems.add(value.origin(), blockPath + " is not a block; write { " + keys.getFirst() + " = ... }");
            }
        }
        return blocks;
    }

    private @Nullable Address address(String key, String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            problems.add(origin(key), path + "." + key + ": " + e.getMessage());
            return null;
        }
    }

    /** The value of a key that is not a block or list; null, and a problem, otherwise. */
    @Nullable
    String text(String key) {
        ConfigValue value = value(key);
        if (value == null) {
            problems.add(origin(key), path + " has no " + key + "; add " + key + " = ...");
            return null;
        }
        if (value.valueType() == ConfigValueType.OBJECT || value.valueType() == ConfigValueType.LIST) {
            problems.add(origin(key), path + "." + key + " is a single value, not a block or list");
            return null;
        }
        return value.unwrapped().toString();
    }

    /** The value as it is written, so that {@code 007} stays what it is; empty, and a problem, if it is not a single value. */
    String verbatim(String key) {
        return text(key) == null ? "" : config.getString(key);
    }

    void problem(String key, String text) {
        ConfigValue value = value(key);
        String shown = value == null || isList(key) ? "" : " = " + value.unwrapped();
        problems.add(origin(key), path + "." + key + shown + " " + text);
    }

    /** As {@link #problem}, of a value that must not be shown. */
    void problemOfSecret(String key, String text) {
        problems.add(origin(key), path + "." + key + " " + text);
    }

    /** The mistake lies between two keys: it is placed at the one that the user has set. */
    void problemBetween(String key, String other, String text) {
        problems.add(
                origin(origin(key).resource() == null ? key : other), path + ": " + key + " " + text + " " + other);
    }

    static String didYouMean(String text, List<String> names) {
        String nearest = Nearest.to(text, names);
        return nearest == null ? "" : "; did you mean " + nearest + "?";
    }

    private boolean isList(String key) {
        ConfigValue value = value(key);
        return value != null && value.valueType() == ConfigValueType.LIST;
    }

    private ConfigOrigin origin(String key) {
        ConfigValue value = value(key);
        return value == null ? origin : value.origin();
    }

    private @Nullable ConfigValue value(String key) {
        return config.hasPath(key) ? config.getValue(key) : null;
    }
}
