package io.boxcar.proxy.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tree of all keys, taken from {@code reference.conf}, so that a key exists exactly if it has a documented default or
 * is one that the built-in listener and upstream set.
 */
final class KnownKeys {

    /** Not switched over: that would make a class at each start, before anything is served. */
    private sealed interface Node {
        /** What this key may hold, if it is one. */
        @Nullable
        Node child(String key);
    }

    private enum Leaf implements Node {
        LEAF;

        @Override
        public @Nullable Node child(String key) {
            return null;
        }
    }

    private record Block(Map<String, Node> children) implements Node {
        @Override
        public @Nullable Node child(String key) {
            return children.get(key);
        }
    }

    /** A block whose keys are names that the user chooses. */
    private record Named(Node each) implements Node {
        @Override
        public Node child(String key) {
            return each;
        }
    }

    private final Block root;

    KnownKeys(Config reference) {
        Map<String, Node> boxcar =
                new TreeMap<>(block(reference.getObject("boxcar")).children());
        boxcar.put("listeners", new Named(entry(reference, "listener")));
        boxcar.put("upstreams", new Named(entry(reference, "upstream")));
        root = new Block(Map.of("boxcar", new Block(boxcar)));
    }

    private static Node entry(Config reference, String kind) {
        ConfigObject builtIns = reference.getObject("boxcar-without-listeners." + kind + "s");
        ConfigValue builtIn = builtIns.values().iterator().next();
        return block((ConfigObject) builtIn.withFallback(reference.getObject("boxcar.defaults." + kind)));
    }

    private static Block block(ConfigObject object) {
        Map<String, Node> children = new TreeMap<>();
        object.forEach((key, value) -> children.put(key, value instanceof ConfigObject o ? block(o) : Leaf.LEAF));
        return new Block(children);
    }

    /** The configuration without what is not known, is null, or is a single value in place of a block; each such key is a problem. */
    Config keepKnown(Config config, Problems problems) {
        return keepKnown(config.root(), root, List.of(), problems).toConfig();
    }

    private static ConfigObject keepKnown(ConfigObject object, Node node, List<String> path, Problems problems) {
        ConfigObject kept = object;
        for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
            String key = entry.getKey();
            ConfigValue value = entry.getValue();
            List<String> keyPath = append(path, key);
            Node child = node.child(key);
            if (child == null) {
                problems.add(
                        value.origin(), ConfigUtil.joinPath(keyPath) + " is not a known key; " + hint(node, path, key));
                kept = kept.withoutKey(key);
            } else if (value.valueType() == ConfigValueType.NULL) {
                problems.add(
                        value.origin(), ConfigUtil.joinPath(keyPath) + " = null; leave the key out to get its default");
                kept = kept.withoutKey(key);
            } else if (child != Leaf.LEAF) {
                if (value instanceof ConfigObject block) {
                    kept = kept.withValue(key, keepKnown(block, child, keyPath, problems));
                } else {
                    problems.add(
                            value.origin(),
                            ConfigUtil.joinPath(keyPath) + " is a block of keys, not a single value; write " + key
                                    + " { ... }");
                    kept = kept.withoutKey(key);
                }
            }
        }
        return kept;
    }

    /** Keys below the node count with their path and by their last element, so a key in the wrong block finds its way home. */
    private static String hint(Node node, List<String> path, String key) {
        Map<String, String> pathByName = new TreeMap<>();
        for (String below : below(node)) {
            pathByName.putIfAbsent(below.substring(below.lastIndexOf('.') + 1), below);
        }
        // What is right here wins over what is further down under the same name.
        ((Block) node).children().keySet().forEach(child -> pathByName.put(child, child));
        String name = Nearest.to(key, pathByName.keySet());
        if (name == null) {
            return "known here: " + String.join(", ", ((Block) node).children().keySet());
        }
        String prefix = path.isEmpty() ? "" : ConfigUtil.joinPath(path) + ".";
        return "did you mean " + prefix + pathByName.get(name) + "?";
    }

    /** Paths of all keys and blocks below a node, except those that need a name from the user. */
    private static List<String> below(Node node) {
        List<String> paths = new ArrayList<>();
        if (node instanceof Block block) {
            block.children().forEach((key, child) -> {
                paths.add(key);
                below(child).forEach(path -> paths.add(key + "." + path));
            });
        }
        return paths;
    }

    private static List<String> append(List<String> path, String key) {
        List<String> longer = new ArrayList<>(path);
        longer.add(key);
        return longer;
    }
}
