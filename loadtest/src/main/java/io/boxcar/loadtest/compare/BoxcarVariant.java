package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.Sidecar;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Boxcar that takes part.
 *
 * @param settings {@code KEY=VALUE} as after {@code --set}
 * @param jvmOptions beside those of the launcher
 */
record BoxcarVariant(String name, List<String> settings, List<String> jvmOptions) {

    BoxcarVariant {
        settings = List.copyOf(settings);
        jvmOptions = List.copyOf(jvmOptions);
    }

    /** {@code NAME:key=value,-Xoption,...}; {@code common} settings come first, so that its own win. */
    static BoxcarVariant parse(String text, List<String> common) {
        int colon = text.indexOf(':');
        if (colon < 1 || colon == text.length() - 1) {
            throw new IllegalArgumentException(
                    "--variant is '" + text + "'; write NAME:key=value,key=value, as epoll:transport=epoll");
        }
        List<String> settings = new ArrayList<>(common);
        List<String> options = new ArrayList<>();
        for (String part : text.substring(colon + 1).split(",", -1)) {
            if (part.startsWith("-")) {
                options.add(part);
            } else if (part.indexOf('=') > 0) {
                settings.add(part);
            } else {
                throw new IllegalArgumentException("'" + part + "' in --variant " + text
                        + " is neither key=value nor a JVM option, which begins with -");
            }
        }
        return new BoxcarVariant("Boxcar " + text.substring(0, colon), settings, options);
    }

    /**
     * The command line up to the subcommand: the launcher of another distribution, or this process's own Java, flags and
     * class path.
     */
    List<String> launcher(@Nullable Path distribution) {
        if (distribution != null) {
            Path script = distribution.resolve("bin").resolve("boxcar");
            return jvmOptions.isEmpty()
                    ? List.of(script.toString())
                    : List.of("env", "BOXCAR_JAVA_OPTS=" + String.join(" ", jvmOptions), script.toString());
        }
        List<String> command = new ArrayList<>(Sidecar.javaCommand());
        if (jvmOptions.stream().anyMatch(BoxcarVariant::isCollector)) {
            command.removeIf(BoxcarVariant::isCollector); // the JVM refuses two
        }
        command.addAll(1, jvmOptions.stream().filter(BoxcarVariant::isCollector).toList());
        // Behind the inherited flags, so that they win, and before -cp and the class path.
        command.addAll(
                command.size() - 2,
                jvmOptions.stream().filter(option -> !isCollector(option)).toList());
        command.add(Sidecar.MAIN_CLASS);
        return command;
    }

    private static boolean isCollector(String flag) {
        return flag.startsWith("-XX:+Use") && flag.endsWith("GC");
    }

    /** For the report: what somebody would type. */
    String describe(String route) {
        String options = jvmOptions.isEmpty() ? "" : "BOXCAR_JAVA_OPTS=\"" + String.join(" ", jvmOptions) + "\" ";
        StringBuilder text = new StringBuilder(options + "boxcar run " + route);
        settings.forEach(setting -> text.append(" --set ").append(setting));
        return text.toString();
    }
}
