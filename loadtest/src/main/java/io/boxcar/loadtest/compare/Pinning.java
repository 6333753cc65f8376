package io.boxcar.loadtest.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which process runs on which CPU: what is measured has the last one for itself, the load generator and whatever else takes
 * part have the others. On the direct path the server is what is measured. Owned by one thread.
 */
final class Pinning implements AutoCloseable {
    private static final int ATTEMPTS = 10;

    private final boolean on;
    private final List<Integer> cpus;
    private final String before;

    private Pinning(boolean on, List<Integer> cpus, String before) {
        this.on = on;
        this.cpus = cpus;
        this.before = before;
    }

    /** Pins nothing, if {@code wanted} is false or it cannot be done here. */
    static Pinning start(boolean wanted) {
        String allowed = allowed();
        List<Integer> cpus = parse(allowed);
        boolean possible = wanted && cpus.size() > 1 && Programs.find("taskset") != null;
        return new Pinning(possible, cpus, allowed);
    }

    /** In front of the command of a process that is measured. */
    List<String> commandPrefix() {
        return on ? List.of("taskset", "-c", measured()) : List.of();
    }

    /** Where this process and the server run for what comes next. */
    void arrange(Processes server, boolean direct) throws IOException {
        if (on) {
            pin(server, direct ? measured() : rest());
            pin(new Processes(List.of(ProcessHandle.current().pid())), rest());
        }
    }

    /** CPUs that this process could use before it was pinned. */
    int cpus() {
        return cpus.size();
    }

    /** For the report. */
    String describe() {
        if (!on) {
            return "Nothing was pinned to a CPU; everything shared " + cpus.size() + ".";
        }
        return "CPU " + measured()
                + " was the proxy's alone (on the direct path, the server's); load generator and server"
                + " ran on CPU " + rest() + ".";
    }

    /** Lets this process run everywhere again. */
    @Override
    public void close() throws IOException {
        if (on) {
            pin(new Processes(List.of(ProcessHandle.current().pid())), before);
        }
    }

    private String measured() {
        return Integer.toString(cpus.getLast());
    }

    private String rest() {
        return String.join(
                ",",
                cpus.subList(0, cpus.size() - 1).stream().map(String::valueOf).toList());
    }

    private static void pin(Processes processes, String to) throws IOException {
        for (long pid : processes.pids()) {
            pin(pid, to);
        }
    }

    private static void pin(long pid, String to) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                Programs.output("taskset", "-a", "-c", "-p", to, Long.toString(pid));
                return;
            } catch (IOException e) {
                // A JVM's threads come and go, and one may go while taskset looks at them.
                boolean threadEnded = String.valueOf(e.getMessage()).contains("No such process");
                if (!threadEnded || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static String allowed() {
        try {
            // Cpus_allowed_list:	0-1
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("Cpus_allowed_list:"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("0");
        } catch (IOException e) {
            return "0";
        }
    }

    /** {@code 0-2,5} is 0, 1, 2 and 5. */
    static List<Integer> parse(String list) {
        List<Integer> cpus = new ArrayList<>();
        for (String part : list.split(",", -1)) {
            String[] ends = part.split("-", -1);
            for (int cpu = Integer.parseInt(ends[0]); cpu <= Integer.parseInt(ends[ends.length - 1]); cpu++) {
                cpus.add(cpu);
            }
        }
        return cpus;
    }
}
